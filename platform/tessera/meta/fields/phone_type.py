"""A telephone number, kept without spaces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import BadFormat
from tessera.meta.model import Field, Storage

_NUMBER = re.compile(r"\+?[0-9]{3,20}\Z").match
_SEPARATORS = str.maketrans("", "", " ()-./")


def load_phone(value: Json) -> str | None:
    """The number without spaces, brackets and hyphens. Raises: WrongType, TooLong, BadCharacters, BadFormat."""
    text = clean_text(value, 40)
    if text is None:
        return None
    number = text.translate(_SEPARATORS)
    if not _NUMBER(number):
        raise BadFormat(expected="a telephone number")
    return number


class PhoneType(FieldType):
    """A telephone number, kept without spaces."""

    name: ClassVar[str] = "phone"
    title: ClassVar[str] = "A telephone number, kept without spaces"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=40)

    def loader(self, field: Field) -> Loader:
        """The number without spaces, brackets and hyphens."""
        return load_phone

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "phone"}


FIELD_TYPES.add("phone", PhoneType())
