"""What other rooms are told about changed records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tessera.meta.model import Entity

if TYPE_CHECKING:
    from tessera.engine.work import Work

Record: TypeAlias = dict[str, Any]
"""A record in Python: field name → value, besides id, ref, version and the other system fields.

A reference is the target's id, a multi_reference a list of ids, lines a list of such dicts with id and place.
"""


class Change(NamedTuple):
    """A record before and after. before is None for a new (or restored) one, after for a deleted one."""

    id: int
    before: Record | None
    after: Record | None


OnChange: TypeAlias = "Callable[[Work, Entity, Sequence[Change]], None]"

EventParts: TypeAlias = "Callable[[Work, Entity, str, Sequence[Change]], Mapping[int, dict[str, Any]]]"

event_parts: list[EventParts] = []
"""Asked for every batch of changes, with their verb, what their events shall carry besides: JSON by the record's id.

The rows are written by then, what others derive from them is not."""

on_change: list[OnChange] = []
"""Called for every batch of changed records of one entity, after their rows, audit and events are written."""
