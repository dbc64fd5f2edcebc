"""Text messages in development: one line of JSON on standard error each. A plugin's channel takes its place."""

from __future__ import annotations

import sys
from typing import ClassVar

import orjson

from tessera.engine.messages.channels.base import Channel, Delivery, Receipt, add_channel
from tessera.engine.messages.errors import DeliveryFailed
from tessera.engine.process import Process
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind


class ConsoleSms(Channel):
    """Writes a text message to the log in place of sending it."""

    kind: ClassVar[ChannelKind] = CHANNEL_KINDS["sms"]
    is_stand_in: ClassVar[bool] = True

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Write it; only while TESSERA_CONSOLE_SMS says so, since the log then holds what persons are told."""
        if not process.settings.console_sms:
            raise DeliveryFailed("no plugin sends text messages here.", retry=False)
        line = {"event": "sms", "to": request.address, "text": request.text, "key": request.key}
        sys.stderr.write(orjson.dumps(line).decode() + "\n")
        return Receipt(note={"console": True})


add_channel(ConsoleSms())
