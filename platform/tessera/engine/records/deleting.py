"""Deletes records and brings them back; what refers to them is refused, blanked or goes along."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from tessera import faults
from tessera.engine.access import rights
from tessera.engine.records import write
from tessera.engine.records.checks import check_unique
from tessera.engine.records.drafts import Draft
from tessera.engine.records.errors import InUse
from tessera.engine.records.hooks import Change, Record
from tessera.engine.records.load import draft_of
from tessera.engine.records.plan import Incoming, Plan, plan_of
from tessera.engine.records.related import complete, find, key_of, where_key
from tessera.engine.records.stored import stored, stored_where
from tessera.engine.records.trail import leave_trail
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.model import Entity

_CHUNK = 5_000


def delete_records(work: Work, plan: Plan, records: Sequence[Record]) -> None:
    """Delete records that are locked, of one entity, and handle what refers to them. Raises: InUse("in_use")."""
    _delete(work, plan, records, going={(plan.entity.key, record["id"]) for record in records})


def _delete(work: Work, plan: Plan, records: Sequence[Record], going: set[tuple[str, int]]) -> None:
    if not records:
        return
    faults.reach(write.BEFORE_ROWS)
    ids = [record["id"] for record in records]
    for incoming in plan.incoming:
        _release(work, incoming, ids, going)
    _mark(work, plan, records, work.now)
    changes = [Change(record["id"], record, None) for record in records]
    leave_trail(work, plan, "deleted", changes)
    write.follow_up(work, plan, changes)


def _mark(work: Work, plan: Plan, records: Sequence[Record], deleted_at: object) -> None:
    rows = [(each["id"], each["version"] + 1, work.now, work.ctx.actor.id, deleted_at) for each in records]
    columns = ("version", "updated_at", "updated_by", "deleted_at")
    work.tx.update_many(work.tables.of(plan.entity), columns, rows)


def _release(work: Work, incoming: Incoming, ids: list[int], going: set[tuple[str, int]]) -> None:
    """Do with the records that refer to those of these ids what their reference says."""
    root = _root(work, incoming.entity)
    holders = [each for each in _holders(work, incoming, ids) if (root.key, each) not in going]
    if not holders:
        return
    if incoming.policy == "refuse":
        raise InUse(entity=root.name, field=incoming.field.name)
    plan = plan_of(work.model, root)
    if incoming.policy == "with_parent" and not incoming.entity.parent and incoming.field.type == "reference":
        going |= {(root.key, each) for each in holders}
        _delete(work, plan, stored(work, plan, holders, for_delete=True), going)
    else:
        drafts = [_without(plan, record, incoming, set(ids)) for record in stored(work, plan, holders)]
        write.update(work, plan, drafts)


def _root(work: Work, entity: Entity) -> Entity:
    return work.model.entities[entity.parent] if entity.parent else entity


def _holders(work: Work, incoming: Incoming, ids: list[int]) -> list[int]:
    """Ids of the live root records that refer, themselves or by a line, to one of these ids."""
    entity, field = incoming.entity, incoming.field
    own = work.tables.of(entity)
    root = work.tables.of(_root(work, entity))
    source: sa.FromClause = own
    if field.type == "multi_reference":
        link = work.tables.link(field)
        target, source = link.c.target_id, sa.join(link, own, own.c.id == link.c.record_id)
    else:
        target = own.c[field.column or field.name]
    if own is not root:
        source = sa.join(source, root, root.c.id == own.c.parent_id)
    found: set[int] = set()
    for start in range(0, len(ids), _CHUNK):
        query = sa.select(root.c.id).select_from(source).where(target.in_(ids[start : start + _CHUNK]))
        found |= set(work.tx.execute(query.where(root.c.deleted_at.is_(None))).scalars())
    return sorted(found)


def _without(plan: Plan, record: Record, incoming: Incoming, gone: set[int]) -> Draft:
    """A draft of the record that no longer refers to the records that go: blanked, or without such lines."""
    draft = draft_of(plan, record)
    name = incoming.field.name
    parent_field = incoming.entity.parent_field
    members = draft.lines[parent_field] if incoming.entity.parent else [draft]
    for each in members:
        if incoming.field.type == "multi_reference":
            each.values[name] = [target for target in each.values[name] if target not in gone]
        elif each.values[name] in gone and not (each is not draft and incoming.policy == "with_parent"):
            each.values[name] = None
    if incoming.entity.parent and incoming.policy == "with_parent":
        draft.lines[parent_field] = [line for line in members if line.values[name] not in gone]
        draft.dropped[parent_field] = [
            line.before["id"] for line in members if line.before is not None and line.values[name] in gone
        ]
    return draft


def restore_records(work: Work, plan: Plan, keys: Sequence[Json]) -> list[Record]:
    """Bring deleted records back, with what was deleted along with them. Raises: NotFound, Invalid."""
    found = [_deleted(work, plan, key) for key in keys]
    return _restore(work, plan, found)


def _deleted(work: Work, plan: Plan, key: Json) -> Record:
    named = key_of(plan.entity, key)
    if named is None:
        raise NotFound(what="record")
    records = stored_where(work, plan, where_key(work, plan.entity, named[0], [named[1]]), deleted=True)
    if not records:
        raise NotFound(what="record")
    latest = max(records, key=lambda each: (each["deleted_at"], each["id"]))
    condition = rights(work, plan.entity).row_condition
    if condition is not None:
        env = dict(latest)
        complete(work, plan.entity, [env], condition.reads)
        if condition(env, work.host()) is not True:
            raise NotFound(what="record")
    return latest


def _restore(work: Work, plan: Plan, records: list[Record]) -> list[Record]:
    drafts = [draft_of(plan, record) for record in records]
    for draft in drafts:
        draft.before = None
        draft.given = set(draft.values)
    check_unique(work, plan, drafts)
    _check_targets(work, plan, drafts)
    for draft in drafts:
        write.ensure_sound(draft)
    faults.reach(write.BEFORE_ROWS)
    _mark(work, plan, records, None)
    after = [
        {**record, "version": record["version"] + 1, "updated_at": work.now, "updated_by": work.ctx.actor.id,
         "deleted_at": None}
        for record in records
    ]  # fmt: skip
    changes = [Change(record["id"], None, record) for record in after]
    leave_trail(work, plan, "restored", changes)
    write.follow_up(work, plan, changes)
    for incoming in plan.incoming:
        if incoming.policy == "with_parent" and not incoming.entity.parent and incoming.field.type == "reference":
            _restore_along(work, incoming, records)
    return after


def _restore_along(work: Work, incoming: Incoming, parents: list[Record]) -> None:
    """Records that were deleted along with their parents, at the same instant, come back with them."""
    plan = plan_of(work.model, incoming.entity)
    table = work.tables.of(incoming.entity)
    reference = table.c[incoming.field.column or incoming.field.name]
    for parent in parents:
        where = sa.and_(reference == parent["id"], table.c.deleted_at == parent["deleted_at"])
        children = stored_where(work, plan, where, deleted=True)
        if children:
            _restore(work, plan, children)


def _check_targets(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """What a restored record refers to must still be there."""
    for field in plan.references:
        target = work.model.entities[field.target]
        wanted = {("id", draft.values[field.name]) for draft in drafts if draft.values[field.name] is not None}
        found = find(work, target, wanted, lock="share", seen=False)
        for draft in drafts:
            number = draft.values[field.name]
            if number is not None and ("id", number) not in found:
                draft.report("unknown_reference", field.name, "The record that it refers to is deleted.")
