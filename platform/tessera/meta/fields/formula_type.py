"""A value worked out from the record by a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, ComputedType
from tessera.meta.model import Storage

_STORAGE: dict[str, Storage] = {
    "text": Storage("text"),
    "boolean": Storage("boolean"),
    "date": Storage("date"),
    "datetime": Storage("datetime"),
    "time": Storage("time"),
    "json": Storage("json"),
}


class FormulaType(ComputedType):
    """A value worked out from the record by a formula."""

    name: ClassVar[str] = "formula"
    title: ClassVar[str] = "A value worked out from the record by a formula"
    schema: ClassVar[Mapping[str, Any]] = {
        "value": {"$ref": "urn:tessera:schema:common#/$defs/formula"},
        "stored": {
            "type": "boolean",
            "default": False,
            "description": "Kept in a column, so that it can be sorted and filtered by; not with TODAY() or NOW().",
        },
        "scale": {"type": "integer", "minimum": 0, "maximum": 12, "description": "Decimal places of a number."},
        "rounding": {"$ref": "urn:tessera:schema:common#/$defs/rounding"},
    }
    required_keys: ClassVar[tuple[str, ...]] = ("value",)
    example: ClassVar[Mapping[str, Any]] = {"value": "SUM(lines, qty * price)", "scale": 2, "rounding": "half_up"}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """Said by the formula, not by the settings."""
        raise NotImplementedError

    def storage_of(self, value_type: Type, scale: int | None) -> Storage | None:
        """The column of a stored formula of that type; None when the type has none."""
        if value_type.kind == "number":
            return Storage("integer") if value_type.integer and not scale else Storage("decimal", 18, scale or 0)
        return _STORAGE.get(value_type.kind)


FIELD_TYPES.add("formula", FormulaType())
