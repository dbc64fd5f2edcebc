"""A user of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import INTEGER, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader
from tessera.meta.fields.reference_type import load_reference
from tessera.meta.model import Field, Storage


class UserType(FieldType):
    """A user of the workspace."""

    name: ClassVar[str] = "user"
    title: ClassVar[str] = "A user of the workspace"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """The user's id, as USER() gives it."""
        return INTEGER

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """The user's id."""
        return Storage("integer")

    def loader(self, field: Field) -> Loader:
        """Takes an id or a sign-in name."""
        return load_reference

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An id or a sign-in name; the id goes out."""
        return {"type": ["integer", "string"], "description": "An id or a sign-in name; the id is answered."}


FIELD_TYPES.add("user", UserType())
