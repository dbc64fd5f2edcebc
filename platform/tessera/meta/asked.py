"""What is asked of the records of an entity again and again, and the indexes that answer it by themselves.

A view asks for the records that its filter finds, in its order; a role asks with every list for those that its
condition lets it see. An index of the columns that must have one value, then those of the order, then the id, gives
the first page without looking at any other record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tessera.formula import Formula
from tessera.formula.comparisons import Path, comparisons
from tessera.meta.model import Entity, Field

Order: TypeAlias = tuple[tuple[str, bool], ...]
"""Names of fields and whether they descend."""

MOST_INDEXES = 16
"""Indexes of one entity that are made for views and roles: each of them makes every write a little slower."""

_ENTRY_BYTES = 2_000
_VALUE_BYTES = 16
_CHARACTER_BYTES = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about an entity (its key). equal: paths to what has one known value.

    ranges: paths to what is compared with something known otherwise. order: of the rows. is_role: of a row condition,
    which stands beside every order.
    """

    entity: str
    equal: frozenset[Path] = frozenset()
    ranges: frozenset[Path] = frozenset()
    order: Order = ()
    is_role: bool = False


def asked_by(entity: str, condition: Formula | None, order: Order = (), *, is_role: bool = False) -> Asked:
    """What a condition and an order ask of an entity."""
    found = comparisons(condition) if condition is not None else ()
    equal = frozenset(each.path for each in found if each.is_equality)
    return Asked(entity, equal, frozenset(each.path for each in found if not each.is_equality), order, is_role)


def pinned_field(entity: Entity, path: Path, entities: Mapping[str, Entity]) -> Field | None:
    """The field of the record that has one value where the path does: itself, or the reference to what is named.

    A reference has one value when the path leads over it to a key of its target, such as `site.code`.
    """
    field = entity.field(path[0])
    if field is None or len(path) == 1:
        return field
    target = entities.get(field.target) if field.type == "reference" and len(path) == 2 else None
    return field if target is not None and path[1] in keys_of(target) else None


def keys_of(entity: Entity) -> frozenset[str]:
    """Names of the fields each of which tells the records of an entity apart by itself."""
    unique = {each.name for each in entity.fields if each.unique and each.storage is not None}
    return frozenset(unique | set(entity.business_key if len(entity.business_key) == 1 else ()))


def ordered_indexes(
    entity: Entity, asked: Iterable[Asked], entities: Mapping[str, Entity]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The columns of each index, the id last, and those of them that descend. entities: all of the Model, by key."""
    fields = {each.name: each for each in entity.fields}
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], None] = {}
    for equal, order in _questions(entity, list(asked), entities):
        sorts = [(fields[name], descends) for name, descends in order if name not in equal]
        columns = [fields[name].column for name in sorted(equal)] + [each.column for each, _ in sorts]
        every = [fields[name] for name in equal] + [each for each, _ in sorts]
        if columns and sum(map(_size_bytes, every)) <= _ENTRY_BYTES:
            found[(*columns, "id"), tuple(each.column for each, descends in sorts if descends)] = None
    return list(found)[:MOST_INDEXES]


def _questions(
    entity: Entity, asked: list[Asked], entities: Mapping[str, Entity]
) -> Iterator[tuple[frozenset[str], Order]]:
    """Fields that have one value, and an order: those of views, then those of roles in the order of each view."""
    usable = {each.name for each in entity.fields if _is_usable(each)}
    keys = keys_of(entity)
    orders: dict[Order, None] = {}
    roles: list[frozenset[str]] = []
    for each in asked:
        pinned = (pinned_field(entity, path, entities) for path in each.equal)
        equal = frozenset(one.name for one in pinned if one is not None) & usable
        if equal & keys:
            continue  # at most one record, which is found by its key
        if each.is_role:
            roles.append(equal)
            continue
        order = _usable_order(each.order, usable)
        orders[order] = None
        ranges = {path[0] for path in each.ranges if len(path) == 1} & usable
        if not equal and not order and ranges:
            order = ((min(ranges), False),)
        yield equal, order
    for equal in roles:
        for order in ((), *orders) if equal else ():
            yield equal, order


def _usable_order(order: Order, usable: set[str]) -> Order:
    """The order up to the first field that no index can have."""
    found = []
    for name, descends in order:
        if name not in usable:
            break
        found.append((name, descends))
    return tuple(found)


def _is_usable(field: Field) -> bool:
    return field.storage is not None and field.storage.kind != "json" and _size_bytes(field) <= _ENTRY_BYTES


def _size_bytes(field: Field) -> int:
    """How long its value may be in an index; PostgreSQL refuses entries of more than a third of a page."""
    storage = field.storage
    if storage is None or storage.kind != "text" or field.type == "reference":
        return _VALUE_BYTES
    return _CHARACTER_BYTES * (storage.length or _ENTRY_BYTES)
