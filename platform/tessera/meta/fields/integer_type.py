"""A whole number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import INTEGER, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Fault, FieldType, Loader
from tessera.meta.fields.errors import OutOfRange, WrongType
from tessera.meta.model import Field, Storage

MOST = 2**53 - 1
"""The greatest whole number that every JSON reader keeps exactly."""


class IntegerType(FieldType):
    """A whole number."""

    name: ClassVar[str] = "integer"
    title: ClassVar[str] = "A whole number"
    schema: ClassVar[Mapping[str, Any]] = {
        "min": {"type": "integer", "minimum": -MOST, "maximum": MOST, "default": -MOST},
        "max": {"type": "integer", "minimum": -MOST, "maximum": MOST, "default": MOST},
    }
    example: ClassVar[Mapping[str, Any]] = {"min": 0, "max": 100}

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """The least may not pass the greatest."""
        if options["min"] > options["max"]:
            yield "min", "bad_range", "min is more than max."

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A whole number."""
        return INTEGER

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A 64-bit column."""
        return Storage("integer")

    def loader(self, field: Field) -> Loader:
        """Takes JSON integers within the range."""
        least, most = field.options["min"], field.options["max"]

        def load(value: Json) -> int | None:
            if type(value) is not int:
                if value is None:
                    return None
                raise WrongType(expected="a whole number")
            if not least <= value <= most:
                raise OutOfRange(min=least, max=most)
            return value

        return load

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": field.options["min"], "maximum": field.options["max"]}


FIELD_TYPES.add("integer", IntegerType())
