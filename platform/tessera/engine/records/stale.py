"""Works out stored formulas for records that are read before a release's builds have filled them."""

from __future__ import annotations

from collections.abc import Sequence

from tessera.engine.derived.building import building
from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import Step, plan_of
from tessera.engine.records.stored import attach
from tessera.engine.work import Work
from tessera.formula import FormulaError
from tessera.meta.fields.errors import FieldError
from tessera.meta.model import Entity


def is_stale(work: Work, entity: Entity, names: Sequence[str] | None = None) -> bool:
    """Whether stored formulas of the entity are being filled; of these fields, when names are given."""
    stale = building(work)
    return bool(stale) and any(
        each.key in stale and each.storage is not None and (names is None or each.name in names)
        for each in entity.fields
    )


def renew(work: Work, entity: Entity, records: Sequence[Record]) -> None:
    """Put the right values in place of those that are not filled yet, also in the lines. Records have all columns."""
    stale = building(work)
    if not stale or not records:
        return
    plan = plan_of(work.model, entity)
    steps = [each for each in plan.steps if each.kind == "value" and each.field.storage and each.field.key in stale]
    if not steps:
        return
    envs = [dict(record) for record in records]
    attach(work, plan, envs)
    for record, env in zip(records, envs, strict=True):
        for name in plan.wrapped:
            number = env.get(name)
            env[name] = {"id": number} if isinstance(number, int) else number
        for step in steps:
            _take(work, step, env)
        record.update({step.field.name: env[step.field.name] for step in steps if not step.lines})
        for name in {step.lines for step in steps if step.lines and record.get(step.lines)}:
            filled = {line["id"]: line for line in env[name]}
            own = [step.field.name for step in steps if step.lines == name]
            for line in record[name]:
                line.update({each: filled[line["id"]][each] for each in own})


def _take(work: Work, step: Step, env: Record) -> None:
    formula = step.formula
    assert formula is not None, step.field.key
    for target in env.get(step.lines) or () if step.lines else (env,):
        seen = {**env, **target} if step.lines else env
        try:
            target[step.field.name] = step.fit(formula(seen, work.host()))
        except (FormulaError, FieldError):
            target[step.field.name] = None  # the build lists the record among its problems
