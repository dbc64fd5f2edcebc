"""What metadata knows of ways to reach a person: their names, what they need to know of somebody, and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tessera.meta.model import Label
from tessera.registry import Registry

MODES = ("plain", "line", "html", "markdown", "url")
"""How values are put into a text: as they are, on one line, or so that they cannot be taken for HTML, Markdown or a
part of an address."""


_NO_LABEL = Label()


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A way to reach somebody.

    address: what it needs to know of its recipient: "user", "email", "phone", "url", "group" or a word of its own,
    which the contacts of an entity then name. parts: texts besides subject and text that a message may give it, each
    with how values are put in. most_characters: of a text; more is cut off. help: what it does and needs.
    """

    name: str
    label: Label
    address: str
    help: Label = _NO_LABEL
    parts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    has_subject: bool = True
    most_characters: int = 20_000


CHANNEL_KINDS: Registry[ChannelKind] = Registry("channel")
"""Every channel by name; the engine and plugins know how each delivers."""

CHANNEL_KINDS.add(
    "app",
    ChannelKind(
        "app", Label("站内信", "Inbox"), "user",
        Label("写入用户的站内信箱，有未读数和已读标记。",
              "Puts it into the user's inbox, with unread count and read marks."),
        MappingProxyType({"link": "url"}),
    ),
)  # fmt: skip
CHANNEL_KINDS.add(
    "email",
    ChannelKind(
        "email", Label("邮件", "E-mail"), "email",
        Label("经 TESSERA_SMTP_URL 所指的服务器发送邮件。",
              "Sends mail through the server that TESSERA_SMTP_URL names."),
        MappingProxyType({"html": "html"}),
    ),
)  # fmt: skip
CHANNEL_KINDS.add(
    "webhook",
    ChannelKind(
        "webhook", Label("网络钩子", "Webhook"), "url",
        Label("以签名的 POST 请求发送 JSON。", "Posts signed JSON to an address."),
    ),
)  # fmt: skip
CHANNEL_KINDS.add(
    "sms",
    ChannelKind(
        "sms", Label("短信", "Text message"), "phone",
        Label("开发用：写入日志；插件可取而代之。", "For development: writes to the log; a plugin takes its place."),
        has_subject=False, most_characters=500,
    ),
)  # fmt: skip
