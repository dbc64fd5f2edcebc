"""Reads values that stand beside a record: each type of such field has its reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.registry import Registry

SideReader: TypeAlias = "Callable[[Work, Entity, Sequence[int], Sequence[Field]], dict[int, dict[str, Any]]]"
"""Gives, for records of the entity, the values of these fields: {record's id: {field's name: value}}."""

side_readers: Registry[SideReader] = Registry("side reader")
"""By field type: `rollup` is read here, `balance` by the ledgers."""


def side_values(work: Work, entity: Entity, ids: Sequence[int], fields: Sequence[Field]) -> dict[int, dict[str, Any]]:
    """The values of rollup and balance fields of records, set-wise; a statement for each type of field."""
    found: dict[int, dict[str, Any]] = {number: {} for number in ids}
    if not ids:
        return found
    for kind in sorted({each.type for each in fields}):
        reader = side_readers.get(kind)
        if reader is None:
            continue
        mine = [each for each in fields if each.type == kind]
        for number, values in reader(work, entity, ids, mine).items():
            found[number].update(values)
    return found
