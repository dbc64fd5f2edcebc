"""What of a record its reader gets: hidden fields are left out, masked ones shortened, also in records within it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tessera.engine.access import Rights, partly_seen_hops, rights
from tessera.engine.access.masking import masked
from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import path_of
from tessera.engine.records.related import find
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field


def shown(work: Work, entity: Entity, records: Sequence[Record]) -> list[Record]:
    """The records as the actor may see them; what is referred to within them likewise."""
    if work.ctx.actor.is_admin:
        return list(records)
    return _shown(work, entity, rights(work, entity), records)


def _shown(work: Work, entity: Entity, own: Rights, records: Sequence[Record]) -> list[Record]:
    made = [_plain(own, record) for record in records]
    for field in entity.fields:
        if field.type == "lookup" and own.may_read(field.name) and partly_seen_hops(work, entity, field):
            _blank_unseen(work, entity, field, records, made)
    for field in entity.fields:
        if field.type == "lines":
            inner = own.below(field.name)
            for record in made:
                if record.get(field.name):
                    record[field.name] = _shown(work, work.model.entities[field.target], inner, record[field.name])
        elif field.type in {"reference", "multi_reference"}:
            _show_targets(work, field, made)
    return made


def _blank_unseen(
    work: Work, entity: Entity, lookup: Field, records: Sequence[Record], made: Sequence[Record]
) -> None:
    """A lookup over a record that the actor may not see is blank."""
    at: dict[int, Any] = {place: record.get(path_of(lookup)[0]) for place, record in enumerate(records)}
    here = entity
    for name, following in pairwise(path_of(lookup)):
        field = here.field(name)
        assert field is not None
        here = work.model.entities[field.target]
        ids = {place: value["id"] if isinstance(value, Mapping) else value for place, value in at.items()}
        found = find(work, here, {("id", number) for number in ids.values() if number is not None}, [(following,)])
        at = {place: found[key].get(following) for place, number in ids.items() if (key := ("id", number)) in found}
    for place, record in enumerate(made):
        if place not in at and lookup.name in record:
            record[lookup.name] = None


def _plain(own: Rights, record: Record) -> Record:
    if own.is_plain:
        return dict(record)
    made = {name: value for name, value in record.items() if name not in own.hidden}
    for name, mask in own.masks.items():
        if name in made:
            made[name] = masked(mask, made[name])
    return made


def _show_targets(work: Work, field: Field, records: Iterable[Record]) -> None:
    """Expanded records: those that the actor may not see shrink to their id."""
    found: dict[int, Mapping[str, Any]] = {}
    places: list[tuple[Record, bool]] = []
    for record in records:
        value = record.get(field.name)
        many = isinstance(value, list)
        inside = [each for each in (value if many else [value]) if isinstance(each, Mapping)]  # type: ignore[union-attr]
        if inside:
            places.append((record, many))
            found.update({each["id"]: each for each in inside})
    if not found:
        return
    target = work.model.entities[field.target]
    own = rights(work, target)
    visible = set(found)
    if own.row_condition is not None or not own.can_read:
        visible = {key[1] for key in find(work, target, [("id", number) for number in found])}
    shown_ones = _shown(work, target, own, [dict(found[number]) for number in visible])
    by_id: dict[int, Record] = {each["id"]: each for each in shown_ones}
    for record, many in places:
        value = record[field.name]
        if many:
            record[field.name] = [by_id.get(each["id"], {"id": each["id"]}) for each in value]
        else:
            record[field.name] = by_id.get(value["id"], {"id": value["id"]})
