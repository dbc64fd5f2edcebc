"""Rows inside the record, each with fields of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader
from tessera.meta.fields.errors import TooManyValues, WrongType
from tessera.meta.model import Field, Storage


class LinesType(FieldType):
    """Rows inside the record."""

    name: ClassVar[str] = "lines"
    title: ClassVar[str] = "Rows inside the record, each with fields of its own"
    schema: ClassVar[Mapping[str, Any]] = {
        "fields": {
            "type": "array",
            "minItems": 1,
            "maxItems": 200,
            "items": {"$ref": "urn:tessera:schema:field"},
            "description": "The fields of a line; formulas may use the record's fields too.",
        },
        "max": {"type": "integer", "minimum": 1, "maximum": 20000, "default": 20000},
    }
    required_keys: ClassVar[tuple[str, ...]] = ("fields",)
    without: ClassVar[frozenset[str]] = frozenset({"unique", "default", "capture", "check", "class"})
    example: ClassVar[Mapping[str, Any]] = {"fields": [{"uid": "qty", "name": "qty", "type": "integer"}]}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A list of records."""
        return Type("list", shape=shape)

    def storage(self, options: Mapping[str, Json]) -> Storage | None:
        """None: a table of their own keeps them."""
        return None

    def loader(self, field: Field) -> Loader:
        """Takes a list of objects; their values are loaded by the fields of the line entity."""
        most = field.options["max"]

        def load(value: Json) -> list[dict[str, Json]]:
            if value is None:
                return []
            if type(value) is not list or not all(type(each) is dict for each in value):
                raise WrongType(expected="a list of objects")
            if len(value) > most:
                raise TooManyValues(limit=most)
            return value

        return load

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An array of objects."""
        return {"type": "array", "items": {"type": "object"}}


FIELD_TYPES.add("lines", LinesType())
