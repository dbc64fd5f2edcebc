"""Typed values of a document → the wire values that the write path of single records takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tessera.engine.work import Work
from tessera.errors import Json, Problem, TesseraError
from tessera.meta.model import Entity, Model


def as_wire(entity: Entity, model: Model, record: Mapping[str, Any]) -> dict[str, Json]:
    """The document's values as a caller of the API would send them."""
    wire: dict[str, Json] = {}
    for name, value in record.items():
        field = entity.field(name)
        if field is None:
            continue
        if field.type == "lines":
            inner = model.entities[field.target]
            wire[field.name] = [as_wire(inner, model, line) for line in value or ()]
        elif value is None or field.type == "reference":
            wire[field.name] = value
        else:
            wire[field.name] = field.dump(value)
    return wire


def rejected_record(work: Work, action: Callable[[], object]) -> Problem | None:
    """Do it within a savepoint; the first problem when the record is refused."""
    try:
        with work.savepoint():
            action()
    except TesseraError as refused:
        if refused.status >= 500:
            raise
        return refused.problems()[0]
    return None
