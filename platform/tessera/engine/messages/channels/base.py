"""What a channel is to the engine: it delivers one message to one address, outside of every transaction.

A channel of a plugin looks like this, and is added by `PluginApi.add_channel`:

    class Pigeon(Channel):
        kind = ChannelKind("pigeon", Label("信鸽", "Pigeon"), "phone", Label("…", "…"), most_characters=140)
        per_minute = 20                                     # deliveries to one address; more wait

        def deliver(self, request: Delivery, process: Process) -> Receipt:
            token = secret_of(process, "pigeon_token")      # secrets by name, opened only for the call
            reply = call(process, Context(), Outgoing("POST", …, key=request.key))
            if reply.status != 200:
                raise DeliveryFailed("it answered …", retry=reply.status >= 500)
            return Receipt(id=…)

A delivery that was cut off is repeated under the same key (unless its message says at_most_once), so the other side is
told the key where it can make use of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from tessera.context import Context
from tessera.engine import vault
from tessera.engine.process import Process
from tessera.errors import Json
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind
from tessera.meta.model import EMPTY
from tessera.registry import Registry


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a channel is to deliver. key: the same in every repetition. message: key of its document.

    address: of the recipient, as the channel's kind asks for it. parts: further texts by name. attempt: from 1.
    """

    id: int
    key: str
    message: str
    category: str
    address: str
    subject: str
    text: str
    language: str
    parts: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side said. id: what it calls the message, "" when it says nothing. note: JSON for people."""

    id: str = ""
    note: Json = None


class Channel:
    """A way to reach somebody.

    is_inside: it stays in the database: deliver is not called, the message is sent when it is due. per_minute:
    deliveries to one address within 60 seconds, 0 without limit. is_stand_in: a plugin's channel of the same name takes
    its place.
    """

    kind: ClassVar[ChannelKind]
    is_inside: ClassVar[bool] = False
    per_minute: ClassVar[int] = 0
    is_stand_in: ClassVar[bool] = False

    def deliver(self, request: Delivery, process: Process) -> Receipt:
        """Deliver a message. Raises: DeliveryFailed(retry=…); CallFailed and its kin count as such."""
        raise NotImplementedError


CHANNELS: Registry[Channel] = Registry("channel")
"""Every channel by name."""


def add_channel(channel: Channel) -> Channel | None:
    """Add a channel; gives the stand-in whose place it takes. Raises: ValueError when the name is taken."""
    name = channel.kind.name
    before = CHANNELS.get(name)
    if before is not None and before.is_stand_in and not channel.is_stand_in:
        remove_channel(before)
    else:
        before = None
    CHANNELS.add(name, channel)
    if CHANNEL_KINDS.get(name) is not channel.kind:
        CHANNEL_KINDS.add(name, channel.kind)
    return before


def remove_channel(channel: Channel) -> None:
    """Take a channel out again."""
    CHANNELS.remove(channel.kind.name)
    CHANNEL_KINDS.remove(channel.kind.name)


def secret_of(process: Process, name: str) -> str:
    """A secret that a delivery shows. Raises: UnknownSecret("unknown_secret")."""
    with process.reading(Context()) as work:
        return vault.opened(work, name)
