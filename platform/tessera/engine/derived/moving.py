"""What a statement has to be told of values that move by themselves: today, and accounts with something due."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

from tessera.engine.derived.building import ensure_built
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.registry import Registry
from tessera.store.paths import Moving

Mover: TypeAlias = "Callable[[Work, Sequence[Field]], Mapping[str, Hashable]]"
"""What statements over these fields need to know now, by any key of its own."""

movers: Registry[Mover] = Registry("mover")
"""By field type; `balance` is told by the ledgers."""

_MOVING = frozenset({"rollup", "balance"})


def moving_of(work: Work, entity: Entity, paths: Iterable[tuple[str, ...]]) -> Moving | None:
    """What a statement that reads these paths needs to know; None when nothing of it moves.

    Raises: FieldBuilding("field_building") when it reads what is not filled yet.
    """
    paths = list(paths)
    ensure_built(work, entity, paths)
    fields: dict[str, Field] = {}
    for path in paths:
        _collect(work, entity, path, fields)
    if not fields:
        return None
    known: dict[str, Hashable] = {}
    for kind, mover in movers.items():
        mine = [each for each in fields.values() if each.type == kind]
        if mine:
            known.update(mover(work, mine))
    return Moving(work.host().today, tuple(sorted(known.items(), key=lambda pair: pair[0])))


def _collect(work: Work, entity: Entity, path: tuple[str, ...], found: dict[str, Field]) -> None:
    """Note the moving fields that a path leads over or to."""
    field = entity.field(path[0]) if path else None
    if field is None or field.key in found:
        return
    if field.type in _MOVING and (field.type == "balance" or field.options.get("window")):
        found[field.key] = field
    elif field.type == "lookup":
        _collect(work, entity, tuple(field.options["path"]), found)
    elif field.type == "formula" and field.storage is None and field.value is not None:
        for inner in field.value.reads:
            _collect(work, entity, inner, found)
    elif field.target:
        _collect(work, work.model.entities[field.target], path[1:], found)
