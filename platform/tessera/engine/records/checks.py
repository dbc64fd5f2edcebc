"""What a record must be before it is stored: required fields, checks, validations, states and unique values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.host import Host
from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.formula import Formula, FormulaError
from tessera.meta.model import Entity, Field, Transition
from tessera.store.column_types import BigInt
from tessera.store.prepared import Prepared, prepared


def check(
    work: Work, plan: Plan, drafts: Sequence[Draft], *, any_state: bool = False, new_keys: bool = False
) -> None:
    """Note everything that is wrong with the drafts. any_state: new records may come in any state.

    new_keys: the caller has found no record with the business keys of the drafts.
    """
    host = work.host()
    language = work.ctx.language
    for lines, level, members in levels(plan, drafts):
        _check_required(level, members)
        if level.checked:
            outer = _outer_envs(drafts, lines) if lines else {}
            for draft in members:
                _check_fields(draft, {**outer.get(id(draft), {}), **draft.env} if outer else draft.env, host, language)
    for rule in plan.entity.validations:
        for draft in drafts:
            if _is_true(draft, rule.rule, draft.env, host, rule.at) is False:
                draft.report("validation_failed", rule.at, rule.message.get(language), uid=rule.uid)
    _check_states(work, plan.entity, drafts, host, any_state=any_state)
    check_unique(work, plan, drafts, new_keys=new_keys)
    for name, lower in plan.lines.items():
        for draft in drafts if lower.uniques else ():
            _check_unique_lines(lower, draft.lines.get(name, ()))


def _outer_envs(drafts: Sequence[Draft], lines: str) -> dict[int, Mapping[str, Any]]:
    return {id(line): draft.env for draft in drafts for line in draft.lines.get(lines, ())}


def _check_required(plan: Plan, drafts: Sequence[Draft]) -> None:
    for field in plan.required:
        name = field.name
        if field.type == "sequence":
            continue
        if field.type == "lines":
            blank = [draft for draft in drafts if not draft.lines.get(name)]
        else:
            blank = [draft for draft in drafts if (value := draft.values.get(name)) is None or value == []]
        for draft in blank:
            if not _has_problem(draft, name):
                draft.report("required", name, "This field must be filled.")


def _has_problem(draft: Draft, name: str) -> bool:
    pointer = f"{draft.pointer}/{name}"
    return any(problem.pointer == pointer or problem.pointer.startswith(pointer + "/") for problem in draft.problems)


def _check_fields(draft: Draft, env: Mapping[str, Any], host: Host, language: str) -> None:
    for field in draft.plan.checked:
        if draft.values.get(field.name) is None or field.check is None:
            continue
        if _is_true(draft, field.check, env, host, field.name) is False:
            message = field.check_message.get(language) or "This value is not accepted."
            draft.report("check_failed", field.name, message)


def _is_true(draft: Draft, rule: Formula, env: Mapping[str, Any], host: Host, name: str) -> bool | None:
    try:
        return rule(env, host) is True
    except FormulaError as error:
        draft.report(error.code, name, error.message, kind=error.kind)
        return None


def _check_states(work: Work, entity: Entity, drafts: Sequence[Draft], host: Host, *, any_state: bool) -> None:
    cycle = entity.life_cycle
    if cycle is None:
        return
    for draft in drafts:
        if _has_problem(draft, cycle.field):
            continue
        wanted = draft.values[cycle.field]
        if draft.before is None:
            if wanted is None and cycle.field not in draft.given:
                draft.values[cycle.field] = draft.env[cycle.field] = cycle.initial
            elif wanted != cycle.initial and not any_state:
                _illegal(draft, cycle.field, "", wanted)
        elif wanted != (state := draft.before.get(cycle.field)):
            ways = [way for way in cycle.transitions if way.source == state and way.target == wanted]
            if not any(_is_open(work, draft, way, host, cycle.field) for way in ways):
                _illegal(draft, cycle.field, state, wanted)


def _is_open(work: Work, draft: Draft, way: Transition, host: Host, name: str) -> bool:
    actor = work.ctx.actor
    if way.roles and not actor.is_admin and not way.roles & actor.roles:
        return False
    return way.when is None or _is_true(draft, way.when, draft.env, host, name) is True


def _illegal(draft: Draft, name: str, state: Any, wanted: Any) -> None:
    message = f'The record is in the state "{state}", from which it cannot go to "{wanted}".'
    draft.report("illegal_transition", name, message, state=state, wanted=wanted)


def check_unique(work: Work, plan: Plan, drafts: Sequence[Draft], *, new_keys: bool = False) -> None:
    """Note values that must be unique and are not, among the drafts or among the live records. new_keys: as `check`."""
    rules = [(fields, found) for fields in plan.uniques if (found := _candidates(fields, drafts))]
    if not rules:
        return
    if len(drafts) == 1:
        _check_unique_one(work, plan, drafts[0], [fields for fields, _ in rules])
        return
    for fields, candidates in rules:
        if not (new_keys and {field.name for field in fields} == set(plan.entity.business_key)):
            _check_unique_set(work, plan, fields, candidates)


def _candidates(fields: Sequence[Field], drafts: Sequence[Draft]) -> dict[tuple[Any, ...], Draft]:
    """Drafts by the values that must be unique; the later of two equal ones gets a problem right away."""
    names = [field.name for field in fields]
    if len(names) == 1:
        (name,) = names
        keys = [(draft.values.get(name),) for draft in drafts]
    else:
        keys = [tuple([draft.values.get(name) for name in names]) for draft in drafts]  # type: ignore[misc]
    found: dict[tuple[Any, ...], Draft] = {}
    for draft, values in zip(drafts, keys, strict=True):
        if None in values:
            continue
        before = draft.before
        if before is not None and all(before.get(name) == draft.values.get(name) for name in names):
            continue
        if found.setdefault(values, draft) is not draft:
            _not_unique(draft, names)
    return found


def _not_unique(draft: Draft, names: Sequence[str]) -> None:
    what = "this value" if len(names) == 1 else "these values together"
    draft.report("not_unique", names[0], f"Another record has {what} already.", fields=list(names))


def _check_unique_one(work: Work, plan: Plan, draft: Draft, rules: list[tuple[Field, ...]]) -> None:
    columns = work.tables.columns(plan.entity)

    def build() -> Prepared:
        parts = []
        for fields in rules:
            own = [(columns[field.name], f"q_{field.name}") for field in fields]
            same = [column == sa.bindparam(name, type_=column.type) for column, name in own]
            others = columns["id"] != sa.bindparam("q_id", type_=BigInt())
            query = sa.select(columns["id"]).where(*same, others, columns["deleted_at"].is_(None)).limit(1)
            parts.append(query.scalar_subquery().label("_".join(field.name for field in fields)))
        return Prepared(sa.select(*parts), [part.name for part in parts], work.tx.connection.dialect)

    key = ("unique", plan.entity.key, *(tuple(field.name for field in fields) for fields in rules))
    values = {f"q_{field.name}": draft.values[field.name] for fields in rules for field in fields}
    values["q_id"] = 0 if draft.before is None else draft.before["id"]
    taken = prepared(work.tx, work.tables, key, build).run(work.tx, values)[0]
    for fields, number in zip(rules, taken, strict=True):
        if number is not None:
            _not_unique(draft, [field.name for field in fields])


def _check_unique_set(
    work: Work, plan: Plan, fields: tuple[Field, ...], candidates: dict[tuple[Any, ...], Draft]
) -> None:
    names = [field.name for field in fields]
    # A value that was refused stands there as it came, and may not even fit the column.
    wanted = [
        key
        for key, draft in candidates.items()
        if not draft.problems or not any(_has_problem(draft, name) for name in names)
    ]
    columns = work.tables.columns(plan.entity)
    physical = tuple(columns[name].name for name in names)
    for number, *key in work.tx.find_keys(work.tables.of(plan.entity), physical, wanted, "t.deleted_at IS NULL"):
        draft = candidates.get(tuple(key))
        if draft is not None and (draft.before is None or draft.before["id"] != number):
            _not_unique(draft, names)


def _check_unique_lines(plan: Plan, lines: Sequence[Draft]) -> None:
    for fields in plan.uniques:
        _candidates(fields, lines)
