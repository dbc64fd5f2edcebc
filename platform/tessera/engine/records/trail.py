"""What a change of records leaves behind: audit rows and outbox events, made by closures compiled per entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tessera import faults
from tessera.engine import audit, outbox, sealing
from tessera.engine.records.columns import each_once
from tessera.engine.records.hooks import Change, Record, event_parts
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.fields.base import as_it_is
from tessera.meta.model import Field

AFTER_AUDIT = faults.point("records.after_audit")

Dump: TypeAlias = Callable[[Field, Any], Json]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns records of one level into audit JSON."""

    fields: tuple[Field, ...]
    dump: Dump

    def whole(self, record: Record) -> dict[str, Json]:
        """Every value that is not blank, by the field's uid."""
        dump = self.dump
        return {
            each.uid: dump(each, value)
            for each in self.fields
            if (value := record.get(each.name)) is not None and value != []
        }

    def difference(self, before: Record, after: Record) -> dict[str, Json]:
        """[old, new] of every value that changed, by the field's uid."""
        dump = self.dump
        return {
            each.uid: [dump(each, before.get(each.name)), dump(each, after.get(each.name))]
            for each in self.fields
            if before.get(each.name) != after.get(each.name)
        }


def leave_trail(work: Work, plan: Plan, verb: str, changes: Sequence[Change], *, as_batch: bool = False) -> None:
    """Write audit rows and events for changes of one entity. as_batch: one of each for all of them."""
    write_audit(work, plan, verb, changes, as_batch=as_batch)
    tell(work, plan, verb, changes, as_batch=as_batch)


def write_audit(work: Work, plan: Plan, verb: str, changes: Sequence[Change], *, as_batch: bool = False) -> None:
    """The audit's half of the trail; it reads nothing."""
    entity = plan.entity
    if as_batch:
        ids = [each.id for each in changes]
        audit.write(work, verb, entity.key, [audit.Entry(None, {"ids": ids}, len(ids))])
    elif entity.options.get("history", True):
        audit.write(work, verb, entity.key, _entries(work, plan, changes))
    faults.reach(AFTER_AUDIT)


def tell(work: Work, plan: Plan, verb: str, changes: Sequence[Change], *, as_batch: bool = False) -> None:
    """The events' half of the trail; what other rooms add to them may read what the records refer to."""
    told = _parts(work, plan, verb, changes)
    topic, key = f"record.{verb}", plan.entity.key
    if as_batch:
        parts = {"parts": {str(number): each for number, each in told.items()}} if told else {}
        outbox.emit(work, topic, key, [(None, {"ids": [each.id for each in changes], **parts})])
        return
    events = [(each.id, {**_event(plan, each), **told.get(each.id, {})}) for each in changes]
    outbox.emit(work, topic, key, events)


def _parts(work: Work, plan: Plan, verb: str, changes: Sequence[Change]) -> dict[int, dict[str, Json]]:
    """What other rooms want the events to carry, by the record's id."""
    found: dict[int, dict[str, Json]] = {}
    for ask in event_parts:
        for number, parts in ask(work, plan.entity, verb, changes).items():
            found.setdefault(number, {}).update(parts)
    return found


def _event(plan: Plan, change: Change) -> Json:
    """For a change of a record, the uids of the fields that changed."""
    before, after = change.before, change.after
    if before is None or after is None:
        return {}
    plain = (*plan.stored, *plan.multiple)
    changed = [each.uid for each in plain if before.get(each.name) != after.get(each.name)]
    for name, lower in plan.lines.items():
        if _contents(lower, before.get(name)) != _contents(lower, after.get(name)):
            changed.append(plan.known[name].uid)
    return {"changed": changed}


def _contents(plan: Plan, lines: Sequence[Record] | None) -> list[tuple[Any, ...]]:
    return [(line["id"], *(line.get(each.name) for each in plan.stored)) for line in lines or ()]


def _entries(work: Work, plan: Plan, changes: Sequence[Change]) -> list[audit.Entry]:
    keys = _keys(work, plan, changes) if plan.seals else {}
    if all(change.before is None and change.after is not None for change in changes):
        return _new_entries(plan, changes, keys)
    return [audit.Entry(change.id, _detail(plan, change, audit.dumper(keys.get(change.id)))) for change in changes]


