"""A web address (http or https)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import BadFormat
from tessera.meta.model import Field, Storage

_ADDRESS = re.compile(r"https?://[^\s/?#@\\<>\"]+(:[0-9]+)?([/?#][^\s<>\"\\]*)?\Z", re.IGNORECASE).match


def load_url(value: Json) -> str | None:
    """The address; only http and https. Raises: WrongType, TooLong, BadCharacters, BadFormat."""
    text = clean_text(value, 2000)
    if text is None:
        return None
    if not _ADDRESS(text):
        raise BadFormat(expected="an http or https address")
    return text


class UrlType(FieldType):
    """A web address (http or https)."""

    name: ClassVar[str] = "url"
    title: ClassVar[str] = "A web address (http or https)"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=2000)

    def loader(self, field: Field) -> Loader:
        """The address; only http and https."""
        return load_url

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "uri"}


FIELD_TYPES.add("url", UrlType())
