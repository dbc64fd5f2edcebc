"""The inbox of a user: it stays in the database."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine.messages.channels.base import Channel, add_channel
from tessera.meta.channels import CHANNEL_KINDS, ChannelKind


class AppChannel(Channel):
    """Puts a message into the recipient's inbox."""

    kind: ClassVar[ChannelKind] = CHANNEL_KINDS["app"]
    is_inside: ClassVar[bool] = True


add_channel(AppChannel())
