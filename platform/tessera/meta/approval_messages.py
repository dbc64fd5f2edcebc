"""The messages of an approval: checked against what they can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tessera.errors import Json
from tessera.formula.shapes import DATETIME, TEXT, Type
from tessera.meta.messages import MessageDoc

if TYPE_CHECKING:
    from tessera.meta.drafts import EntityDraft
    from tessera.meta.flow_steps import At, FlowCompiler

OFFERED: Mapping[str, Type] = {
    "title": TEXT, "summary": TEXT, "flow": TEXT, "node": TEXT, "requester": TEXT, "by": TEXT, "opinion": TEXT,
    "outcome": TEXT, "link": TEXT, "due_at": DATETIME,
}  # fmt: skip
"""Values that messages of an approval are given, as far as their documents name them."""


def messages_of(item: Mapping[str, Json], at: At, into: FlowCompiler, entity: EntityDraft) -> dict[str, str] | None:
    """For each occasion the key of its message; None, reported, when one of them wants what it cannot be told."""
    found: dict[str, str] = {}
    wanted: Mapping[str, str] = item.get("messages", {})
    for occasion, name in wanted.items():
        here = (*at, "messages", occasion)
        doc = into.linker.part("message", name, into.pointer(here))
        if isinstance(doc, MessageDoc) and _fits(doc, here, into, entity):
            found[occasion] = doc.key
    return found if len(found) == len(wanted) else None


def _fits(doc: MessageDoc, at: At, into: FlowCompiler, entity: EntityDraft) -> bool:
    if doc.entity not in ("", entity.key):
        into.problem("not_about", at, f'"{doc.name}" is about records of another entity.')
        return False
    lacking = sorted(doc.required - OFFERED.keys())
    for name in lacking:
        hint = f"It is given {', '.join(OFFERED)}."
        into.problem("missing_value", at, f'"{doc.name}" needs the value "{name}".', hint, name=name)
    wrong = [each for each in doc.values if each.name in OFFERED and each.type.kind != OFFERED[each.name].kind]
    for each in wrong:
        into.problem("wrong_type", at, f'The value "{each.name}" of "{doc.name}" is a {OFFERED[each.name].kind}.')
    return not lacking and not wrong