def _new_entries(plan: Plan, changes: Sequence[Change], keys: Mapping[int, bytes]) -> list[audit.Entry]:
    """As `_detail` of each, for records that are new: column by column, which is faster than record by record."""
    ids = [change.id for change in changes]
    records = [change.after or {} for change in changes]
    details: list[dict[str, Json]] = [
        {"set": each} for each in _wholes((*plan.stored, *plan.multiple), records, [keys.get(number) for number in ids])
    ]
    for name, lower in plan.lines.items():
        owners = [place for place, record in enumerate(records) for _ in record.get(name) or ()]
        flat = [line for record in records for line in record.get(name) or ()]
        wholes = _wholes(lower.stored, flat, [keys.get(ids[place]) for place in owners])
        for place, line, whole in zip(owners, flat, wholes, strict=True):
            lines = details[place].setdefault("lines", {}).setdefault(plan.known[name].uid, {"added": []})
            lines["added"].append({"id": line["id"], **whole})
    return [audit.Entry(number, detail) for number, detail in zip(ids, details, strict=True)]


def _wholes(
    fields: Sequence[Field], records: Sequence[Record], keys: Sequence[bytes | None]
) -> list[dict[str, Json]]:
    """Every value that is not blank of each record, by the field's uid. keys: under which each record's are sealed."""
    uids, columns = [], []
    for each in fields:
        values = [record.get(each.name) for record in records]
        if list in set(map(type, values)):
            values = [None if value == [] else value for value in values]
        if values.count(None) < len(values):
            uids.append(each.uid)
            columns.append(_dumped(each, values, keys))
    if not columns:
        return [{} for _ in records]
    if not any(None in column for column in columns):
        return [dict(zip(uids, row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        {uid: value for uid, value in zip(uids, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def _dumped(field: Field, values: Sequence[Any], keys: Sequence[bytes | None]) -> Sequence[Json]:
    if field.personal and any(keys):
        dumps = {key: audit.dumper(key) for key in keys}
        return [
            None if value is None else dumps[key](field, value) for value, key in zip(values, keys, strict=True)
        ]
    if field.type == "reference" or field.dump is as_it_is:
        return values
    return each_once(field.dump, values)


def _keys(work: Work, plan: Plan, changes: Sequence[Change]) -> dict[int, bytes]:
    """The seal keys of the records, each of which is the subject of its personal values."""
    key = plan.entity.key
    new = [change.id for change in changes if change.before is None and (change.after or {}).get("version") == 1]
    if new:
        sealing.add_keys(work, key, new)
    return sealing.keys_of(work, key, [change.id for change in changes])


def _detail(plan: Plan, change: Change, dump: Dump) -> dict[str, Json]:
    before, after = change.before, change.after
    writer = _Writer((*plan.stored, *plan.multiple), dump)
    detail: dict[str, Json] = {}
    if after is None:
        return detail
    detail["set"] = writer.whole(after) if before is None else writer.difference(before, after)
    for name, lower in plan.lines.items():
        lines = _lines(_Writer(lower.stored, dump), (before or {}).get(name) or [], after.get(name) or [])
        if lines:
            detail.setdefault("lines", {})[plan.known[name].uid] = lines
    return detail


def _lines(writer: _Writer, before: list[Record], after: list[Record]) -> dict[str, Json]:
    """The difference of two lists of lines by their ids."""
    old = {line["id"]: line for line in before}
    new = {line["id"]: line for line in after}
    found: dict[str, Json] = {
        "added": [{"id": number, **writer.whole(line)} for number, line in new.items() if number not in old],
        "removed": [{"id": number, **writer.whole(line)} for number, line in old.items() if number not in new],
        "changed": {
            str(number): difference
            for number, line in new.items()
            if number in old and (difference := writer.difference(old[number], line))
        },
    }
    if [line["id"] for line in before if line["id"] in new] != [line["id"] for line in after if line["id"] in old]:
        found["order"] = list(new)
    return {name: value for name, value in found.items() if value}
