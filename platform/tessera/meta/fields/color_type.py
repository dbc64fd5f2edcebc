"""A colour, as #rrggbb."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import BadFormat
from tessera.meta.model import Field, Storage

_COLOR = re.compile(r"#[0-9a-fA-F]{6}\Z").match


def load_color(value: Json) -> str | None:
    """The colour in lower case. Raises: WrongType, TooLong, BadCharacters, BadFormat."""
    text = clean_text(value, 7)
    if text is None:
        return None
    if not _COLOR(text):
        raise BadFormat(expected="#rrggbb")
    return text.lower()


class ColorType(FieldType):
    """A colour, as #rrggbb."""

    name: ClassVar[str] = "color"
    title: ClassVar[str] = "A colour, as #rrggbb"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=7)

    def loader(self, field: Field) -> Loader:
        """The colour in lower case."""
        return load_color

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "color"}


FIELD_TYPES.add("color", ColorType())
