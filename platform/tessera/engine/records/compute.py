"""Fills what the platform computes: defaults, captures, lookups and formula fields, in the order they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tessera.engine.host import Host
from tessera.engine.records.columns import fit_column
from tessera.engine.records.drafts import Draft
from tessera.engine.records.plan import Plan, Step
from tessera.engine.records.related import follow
from tessera.formula import FormulaError
from tessera.meta.fields.errors import FieldError


def compute(host: Host, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Fill every computed value of the drafts and their lines. References are resolved already."""
    for name in plan.lines:
        for draft in drafts:
            draft.env[name] = [line.env for line in draft.lines.get(name, ())]
    for step in plan.steps:
        if step.outer:
            for draft in drafts:
                for line in _wanted(step, draft.lines.get(step.lines, ())):
                    _take(step, line, {**draft.env, **line.env}, host)
            continue
        filled = [line for draft in drafts for line in draft.lines.get(step.lines, ())] if step.lines else drafts
        for draft in _wanted(step, filled):
            _take(step, draft, draft.env, host)


def _wanted(step: Step, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Those that the step fills at all: a default only new ones without a value, a capture only where it is due."""
    name = step.field.name
    if step.kind == "default":
        return [draft for draft in drafts if draft.before is None and name not in draft.given]
    if step.kind == "capture":
        return [draft for draft in drafts if name not in draft.given and _is_due(step, draft)]
    return drafts


def _take(step: Step, draft: Draft, env: dict[str, Any], host: Host) -> None:
    name = step.field.name
    try:
        value = step.formula(env, host) if step.formula is not None else follow(env, step.path)
        value = step.fit(value)
    except FormulaError as error:
        draft.report(error.code, name, error.message, kind=error.kind)
        return
    except FieldError as error:
        draft.report(error.code, name, error.message, error.help, **error.params)
        return
    draft.values[name] = value
    if draft.env is not draft.values:
        draft.env[name] = value


def _is_due(step: Step, draft: Draft) -> bool:
    """Whether a capture is taken: when the record is new, and when the reference that it goes by changed."""
    if draft.before is None:
        return True
    source = step.path[0]
    return source in draft.given and draft.values.get(source) != draft.before.get(source)


def fit_typed(plan: Plan, drafts: Sequence[Draft]) -> None:
    """Check that typed values fit their columns, and bring them into the stored form."""
    revised = any(draft.before is not None for draft in drafts)
    for field, fit in plan.fits:
        name = field.name
        # What a revision keeps is in the stored form already.
        members = [each for each in drafts if each.before is None or name in each.given] if revised else drafts
        values = [draft.values[name] for draft in members]
        if values.count(None) == len(values):
            continue
        fitted, bad = fit_column(field, fit, values)
        if fitted is not values:
            for place, draft in enumerate(members):
                if place not in bad:
                    draft.values[name] = fitted[place]
        for place in sorted(bad):
            try:
                fit(values[place])
            except FieldError as error:
                members[place].report(error.code, name, error.message, error.help, **error.params)
