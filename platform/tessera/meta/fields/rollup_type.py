"""A figure over the records that refer to this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN, INTEGER, Type
from tessera.meta.fields.base import FIELD_TYPES, ComputedType, Fault

FOLDS = ("sum", "count", "distinct", "min", "max", "avg", "first", "last", "any", "all")
"""How a rollup makes one value out of many."""

_COMMON = "urn:tessera:schema:common#/$defs/"


class RollupType(ComputedType):
    """A figure over the records that refer to this one."""

    name: ClassVar[str] = "rollup"
    title: ClassVar[str] = "A figure over the records that refer to this one; kept beside it and refreshed with them"
    schema: ClassVar[Mapping[str, Any]] = {
        "from": {"$ref": f"{_COMMON}path", "description": "The entity, or its lines: ticket.lines."},
        "via": {"$ref": f"{_COMMON}name", "description": "Its reference to this entity; needed when it has several."},
        "fold": {"enum": list(FOLDS)},
        "value": {"$ref": f"{_COMMON}formula", "description": "What is folded; not for count."},
        "where": {"$ref": f"{_COMMON}formula", "description": "Only records for which it is true."},
        "at": {
            "$ref": f"{_COMMON}name",
            "description": "Its date, for first, last and window.",
        },
        "window": {
            "type": "string",
            "pattern": "^[1-9][0-9]{0,3}d$",
            "description": "Only the last days, today included: 365d.",
        },
        "scale": {"type": "integer", "minimum": 0, "maximum": 12},
        "rounding": {"$ref": f"{_COMMON}rounding"},
    }
    required_keys: ClassVar[tuple[str, ...]] = ("from", "fold")
    example: ClassVar[Mapping[str, Any]] = {"from": "ticket", "via": "account", "fold": "sum", "value": "hours"}

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """Each fold's needs: a value, a date, a scale."""
        fold = options["fold"]
        if fold != "count" and "value" not in options:
            yield "", "value_needed", f'The fold "{fold}" needs a value.'
        if fold == "count" and "value" in options:
            yield "value", "value_unused", "A count has no value; use where."
        if "at" not in options and (fold in ("first", "last") or "window" in options):
            yield "", "at_needed", "first, last and window need a date: at."
        if fold == "avg" and not ("scale" in options and "rounding" in options):
            yield "", "scale_needed", "An average needs a scale and a rounding."

    def folded_type(self, options: Mapping[str, Json], value: Type | None) -> Type | None:
        """The type of the rollup when its value has that type; None when the fold cannot take it."""
        fold = options["fold"]
        if fold in ("count", "distinct"):
            return INTEGER.required()
        if value is None:
            return None
        if fold in ("any", "all"):
            return BOOLEAN if value.kind == "boolean" else None
        if fold in ("sum", "avg"):
            if value.kind != "number":
                return None
            scale = options.get("scale", value.scale)
            integer = (value.integer and fold == "sum") or scale == 0
            return Type("number", nullable=fold == "avg", integer=integer, scale=scale)
        return value.optional() if value.kind in ("number", "text", "date", "datetime", "time") else None


FIELD_TYPES.add("rollup", RollupType())
