"""Text of many lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, ColumnLoader, FieldType, Loader, clean_text, clean_texts
from tessera.meta.model import Field, Storage


class LongTextType(FieldType):
    """Text of many lines."""

    name: ClassVar[str] = "long_text"
    title: ClassVar[str] = "Text of many lines"
    schema: ClassVar[Mapping[str, Any]] = {
        "max_length": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 20000}
    }
    without: ClassVar[frozenset[str]] = frozenset({"unique"})
    example: ClassVar[Mapping[str, Any]] = {"max_length": 5000}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=options["max_length"])

    def loader(self, field: Field) -> Loader:
        """Checks length and characters; '' is blank."""
        return partial(clean_text, limit=field.options["max_length"])

    def column_loader(self, field: Field) -> ColumnLoader | None:
        """Checks lengths and characters of all texts together."""
        return partial(clean_texts, limit=field.options["max_length"])

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "maxLength": field.options["max_length"]}


FIELD_TYPES.add("long_text", LongTextType())
