"""docs/reference/messages.md: the built-in channels, and the filters of templates with their examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tessera.engine.messages import CHANNELS
from tessera.meta.channels import CHANNEL_KINDS
from tessera.meta.template_filters import FILTERS


def page() -> str:
    """The whole page."""
    return "\n".join([
        "# Channels and filters of messages",
        "",
        "How messages are written stands in the guide [Messages](../guides/messages.md); their keys under `message` in "
        "[metadata](metadata.md).",
        "",
        "## Channels",
        "",
        "Plugins add further ones, such as `dingtalk` and `wecom` of this repository. Address: what a recipient must "
        "have, named by `contact` of its entity, by `email`, `phone` and `url` among the attributes of a user, or the "
        "name of a group. Parts: texts besides subject and text, and how values are put into them.",
        "",
        *_table(("Channel", "Label", "Address", "Parts", "Subject", "Characters", "Does"), _channels()),
        "",
        "## Filters",
        "",
        "They follow a path after `|`, several one after the other: `{record.name|trim|upper}`. Arguments follow after "
        "`:`, texts in single quotes.",
        "",
        *_table(("Filter", "For", "Gives", "Arguments", "Does", "中文", "Example"), _filters()),
    ])  # fmt: skip


def _channels() -> Iterator[tuple[str, ...]]:
    for name, channel in CHANNELS.items():
        if type(channel).__module__.startswith("tessera."):
            kind = CHANNEL_KINDS[name]
            parts = ", ".join(f"`{part}` ({mode})" for part, mode in kind.parts.items())
            subject = "yes" if kind.has_subject else ""
            most, label = f"{kind.most_characters:,}", f"{kind.label.en} {kind.label.zh}"
            yield f"`{name}`", label, f"`{kind.address}`", parts, subject, most, kind.help.en


def _filters() -> Iterator[tuple[str, ...]]:
    for name, each in FILTERS.items():
        count = str(each.most) if each.least == each.most else f"{each.least} to {each.most}"
        example = f"`{each.example}`".replace("|", "\\|")
        takes, gives = ", ".join(sorted(each.takes)), each.gives or "the same"
        yield f"`{name}`", takes, gives, count if each.most else "", each.doc.en, each.doc.zh, example


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(headings)
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
