"""The head release or a draft as the compiler understands it: where formulas stand, and what they may name there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tessera.engine.building.checking import Checked, checked
from tessera.engine.building.drafts import Draft, get_draft
from tessera.engine.building.errors import WrongDocument
from tessera.engine.building.unwritten import slot_unwritten
from tessera.engine.packages.stored import load_packages
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, INTEGER, NUMBER, TEXT, TIME, Scope, Type
from tessera.meta.compile import link
from tessera.meta.documents import pointer_steps

KINDS: Mapping[str, Type] = {
    "number": NUMBER, "integer": INTEGER, "text": TEXT, "boolean": BOOLEAN, "date": DATE, "datetime": DATETIME,
    "time": TIME,
}  # fmt: skip
"""What a slot may expect, by the word for it."""


@dataclass(frozen=True)
class Slot:
    """A place for a formula. entity: key of the entity whose records it is about, "" when it is about something else.

    lines: whether it is about lines of a record.
    """

    scope: Scope
    expect: Type | None
    entity: str
    is_about_lines: bool = False


def understood(work: Work, draft: int | None) -> Checked:
    """A draft as it is understood, or the head release. Raises: NotFound, Forbidden."""
    if draft is not None:
        return checked(work, get_draft(work, draft))
    found: Checked | None = work.model.cache.get("building.head")
    if found is None:
        packages = tuple(load_packages(work.tx, work.model.number))
        found = work.model.cache["building.head"] = Checked(packages, link(packages), ())
    return found


def slot_of(work: Work, found: Checked, asked: Mapping[str, Json]) -> Slot:
    """The slot that a request names: {"document", "pointer"}, or {"entity", "lines"?}; "expect" overrules its type.

    Raises: NotFound for an entity, document or place that is not known.
    """
    wanted = asked.get("expect")
    if "document" in asked:
        made = _at(found, str(asked["document"]), str(asked.get("pointer", "")))
    else:
        made = _about(found, str(asked.get("entity", "")), str(asked.get("lines") or ""))
    if wanted is None:
        return made
    if wanted not in KINDS and wanted != "any":
        raise WrongDocument(why=f'"{str(wanted)[:40]}" is no type', pointer="/slot/expect")
    expect = None if wanted == "any" else KINDS[str(wanted)]
    return Slot(made.scope, expect, made.entity, made.is_about_lines)


def _about(found: Checked, name: str, lines: str) -> Slot:
    linker = found.linker
    draft = linker.entity_of(name) or linker.entity_of(linker.names.get(("entity", name), ""))
    if draft is not None and lines:
        field = draft.field(lines)
        draft = linker.entity_of(field.key) if field is not None else None
    if draft is None:
        raise NotFound(what="entity")
    root = draft.parent.key if draft.parent is not None else draft.key
    return Slot(linker.scope(draft), None, root, draft.parent is not None)


def _at(found: Checked, document: str, pointer: str) -> Slot:
    linker = found.linker
    key = document if document in linker.documents else ""
    if not key:
        raise NotFound(what="document")
    place = _by_index(linker.documents[key].body, pointer)
    known = linker.slots.get((key, place)) or slot_unwritten(found, key, place)
    if known is None:
        raise NotFound(what="place of a formula")
    scope, expect = known
    entity = _entity_of(found, scope)
    return Slot(scope, expect, entity[0], entity[1])


def _entity_of(found: Checked, scope: Scope) -> tuple[str, bool]:
    """The root entity that a scope is about, and whether it is about lines of it."""
    draft = found.linker.entity_of(getattr(scope.root, "key", ""))
    if draft is None or scope.extras:
        return "", False
    return (draft.parent.key, True) if draft.parent is not None else (draft.key, False)


def _by_index(body: Mapping[str, Json], pointer: str) -> str:
    """The pointer with indexes where it has uids of elements."""
    here: Json = body
    steps = []
    for step in pointer_steps(pointer):
        if isinstance(here, list | tuple):
            uids = [each.get("uid") if isinstance(each, Mapping) else None for each in here]
            place = int(step) if step.isdigit() and step not in uids else uids.index(step) if step in uids else -1
            steps.append(str(place))
            here = here[place] if 0 <= place < len(here) else None
        else:
            steps.append(step)
            here = here.get(step) if isinstance(here, Mapping) else None
    return "".join(f"/{each}" for each in steps)


def draft_of(work: Work, number: int | None) -> Draft | None:
    """The draft of that number, when one is named."""
    return None if number is None else get_draft(work, number)
