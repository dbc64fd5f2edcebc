"""Webhooks: signed JSON by POST, in the manner of Standard Webhooks, so that a receiver can tell who sent it.

The address is a record's (its contact `url`), or a group's: the secret `webhook_<group>_url`. The signature is
`v1,` and the base 64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, with the secret
`webhook_<group>_key`, or `webhook_key` for records. Source: the specification of Standard Webhooks, version 1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import ClassVar

import orjson

from tessera.context import Context
from tessera.engine import vault
from tessera.engine.messages.channels.base import Channel, Delivery, Receipt, add_channel, secret_of
from tessera.engine.messages.errors import DeliveryFailed
from tessera.engine.outside import Outgoing, Reply, call
from tessera.engine.process import Process
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind

GROUP = "group:"
"""How the address of a group begins; its name follows."""

_REPEATABLE = frozenset({408, 409, 425, 429})
_LONGEST_WAIT_S = 3_600


def signature(key: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a body: `v1,<base 64>`.

    >>> signature("secret", "msg_1", 1700000000, b"{}")
    'v1,A5oIrJxXPB/PkULSoVu0e4khvPiqpF9vljmhkSKg0FI='
    """
    text = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


class WebhookChannel(Channel):
    """Posts signed JSON."""

    kind: ClassVar[ChannelKind] = CHANNEL_KINDS["webhook"]

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Post it. Any 2xx is a receipt; 4xx but a few is the end."""
        ctx = Context()
        group = request.address.removeprefix(GROUP) if request.address.startswith(GROUP) else ""
        url = secret_of(process, f"webhook_{group}_url") if group else request.address
        body = orjson.dumps({
            "id": request.key, "message": request.message, "category": request.category, "subject": request.subject,
            "text": request.text, "language": request.language,
        })  # fmt: skip
        headers = {"Content-Type": "application/json", "webhook-id": request.key}
        key = _signing_key(process, f"webhook_{group}_key" if group else "webhook_key")
        if key:
            timestamp = int(ctx.now().timestamp())
            headers["webhook-timestamp"] = str(timestamp)
            headers["webhook-signature"] = signature(key, request.key, timestamp, body)
        reply = call(process, ctx, Outgoing("POST", url, headers, body, request.key))
        if not 200 <= reply.status < 300:
            retry = reply.status >= 500 or reply.status in _REPEATABLE
            raise DeliveryFailed(f"it answered {reply.status}.", retry=retry, after_s=asked_to_wait(reply))
        return Receipt(id=reply.headers.get("webhook-receipt", "")[:200], note={"status": reply.status})


def asked_to_wait(reply: Reply) -> int | None:
    """The seconds that Retry-After asks for, None when it asks for none."""
    text = reply.headers.get("retry-after", "")
    return min(int(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _signing_key(process: Process, name: str) -> str:
    try:
        return secret_of(process, name)
    except vault.UnknownSecret:
        return ""


add_channel(WebhookChannel())
