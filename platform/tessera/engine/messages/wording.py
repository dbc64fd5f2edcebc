"""The words of a message for one recipient: templates filled in, for each channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine.host import Host
from tessera.engine.messages.recipients import Recipient
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.channels import CHANNEL_KINDS
from tessera.meta.messages import MessageDoc
from tessera.meta.template_filters import Item, Style
from tessera.meta.templates import Template

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of a merged message. values: as they were given; texts: of the item, by channel."""

    values: Mapping[str, Any]
    texts: Mapping[str, str]


def paths_below(doc: MessageDoc, root: str) -> set[Path]:
    """What texts and formulas of a message read of its record, or of its recipient's."""
    read: set[Path] = set()
    for text in doc.texts:
        for each in (*text.templates(), *([text.item] if text.item is not None else [])):
            read |= each.reads()
    for formula in doc.formulas():
        read |= formula.reads
    return {path[1:] for path in read if path[0] == root and len(path) > 1}


def worded(
    work: Work, doc: MessageDoc, recipient: Recipient, env: Mapping[str, Any], channels: Iterable[str],
    notices: Sequence[Notice] = (),
) -> dict[str, Json]:
    """Subject, text and parts by channel. env: the values of the message's names. notices: when it is merged."""
    found: dict[str, Json] = {}
    for channel in channels:
        own = dict(env)
        if doc.merge is not None:
            own["items"] = [Item(each.values, each.texts.get(channel, "")) for each in notices]
        found[channel] = _content(work, doc, recipient, own, channel)
    return found


def item_texts(
    work: Work, doc: MessageDoc, recipient: Recipient, env: Mapping[str, Any], channels: Iterable[str]
) -> dict[str, str]:
    """The item of a notice that is to be merged, by channel."""
    found = {}
    host, style = _surroundings(work, recipient)
    for channel in channels:
        item = doc.text_for(channel, recipient.language).item
        found[channel] = item.render(env, host, style) if item is not None else ""
    return found


def _content(
    work: Work, doc: MessageDoc, recipient: Recipient, env: Mapping[str, Any], channel: str
) -> dict[str, Json]:
    text = doc.text_for(channel, recipient.language)
    kind = CHANNEL_KINDS[channel]
    host, style = _surroundings(work, recipient)

    def filled(template: Template | None, most: int) -> str:
        return template.render(env, host, style, most=most) if template is not None else ""

    subject = filled(text.subject, 200)
    body = filled(text.text, kind.most_characters)
    parts = {name: filled(each, kind.most_characters) for name, each in text.parts.items() if name in kind.parts}
    return {"subject": subject, "text": body, "parts": parts}


def _surroundings(work: Work, recipient: Recipient) -> tuple[Host, Style]:
    zone = ZoneInfo(recipient.zone)
    return work.host(), Style(recipient.language, zone)
