"""A line of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, ColumnLoader, Fault, FieldType, Loader, clean_text, clean_texts
from tessera.meta.fields.errors import TooShort
from tessera.meta.model import Field, Storage


class TextType(FieldType):
    """A line of text."""

    name: ClassVar[str] = "text"
    title: ClassVar[str] = "A line of text"
    schema: ClassVar[Mapping[str, Any]] = {
        "max_length": {"type": "integer", "minimum": 1, "maximum": 2000, "default": 255},
        "min_length": {"type": "integer", "minimum": 0, "maximum": 2000, "default": 0},
        "sort": {"enum": ["code_point", "natural"], "default": "code_point"},
    }
    example: ClassVar[Mapping[str, Any]] = {"max_length": 80}

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """The least length may not pass the greatest."""
        if options["min_length"] > options["max_length"]:
            yield "min_length", "bad_range", "min_length is more than max_length."

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=options["max_length"])

    def loader(self, field: Field) -> Loader:
        """Checks length and characters; '' is blank."""
        most, least = field.options["max_length"], field.options["min_length"]

        def load(value: Json) -> str | None:
            text = clean_text(value, most)
            if least and text is not None and len(text) < least:
                raise TooShort(limit=least)
            return text

        return load

    def column_loader(self, field: Field) -> ColumnLoader | None:
        """Checks lengths and characters of all texts together."""
        return None if field.options["min_length"] else partial(clean_texts, limit=field.options["max_length"])

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "maxLength": field.options["max_length"]}


FIELD_TYPES.add("text", TextType())
