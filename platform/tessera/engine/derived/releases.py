"""Fills rollups and stored formulas when a release brings or changes them.

What is small is filled in the transaction of the release, what is large by builds afterwards: formulas before the
rollups that fold them, for builds are done in the order of their ids.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tessera import faults
from tessera.engine.derived import formulas, rollups
from tessera.engine.derived.building import FORMULA, ROLLUP, forget, with_dependents
from tessera.engine.derived.folds import rollup_of
from tessera.engine.packages.applying import on_apply
from tessera.engine.packages.proposing import Proposal
from tessera.engine.work import Work
from tessera.formula import Formula
from tessera.meta.model import Field, Model
from tessera.store import Tx
from tessera.store.builds import BUILDERS, Build, Head, Step, is_small, plan_build

AFTER_OWNERS = faults.point("rollups.after_owners")
AFTER_REBUILD = faults.point("rollups.after_rebuild")

MOST_OWNERS = 1_000
MOST_RECORDS = 20_000
"""Of so many owners, or of as many as have so many records on the average, is a rollup worked out in one piece."""


def fill(work: Work, proposal: Proposal) -> None:
    """Work out the stored formulas and rollups that are new or mean something else than before."""
    stale, waiting = set[str](), set[str]()
    for key, fields in sorted(formulas.stale_formulas(proposal.before, work.model).items()):
        keys = [each.key for each in fields]
        stale.update(keys)
        if not _fill_formulas(work, key, keys):
            waiting.update(keys)
    changed = with_dependents(work.model, frozenset(stale))
    late = with_dependents(work.model, frozenset(waiting))
    old = _rollups(proposal.before)
    for key, field in sorted(_rollups(work.model).items()):
        before = old.get(key)
        if before is None or _meaning(before) != _meaning(field) or key in changed:
            _fill_rollup(work, field, is_late=key in late)
    forget(work.model)


def _fill_formulas(work: Work, key: str, keys: list[str]) -> bool:
    """Fill the formulas of a small table now, plan a build for those of a large one; whether they are filled."""
    entity = work.model.entities[key]
    problems: list[int] = []
    is_inline = _is_small(work, key)
    if is_inline:
        problems = formulas.fill_all(work, entity)
    if problems or not is_inline:
        plan_build(
            work.tx, release=work.model.number, kind=FORMULA, target=key, now=work.now,
            details={"zone": work.settings.zone, "fields": keys}, problems=problems,
        )  # fmt: skip
    return is_inline


def _fill_rollup(work: Work, field: Field, *, is_late: bool) -> None:
    """Work it out now when little is folded and what it folds is there, else plan a build."""
    source = work.model.entities[rollup_of(field).source]
    if not is_late and _is_small(work, source.key) and _is_small(work, field.entity):
        rollups.rebuild(work, field)
        return
    rollups.forget(work, field)
    records, owners = _count(work, source.key), _count(work, field.entity)
    page = max(1, min(MOST_OWNERS, MOST_RECORDS * max(owners, 1) // max(records, 1)))
    plan_build(
        work.tx, release=work.model.number, kind=ROLLUP, target=field.key, now=work.now,
        details={"zone": work.settings.zone, "page": page},
    )  # fmt: skip


def _is_small(work: Work, key: str) -> bool:
    table = work.tables.of(work.model.entities[key]).name
    return is_small(work.tx, table, work.settings.limits.build_inline_rows)


def _count(work: Work, key: str) -> int:
    table = work.tables.of(work.model.entities[key])
    return int(work.tx.scalar(sa.select(sa.func.count()).select_from(table)))


def build_rollup(tx: Tx, build: Build, head: Head) -> Step:
    """One page of owners."""
    field = _rollups(head.model).get(build.target)
    if field is None:
        return Step()
    work = formulas.work_of(tx, build, head)
    last = rollups.fill_owners(work, field, build.place, int(build.details["page"]))
    faults.reach(AFTER_OWNERS if last else AFTER_REBUILD)
    return Step(last, "waiting") if last else Step(build.place)


def _rollups(model: Model) -> dict[str, Field]:
    return {each.key: each for entity in model.entities.values() for each in entity.fields if each.type == "rollup"}


def _meaning(field: Field) -> dict[str, Any]:
    return {name: each.text if isinstance(each, Formula) else each for name, each in field.options.items()}


BUILDERS.add(ROLLUP, build_rollup)
on_apply.append(fill)
