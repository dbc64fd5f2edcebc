"""Fills rollups and stored formulas when a release brings or changes them."""

from __future__ import annotations

from typing import Any

from tessera.engine.derived import formulas, rollups
from tessera.engine.packages.applying import on_apply
from tessera.engine.packages.proposing import Proposal
from tessera.engine.work import Work
from tessera.formula import Formula
from tessera.meta.model import Field, Model
from tessera.store.builds import is_small, plan_build


def fill_rollups(work: Work, proposal: Proposal) -> None:
    """Work out every rollup that is new or folds otherwise than before."""
    old = _rollups(proposal.before)
    for key, field in sorted(_rollups(work.model).items()):
        before = old.get(key)
        if before is None or _meaning(before) != _meaning(field):
            rollups.rebuild(work, field)


def _rollups(model: Model) -> dict[str, Field]:
    return {each.key: each for entity in model.entities.values() for each in entity.fields if each.type == "rollup"}


def _meaning(field: Field) -> dict[str, Any]:
    return {name: each.text if isinstance(each, Formula) else each for name, each in field.options.items()}


def fill_formulas(work: Work, proposal: Proposal) -> None:
    """Fill the stored formulas that are new or changed, of a small table now, of a large one by a build."""
    for key, fields in sorted(formulas.stale_formulas(proposal.before, work.model).items()):
        entity = work.model.entities[key]
        keys = [each.key for each in fields]
        problems: list[int] = []
        is_inline = is_small(work.tx, work.tables.of(entity).name, work.settings.limits.build_inline_rows)
        if is_inline:
            problems = formulas.fill_all(work, entity, keys)
        if problems or not is_inline:
            details = {"zone": work.settings.zone, "fields": keys}
            plan_build(
                work.tx, release=work.model.number, kind=formulas.KIND, target=key, now=work.now, details=details,
                problems=problems,
            )  # fmt: skip


on_apply.extend((fill_rollups, fill_formulas))
