"""Fills stored formulas that a release brings or changes, for the records that are there already.

A small table is filled in the transaction of the release; a large one by a build, page by page, which can be stopped
and taken up again. Until then records show what their column holds; one that is written is worked out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera import faults
from tessera.context import Context
from tessera.engine.derived.building import FORMULA
from tessera.engine.records import rows
from tessera.engine.records.compute import compute
from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.hooks import Change
from tessera.engine.records.load import draft_of
from tessera.engine.records.plan import Plan, plan_of
from tessera.engine.records.related import resolve
from tessera.engine.records.stored import stored_where
from tessera.engine.records.write import put_side_values
from tessera.engine.work import Release, Work
from tessera.meta.model import Entity, Field, Model
from tessera.settings import Settings
from tessera.store import Tx
from tessera.store.builds import BUILDERS, Build, Head, Step
from tessera.store.tables import Tables

AFTER_PAGE = faults.point("formulas.after_page")

OnFill: TypeAlias = "Callable[[Work, Entity, Sequence[Change]], None]"

on_fill: list[OnFill] = []
"""Called with the records of a root entity whose stored formulas came out differently than what was stored."""

PAGE = 1_000
MOST_PROBLEMS = 20


def stale_formulas(before: Model, after: Model) -> dict[str, list[Field]]:
    """The stored formulas that are new or mean something else, by the root entity whose records were there before."""
    old = {each.key: each for entity in before.entities.values() for each in entity.fields}
    found: dict[str, list[Field]] = {}
    for entity in after.entities.values():
        root = entity.parent or entity.key
        if root not in before.entities:
            continue
        for each in entity.fields:
            if each.storage is not None and each.value is not None and _meaning(old.get(each.key)) != _meaning(each):
                found.setdefault(root, []).append(each)
    return found


def _meaning(field: Field | None) -> Any:
    if field is None or field.storage is None or field.value is None:
        return None
    return field.value.text, field.storage, field.options.get("rounding"), sorted(field.value.refs)


def fill_page(work: Work, entity: Entity, after: int) -> tuple[int, list[int]]:
    """Work the stored formulas of some records out again: the last id, 0 at the end, and ids whose formulas fail.

    Nothing else of the records changes: what is derived has no version and no audit of its own.
    """
    plan = plan_of(work.model, entity)
    key = work.tables.of(entity).c.id
    last_of_page = _last_id(work, entity, after)
    if not last_of_page:
        return 0, []
    failing: list[int] = []
    for deleted in (False, True):
        records = stored_where(work, plan, key.between(after + 1, last_of_page), deleted=deleted)
        drafts = [draft_of(plan, record) for record in records]
        _compute(work, plan, drafts)
        failing += [draft.values["id"] for draft in drafts if draft.all_problems()]
        changed = {number for _, level, members in levels(plan, drafts) for number in _store(work, level, members)}
        filled = [Change(draft.values["id"], draft.before, draft.values) for draft in drafts
                  if draft.values["id"] in changed]  # fmt: skip
        for hook in on_fill if filled else ():
            hook(work, entity, filled)
    faults.reach(AFTER_PAGE)
    return last_of_page, sorted(failing)


def fill_all(work: Work, entity: Entity) -> list[int]:
    """Fill the formulas of every record now; ids of the first for which they fail."""
    last, problems = fill_page(work, entity, 0)
    while last:
        last, failing = fill_page(work, entity, last)
        problems += failing
    return problems[:MOST_PROBLEMS]


def _last_id(work: Work, entity: Entity, after: int) -> int:
    key = work.tables.of(entity).c.id
    page = sa.select(key).where(key > after).order_by(key).limit(PAGE).subquery()
    return int(work.tx.scalar(sa.select(sa.func.max(page.c.id))) or 0)


def _compute(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        before = draft.before or {}
        draft.values.update({name: value for name, value in before.items() if name not in draft.values})
        for lines in draft.lines.values():
            for line in lines:
                line.values["id"] = (line.before or {})["id"]
    resolve(work, plan, drafts)
    put_side_values(work, plan, drafts)
    compute(work.host(), plan, drafts)


def _store(work: Work, plan: Plan, drafts: Iterable[Draft]) -> set[int]:
    """Write what came out differently; the ids of the root records to which that belongs."""
    fields = [each for each in plan.stored if each.value is not None]
    names = [each.name for each in fields]
    changed = [
        (draft.values["id"], *(draft.values[name] for name in names))
        for draft in drafts
        if draft.before is not None and any(draft.values[name] != draft.before.get(name) for name in names)
    ]
    if changed:
        work.tx.update_many(work.tables.of(plan.entity), [rows.column_of(each) for each in fields], changed)
    ids = {row[0] for row in changed}
    return {
        int((draft.before or {}).get("parent_id") or number)
        for draft in drafts
        if (number := draft.values["id"]) in ids
    }


def work_of(tx: Tx, build: Build, head: Head) -> Work:
    """The transaction of a piece of a build, as the engine wants it."""
    settings, ctx = replace(Settings(), zone=str(build.details["zone"])), Context()
    return Work(tx, ctx, Release(head.model, Tables(head.model)), settings, True, ctx.now())


def build_formulas(tx: Tx, build: Build, head: Head) -> Step:
    """One page of a build; blocked at its end when formulas fail for some records, which it names."""
    entity = head.model.entities.get(build.target)
    if entity is None:
        return Step()
    work = work_of(tx, build, head)
    is_again = build.state == "blocked"
    last, failing = fill_page(work, entity, 0 if is_again else build.place)
    problems = [*(() if is_again else build.problems), *failing][:MOST_PROBLEMS]
    if last:
        return Step(last, "waiting", problems)
    return Step(build.place, "blocked" if problems else "done", problems)


BUILDERS.add(FORMULA, build_formulas)
