"""What the steps about records share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tessera.formula import Formula
from tessera.formula.shapes import Type
from tessera.meta.drafts import EntityDraft
from tessera.meta.flows import FieldValue
from tessera.meta.steps.base import FORMULA, NAME

_COMMON = "urn:tessera:schema:common#/$defs/"

FIELD_VALUES: Mapping[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 500,
    "propertyNames": NAME,
    "additionalProperties": {
        "type": ["string", "object"],
        "minLength": 1,
        "maxLength": 4000,
        "additionalProperties": False,
        "required": ["each", "values"],
        "properties": {
            "each": {**FORMULA, "description": "A list: there will be a line for each member."},
            "as": {**NAME, "default": "item"},
            "values": {"type": "object", "propertyNames": NAME, "additionalProperties": FORMULA},
        },
    },
    "description": "The formula of each field's value; of lines the list that they are made from, and their values.",
}
"""Values of a record's fields by their names."""


@dataclass(frozen=True, slots=True)
class RecordStep:
    """entity: its key. record: which one, None for a new one. values: what it is given."""

    entity: str
    record: Formula | None
    values: tuple[FieldValue, ...] = ()


def record_type(entity: EntityDraft) -> Type:
    """A record of an entity, as the result of a step."""
    return Type("record", nullable=False, shape=entity.shape)
