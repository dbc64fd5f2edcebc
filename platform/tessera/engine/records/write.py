"""The one write path: from drafts to rows, what others derive, audit, events and hooks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from tessera import faults
from tessera.engine import sequences
from tessera.engine.access import Rights, rights
from tessera.engine.derived import folds, rollups, side_values
from tessera.engine.records import rows
from tessera.engine.records.attached import resolve_files
from tessera.engine.records.checks import check
from tessera.engine.records.compute import compute, fit_typed
from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.errors import BadNames, IllegalTransition
from tessera.engine.records.hooks import Change, Record, on_change
from tessera.engine.records.people import resolve_users
from tessera.engine.records.plan import Plan
from tessera.engine.records.related import complete, resolve
from tessera.engine.records.trail import leave_trail, tell, write_audit
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid
from tessera.formula import Formula
from tessera.meta.model import Field

BEFORE_ROWS = faults.point("records.before_rows")
AFTER_ROWS = faults.point("records.after_rows")
AFTER_DERIVED = faults.point("records.after_derived")
AFTER_EVENTS = faults.point("records.after_events")
AFTER_HOOKS = faults.point("records.after_hooks")


_FEW_ROWS = 25


def prepare(
    work: Work, plan: Plan, drafts: Sequence[Draft], allowed: Rights, *, typed: bool = False, any_state: bool = False,
    new_keys: bool = False,
) -> None:  # fmt: skip
    """Everything before the rows: references, computed values, checks. Problems are in the drafts.

    typed: the values did not come over the wire and are not loaded yet. any_state: new records may come in any state.
    new_keys: the caller has found no record with the business keys of the drafts.
    """
    if typed:
        for _, level, members in levels(plan, drafts):
            fit_typed(level, members)
    rows.put_system(work, drafts)
    resolve(work, plan, drafts)
    resolve_users(work, plan, drafts)
    resolve_files(work, plan, drafts)
    put_side_values(work, plan, drafts)
    for field in plan.sequences:
        if not field.options.get("gapless"):
            _number(work, field, drafts)
    compute(work.host(), plan, drafts)
    check(work, plan, drafts, any_state=any_state, new_keys=new_keys)
    _ensure_inside(work, plan, drafts, allowed)


def put_side_values(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Let formulas see what others derive for the records as they are stored."""
    if not plan.side:
        return
    stored = [draft.before["id"] for draft in drafts if draft.before is not None]
    found = side_values(work, plan.entity, stored, plan.side)
    for draft in drafts:
        known = found.get(draft.before["id"], {}) if draft.before is not None else {}
        for field in plan.side:
            draft.env[field.name] = known.get(field.name, folds.nothing(field))


def _number(work: Work, field: Field, drafts: Sequence[Draft]) -> None:
    waiting = [draft for draft in drafts if draft.before is None and field.name not in draft.given]
    if waiting:
        for draft, text in zip(waiting, sequences.draw(work, field, len(waiting)), strict=True):
            draft.values[field.name] = draft.env[field.name] = text


def _ensure_inside(work: Work, plan: Plan, drafts: Sequence[Draft], allowed: Rights) -> None:
    """A record may not be written to where its writer could not see it, or may not write."""
    for action, members in (
        ("create", [draft for draft in drafts if draft.before is None]),
        ("update", [draft for draft in drafts if draft.before is not None]),
    ):
        for condition in (allowed.row_condition, allowed.condition_for(action)):
            if condition is not None and members:
                _ensure_fulfilled(work, plan, members, condition)


def _ensure_fulfilled(work: Work, plan: Plan, drafts: Sequence[Draft], condition: Formula) -> None:
    sound = [draft for draft in drafts if not draft.problems]
    now = [dict(draft.values) for draft in sound]
    old = [dict(draft.before) for draft in sound if draft.before is not None]
    complete(work, plan.entity, [*now, *old], condition.reads)
    host = work.host()
    refused = {env["id"] for env in old if condition(env, host) is not True}
    for draft, env in zip(sound, now, strict=True):
        if env["id"] in refused or condition(env, host) is not True:
            draft.report("outside_your_records", "", "You may not write a record that is not among yours.")


