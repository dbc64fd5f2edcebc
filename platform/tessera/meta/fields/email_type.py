"""An e-mail address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import BadFormat
from tessera.meta.model import Field, Storage

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@.]{1,63}(\.[^\s@.]{1,63})+\Z").match


def load_email(value: Json) -> str | None:
    """The address, its domain in lower case. Raises: WrongType, TooLong, BadCharacters, BadFormat."""
    text = clean_text(value, 254)
    if text is None:
        return None
    if not _ADDRESS(text):
        raise BadFormat(expected="an e-mail address")
    local, domain = text.rsplit("@", 1)
    return f"{local}@{domain.lower()}"


class EmailType(FieldType):
    """An e-mail address."""

    name: ClassVar[str] = "email"
    title: ClassVar[str] = "An e-mail address"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=254)

    def loader(self, field: Field) -> Loader:
        """The address, its domain in lower case."""
        return load_email

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "email"}


FIELD_TYPES.add("email", EmailType())
