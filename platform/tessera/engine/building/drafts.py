"""Drafts: opened, listed, renamed, discarded; and their rows, locked for a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine import audit
from tessera.engine.building.errors import DraftClosed
from tessera.engine.building.rights import ensure_may
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.store.system import building

_NAME_CHARACTERS = 100
_NOTE_CHARACTERS = 2_000
_OPEN_DRAFTS = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands. See `store.system.building.draft` for what each part means."""

    id: int
    name: str
    note: str | None
    state: str
    base: int
    package: str
    version: int
    place: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    release: int | None


def open_draft(work: Work, name: Json, note: Json = None) -> Draft:
    """A new draft over the head release. Raises: Forbidden, Invalid."""
    ensure_may(work, "design")
    values = _checked({"name": name, "note": note})
    drafts = building.draft
    count = work.tx.scalar(sa.select(sa.func.count()).where(drafts.c.state == "open"))
    if count >= _OPEN_DRAFTS:
        message = f"There are {_OPEN_DRAFTS} open drafts already."
        raise Invalid([Problem("too_many", "", message, "Discard those that are not needed.")])
    number = work.tx.allocate(drafts.name, 1)[0]
    row = {
        "id": number, **values, "state": "open", "base": work.model.number, "version": 1, "place": 0,
        "package": work.settings.workspace_package, "created_at": work.now, "created_by": work.ctx.actor.name,
        "updated_at": work.now, "updated_by": work.ctx.actor.name, "release": None,
    }  # fmt: skip
    work.tx.execute(sa.insert(drafts), [row])
    _log(work, "draft.opened", number, {"name": values["name"], "base": work.model.number})
    return get_draft(work, number)


def list_drafts(work: Work, *, with_closed: bool = False, limit: int = 200) -> list[Draft]:
    """The open drafts, the latest changed first. Raises: Forbidden."""
    ensure_may(work, "design")
    drafts = building.draft.c
    query = sa.select(building.draft).order_by(drafts.updated_at.desc(), drafts.id.desc()).limit(limit)
    if not with_closed:
        query = query.where(drafts.state == "open")
    return [Draft(**row) for row in work.tx.rows(query)]


def get_draft(work: Work, number: int) -> Draft:
    """One draft. Raises: Forbidden, NotFound."""
    ensure_may(work, "design")
    return _found(work, number)


def _found(work: Work, number: int) -> Draft:
    row = work.tx.row(sa.select(building.draft).where(building.draft.c.id == number))
    if row is None:
        raise NotFound(what="draft")
    return Draft(**row)


def locked(work: Work, number: int) -> Draft:
    """An open draft that nobody else changes until this transaction ends. Raises: NotFound, DraftClosed."""
    ensure_may(work, "design")
    return locked_row(work, number)


def locked_row(work: Work, number: int) -> Draft:
    """The same, for who has been let in already."""
    work.tx.lock_rows(building.draft, [number])
    found = _found(work, number)
    if found.state != "open":
        raise DraftClosed(state=found.state)
    return found


def change_draft(work: Work, number: int, values: dict[str, Json]) -> Draft:
    """Give a draft another name or note. Raises: NotFound, DraftClosed, Invalid."""
    locked(work, number)
    _set(work, number, _checked(values))
    return get_draft(work, number)


def discard_draft(work: Work, number: int) -> None:
    """Put a draft away; it can be opened again. Raises: NotFound, DraftClosed."""
    locked(work, number)
    _set(work, number, {"state": "discarded"})
    _log(work, "draft.discarded", number, {})


def reopen_draft(work: Work, number: int) -> Draft:
    """Open a discarded draft again. Raises: NotFound, DraftClosed for one that was published."""
    ensure_may(work, "design")
    work.tx.lock_rows(building.draft, [number])
    found = get_draft(work, number)
    if found.state == "published":
        raise DraftClosed(state=found.state)
    _set(work, number, {"state": "open"})
    return get_draft(work, number)


def touch(work: Work, draft: Draft, **values: Any) -> Draft:
    """The draft at its next version, with these values."""
    _set(work, draft.id, {"version": draft.version + 1, **values})
    return get_draft(work, draft.id)


def close_as(work: Work, draft: Draft, release: int) -> None:
    """Note that the draft was published as a release."""
    _set(work, draft.id, {"state": "published", "release": release, "version": draft.version + 1})


def _set(work: Work, number: int, values: dict[str, Any]) -> None:
    stamped = {**values, "updated_at": work.now, "updated_by": work.ctx.actor.name}
    work.tx.execute(sa.update(building.draft).where(building.draft.c.id == number).values(**stamped))


def _checked(values: dict[str, Json]) -> dict[str, Json]:
    problems = []
    name, note = values.get("name", "-"), values.get("note")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _NAME_CHARACTERS:
        message = f"A draft has a name of 1 to {_NAME_CHARACTERS} characters."
        problems.append(Problem("wrong_value", "/name", message))
    if note is not None and (not isinstance(note, str) or len(note) > _NOTE_CHARACTERS):
        problems.append(Problem("wrong_value", "/note", f"A note has at most {_NOTE_CHARACTERS} characters."))
    if problems:
        raise Invalid(problems)
    return {key: (value.strip() or None) if isinstance(value, str) else value for key, value in values.items()}


def _log(work: Work, verb: str, number: int, detail: dict[str, Json]) -> None:
    audit.write(work, verb, "", [audit.Entry(None, {"draft": number, **detail}, records=0)])
