"""Named steps of a draft, to be undone and done again; they survive everything but discarding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.building import texts
from tessera.engine.building.drafts import Draft, locked, touch
from tessera.engine.building.errors import NothingToUndo
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system import building

KEPT_STEPS = 500
"""So many steps can be undone at least; older ones are forgotten now and then."""

_FORGET_EVERY = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One step. changes: {"key", "before", "after"} by document, versions, 0: as the base has it. is_done: in force."""

    number: int
    label: Mapping[str, str]
    gesture: str | None
    changes: Sequence[Mapping[str, Any]]
    base_before: int
    base_after: int
    at: datetime
    by: str
    is_done: bool

    def to_json(self) -> dict[str, Json]:
        """The step as it goes over the wire."""
        return {
            "number": self.number, "label": dict(self.label), "at": self.at, "by": self.by, "is_done": self.is_done,
            "documents": [each["key"] for each in self.changes],
        }  # fmt: skip


def list_steps(work: Work, draft: Draft, *, limit: int = 200) -> list[Step]:
    """The steps of a draft, the latest first, those that were undone among them."""
    steps = building.step.c
    query = sa.select(building.step).where(steps.draft == draft.id).order_by(steps.number.desc()).limit(limit)
    return [_step(row, draft) for row in work.tx.rows(query)]


def next_steps(work: Work, draft: Draft) -> tuple[Step | None, Step | None]:
    """The step that would be undone next, and the one that would be done again."""
    return _at(work, draft, draft.place), _at(work, draft, draft.place + 1)


def note(
    work: Work, draft: Draft, label: Mapping[str, str], changes: Sequence[Mapping[str, Any]], *,
    gesture: str | None = None, base_before: int | None = None,
) -> Draft:  # fmt: skip
    """Note what was done at the draft's present version as its next step; what was undone before is gone then.

    A change of the same document by the same gesture and person joins the step before. Gives the draft at its place.
    """
    steps = building.step
    last = _at(work, draft, draft.place)
    if last is not None and gesture and _joins(last, gesture, changes, work.ctx.actor.name):
        joined = [{**last.changes[0], "after": changes[0]["after"]}]
        where = sa.and_(steps.c.draft == draft.id, steps.c.number == last.number)
        work.tx.execute(sa.update(steps).where(where).values(changes=joined, at=work.now))
        work.tx.execute(sa.delete(steps).where(steps.c.draft == draft.id, steps.c.number > last.number))
        return draft
    number = draft.place + 1
    work.tx.execute(sa.delete(steps).where(steps.c.draft == draft.id, steps.c.number >= number))
    row = {
        "draft": draft.id, "number": number, "label": dict(label), "gesture": gesture, "changes": list(changes),
        "base_before": draft.base if base_before is None else base_before, "base_after": draft.base, "at": work.now,
        "by": work.ctx.actor.name,
    }  # fmt: skip
    work.tx.execute(sa.insert(steps), [row])
    work.tx.execute(sa.update(building.draft).where(building.draft.c.id == draft.id).values(place=number))
    if number > KEPT_STEPS and number % _FORGET_EVERY == 0:
        _forget(work, draft, number - KEPT_STEPS)
    return locked(work, draft.id)


def undo(work: Work, number: int, to: int | None = None) -> Draft:
    """Undo the last step, or all steps after the one of number `to`. Raises: NotFound, DraftClosed, NothingToUndo."""
    draft = locked(work, number)
    target = draft.place - 1 if to is None else to
    if not 0 <= target < draft.place:
        raise NothingToUndo()
    return _move(work, draft, range(draft.place, target, -1), target, is_back=True)


def redo(work: Work, number: int, to: int | None = None) -> Draft:
    """Do the next step again, or all up to the one of number `to`. Raises: NotFound, DraftClosed, NothingToUndo."""
    draft = locked(work, number)
    target = draft.place + 1 if to is None else to
    if target <= draft.place:
        raise NothingToUndo()
    return _move(work, draft, range(draft.place + 1, target + 1), target, is_back=False)


def _move(work: Work, draft: Draft, numbers: range, target: int, *, is_back: bool) -> Draft:
    found = [_at(work, draft, each) for each in numbers]
    moved = [each for each in found if each is not None]
    if len(moved) < len(numbers):
        raise NothingToUndo()
    side = "before" if is_back else "after"
    wanted: dict[str, int] = {}
    for each in moved:
        wanted.update({change["key"]: change[side] for change in each.changes})
    last = moved[-1]
    fresh = touch(work, draft, place=target, base=last.base_before if is_back else last.base_after)
    for key, version in sorted(wanted.items()):
        texts.write_again(work, fresh, key, version)
    return fresh


def _joins(last: Step, gesture: str, changes: Sequence[Mapping[str, Any]], by: str) -> bool:
    keys = [each["key"] for each in changes]
    return last.gesture == gesture and last.by == by and len(keys) == 1 and keys == [c["key"] for c in last.changes]


def _at(work: Work, draft: Draft, number: int) -> Step | None:
    steps = building.step.c
    row = work.tx.row(sa.select(building.step).where(steps.draft == draft.id, steps.number == number))
    return None if row is None else _step(row, draft)


def _step(row: Mapping[str, Any], draft: Draft) -> Step:
    parts = {name: row[name] for name in Step.__slots__ if name != "is_done"}
    return Step(**parts, is_done=row["number"] <= draft.place)


def _forget(work: Work, draft: Draft, last: int) -> None:
    """Drop the steps up to that number, and the versions that only they named."""
    steps = building.step
    work.tx.execute(sa.delete(steps).where(steps.c.draft == draft.id, steps.c.number <= last))
    least = {each["key"]: each["version"] for each in work.tx.rows(
        sa.select(building.document).where(building.document.c.draft == draft.id))}  # fmt: skip
    for each in work.tx.rows(sa.select(steps.c.changes).where(steps.c.draft == draft.id)):
        for change in each["changes"]:
            lowest = min(change["before"], change["after"])
            least[change["key"]] = min(least.get(change["key"], lowest), lowest)
    texts.forget_before(work, draft, least)
