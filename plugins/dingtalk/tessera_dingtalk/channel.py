"""Delivers a message to the robot of a DingTalk group."""

from __future__ import annotations

import base64
import hashlib
import hmac
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from tessera.context import Context
from tessera.engine.messages import Channel, Delivery, DeliveryFailed, Receipt, secret_of
from tessera.engine.outside import Outgoing, call
from tessera.engine.outside.replies import json_of
from tessera.engine.process import Process
from tessera.engine.vault import UnknownSecret
from tessera.meta.channels import ChannelKind
from tessera.meta.model import Label

BASE = "https://oapi.dingtalk.com"
MOST_BYTES = 18_000
"""Of a text; a whole body may have 20,000."""

TOO_FAST = 130_101
OVER_LIMIT = 90_030
BUSY = -1
_WAITS_S = {TOO_FAST: 600, OVER_LIMIT: 3_600, BUSY: None}
"""Codes after which the same message may go later. Who was too fast is shut out for ten minutes."""

_MOST_MOBILES = 50


def sign(secret: str, timestamp_ms: int) -> str:
    """The signature of a call: base 64 of HMAC-SHA256 over `<timestamp>\\n<secret>`, keyed by the secret.

    >>> sign("this is secret", 1600000000000)
    'MYEtKC4/NfMR1l4prX++ai6oOf70X1xOf6UlnyUhJH4='
    """
    text = f"{timestamp_ms}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def cut(text: str, most_bytes: int) -> str:
    """The text, shortened so that it has at most so many bytes in UTF-8.

    >>> cut("你好", 4)
    '你'
    """
    raw = text.encode()
    return text if len(raw) <= most_bytes else raw[:most_bytes].decode("utf-8", "ignore")


class DingTalk(Channel):
    """Posts to a robot: Markdown when the message has such a part, else plain text."""

    kind: ClassVar[ChannelKind] = ChannelKind(
        "dingtalk", Label("钉钉群机器人", "DingTalk robot"), "group",
        Label("发到钉钉群；密钥 dingtalk_<群>_token 和 dingtalk_<群>_secret。",
              "Posts to a DingTalk group; secrets dingtalk_<group>_token and dingtalk_<group>_secret."),
        MappingProxyType({"markdown": "markdown", "at_mobiles": "line"}), most_characters=MOST_BYTES,
    )  # fmt: skip
    per_minute: ClassVar[int] = 20

    def __init__(self, base: str = BASE) -> None:
        self.base = base

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Post it. Raises: DeliveryFailed; with retry for codes that say too fast or busy."""
        ctx = Context()
        query: dict[str, str] = {"access_token": secret_of(process, f"dingtalk_{request.address}_token")}
        try:
            secret = secret_of(process, f"dingtalk_{request.address}_secret")
        except UnknownSecret:
            secret = ""
        if secret:
            timestamp_ms = int(ctx.now().timestamp() * 1000)
            query |= {"timestamp": str(timestamp_ms), "sign": sign(secret, timestamp_ms)}
        body = orjson.dumps(body_of(request))
        headers = {"Content-Type": "application/json; charset=utf-8"}
        url = f"{self.base}/robot/send?{urlencode(query)}"
        reply = call(process, ctx, Outgoing("POST", url, headers, body, request.key))
        answer = json_of(reply.text()) if reply.status == 200 else None
        code = answer.get("errcode") if isinstance(answer, dict) else None
        if code == 0:
            return Receipt(note={"errcode": 0})
        if not isinstance(code, int):
            retry = reply.status >= 500 or reply.status == 429
            raise DeliveryFailed(f"the robot answered {reply.status}.", retry=retry)
        raise DeliveryFailed(f"the robot said {code}.", retry=code in _WAITS_S, after_s=_WAITS_S.get(code))


def body_of(request: Delivery) -> dict[str, Any]:
    """The body of a call, as the robot wants it."""
    mobiles = [each for each in request.parts.get("at_mobiles", "").replace(",", " ").split() if each.isdigit()]
    mentioned = "".join(f" @{each}" for each in mobiles[:_MOST_MOBILES])
    at = {"at": {"atMobiles": mobiles[:_MOST_MOBILES], "isAtAll": False}} if mobiles else {}
    markdown = request.parts.get("markdown", "")
    if markdown:
        title = request.subject or request.text.strip().split("\n", 1)[0][:60]
        text = cut(markdown, MOST_BYTES) + mentioned
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, **at}
    content = f"{request.subject}\n{request.text}" if request.subject else request.text
    return {"msgtype": "text", "text": {"content": cut(content, MOST_BYTES) + mentioned}, **at}
