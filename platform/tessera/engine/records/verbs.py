"""The verbs on one record: create, update, delete, restore, get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tessera.engine.access import rights
from tessera.engine.records import write
from tessera.engine.records.deleting import delete_records, restore_records
from tessera.engine.records.errors import StaleVersion
from tessera.engine.records.hooks import Record
from tessera.engine.records.load import load
from tessera.engine.records.plan import Plan, plan_of
from tessera.engine.records.related import find, key_of, rows_by_key
from tessera.engine.records.rows import record_of
from tessera.engine.records.showing import shown
from tessera.engine.records.stored import attach, locking
from tessera.engine.work import Work
from tessera.errors import Json, NotFound


def create(work: Work, entity_name: str, data: Json) -> Record:
    """A new record from its wire body. Gives it as stored, its lines inside.

    Raises: NotFound, Forbidden, BadNames (400), Invalid (422) with a problem for each place, IllegalTransition.
    """
    plan = plan_of(work.model, work.entity(entity_name))
    allowed = write.allowed_to(work, plan, "create")
    draft = load(plan, data, None, allowed, work.settings.limits)
    write.prepare(work, plan, [draft], allowed)
    write.ensure_sound(draft)
    write.insert(work, plan, [draft])
    return shown(work, plan.entity, [record_of(draft)])[0]


def update(work: Work, entity_name: str, key: Json, data: Json, *, version: int | None = None) -> Record:
    """The record after a change of the fields that the body names; a body that changes nothing leaves no trace.

    Lines: a list replaces the old one: lines with an id stay and change, those without are new, missing ones go.
    version: what the caller has read. Raises: as create; StaleVersion("stale_version") when it moved on since.
    """
    plan = plan_of(work.model, work.entity(entity_name))
    allowed = write.allowed_to(work, plan, "update")
    before = locked(work, plan, key, version)
    draft = load(plan, data, before, allowed, work.settings.limits)
    write.prepare(work, plan, [draft], allowed)
    write.ensure_sound(draft)
    changed = write.update(work, plan, [draft])
    return shown(work, plan.entity, [record_of(draft) if changed else before])[0]


def delete(work: Work, entity_name: str, key: Json, *, version: int | None = None) -> None:
    """Delete a record (softly); what refers to it is handled as each reference says.

    Raises: NotFound, Forbidden, StaleVersion, InUse("in_use").
    """
    plan = plan_of(work.model, work.entity(entity_name))
    write.allowed_to(work, plan, "delete")
    before = locked(work, plan, key, version, for_delete=True)
    write.ensure_may(work, plan, "delete", [before])
    delete_records(work, plan, [before])


def restore(work: Work, entity_name: str, key: Json) -> Record:
    """Bring a deleted record back. Raises: NotFound, Forbidden, Invalid when its unique values are taken by now."""
    plan = plan_of(work.model, work.entity(entity_name))
    write.allowed_to(work, plan, "delete")
    return shown(work, plan.entity, restore_records(work, plan, [key]))[0]


def restore_many(work: Work, entity_name: str, keys: Sequence[Json]) -> list[Record]:
    """Bring deleted records back, all or none. Raises: as restore."""
    plan = plan_of(work.model, work.entity(entity_name))
    write.allowed_to(work, plan, "delete")
    return shown(work, plan.entity, restore_records(work, plan, keys))


def locked(work: Work, plan: Plan, key: Json, version: int | None, *, for_delete: bool = False) -> Record:
    """The record as it is stored, locked until the end. Raises: NotFound, StaleVersion."""
    named = key_of(plan.entity, key)
    if named is None:
        raise NotFound(what="record")
    if rights(work, plan.entity).row_condition is not None:
        named = ("id", find_one(work, plan, key)["id"])
    statement = locking(work, plan, for_delete=for_delete)
    records = rows_by_key(work, plan.entity, named[0], [named[1]], ("lock", for_delete), statement)
    attach(work, plan, records)
    if not records:
        raise NotFound(what="record")
    before = records[0]
    if version is not None and before["version"] != version:
        raise StaleVersion(version=before["version"])
    return before


def find_one(work: Work, plan: Plan, key: Json) -> dict[str, Any]:
    """At least the id of the record that the key names, if the actor may see it. Raises: NotFound."""
    named = key_of(plan.entity, key)
    if named is None:
        raise NotFound(what="record")
    found = find(work, plan.entity, [named]).get(named)
    if found is None:
        raise NotFound(what="record")
    return found