def ensure_sound(draft: Draft) -> None:
    """Raises what is wrong with a draft: Invalid with all problems, BadNames, IllegalTransition, Forbidden."""
    problems = draft.all_problems()
    if not problems:
        return
    if draft.names_are_bad:
        raise BadNames(problems)
    only = problems[0]
    if len(problems) == 1 and only.code == "illegal_transition":
        raise IllegalTransition(pointer=only.pointer, **only.params)
    if len(problems) == 1 and only.code == "outside_your_records":
        raise Forbidden(only.message)
    raise Invalid(problems)


def insert(work: Work, plan: Plan, drafts: Sequence[Draft], *, as_batch: bool = False) -> list[Change]:
    """Store sound drafts of new records and all that follows. as_batch: one audit row and event for all of them.

    Returns the changes, in the order of the drafts.
    """
    if not drafts:
        return []
    for field in plan.sequences:
        if field.options.get("gapless"):
            _number(work, field, drafts)
    taken = rows.allocate(work, plan, drafts)
    faults.reach(BEFORE_ROWS)
    with _few(work, drafts):
        rows.insert(work, plan, drafts, taken)
        faults.reach(AFTER_ROWS)
        changes = [Change(draft.values["id"], None, rows.record_of(draft)) for draft in drafts]
        write_audit(work, plan, "created", changes, as_batch=as_batch)
    # Not among the statements that are sent without waiting: conditions of flows read what the records refer to.
    tell(work, plan, "created", changes, as_batch=as_batch)
    follow_up(work, plan, changes)
    return changes


def update(work: Work, plan: Plan, drafts: Sequence[Draft]) -> list[Draft]:
    """Store sound drafts of changed records and all that follows; those without a change are left alone.

    Returns the drafts that were changed.
    """
    changed = [draft for draft in drafts if rows.is_changed(draft)]
    if changed:
        faults.reach(BEFORE_ROWS)
        rows.update(work, plan, changed)
        faults.reach(AFTER_ROWS)
        changes = [Change(draft.values["id"], draft.before, rows.record_of(draft)) for draft in changed]
        leave_trail(work, plan, "updated", changes)
        follow_up(work, plan, changes)
    return changed


def _few(work: Work, drafts: Sequence[Draft]) -> AbstractContextManager[None]:
    """Lets the statements of a small change follow each other without waiting."""
    if len(drafts) >= _FEW_ROWS:
        return nullcontext()
    lines = sum(len(lines) for draft in drafts for lines in draft.lines.values())
    return work.tx.pipelined() if len(drafts) + lines < _FEW_ROWS else nullcontext()


def follow_up(work: Work, plan: Plan, changes: list[Change]) -> None:
    """What comes after rows, audit and events: values that others derive, and the hooks of other rooms."""
    faults.reach(AFTER_EVENTS)
    rollups.refresh(work, plan.entity, plan.feeds, changes)
    faults.reach(AFTER_DERIVED)
    for hook in on_change:
        hook(work, plan.entity, changes)
    faults.reach(AFTER_HOOKS)


def allowed_to(work: Work, plan: Plan, action: str) -> Rights:
    """The actor's rights. Raises: NotFound, Forbidden("forbidden") when he may not do this."""
    found = rights(work, plan.entity)
    found.ensure(action)
    return found


def ensure_may(work: Work, plan: Plan, action: str, records: Sequence[Record]) -> None:
    """Raises: Forbidden("forbidden") when one of the records is outside those that the actor may do this with."""
    condition = rights(work, plan.entity).condition_for(action)
    if condition is None:
        return
    envs = [dict(record) for record in records]
    complete(work, plan.entity, envs, condition.reads)
    if any(condition(env, work.host()) is not True for env in envs):
        raise Forbidden(action=action)
