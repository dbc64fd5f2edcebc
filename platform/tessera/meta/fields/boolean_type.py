"""Yes or no; never blank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader
from tessera.meta.fields.errors import WrongType
from tessera.meta.model import Field, Storage


def load_boolean(value: Json) -> bool:
    """True or false; nothing is false. Raises: WrongType."""
    if type(value) is bool:
        return value
    if value is None:
        return False
    raise WrongType(expected="true or false")


class BooleanType(FieldType):
    """Yes or no; never blank."""

    name: ClassVar[str] = "boolean"
    title: ClassVar[str] = "Yes or no; never blank"
    without: ClassVar[frozenset[str]] = frozenset({"required", "unique"})

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A boolean, never blank."""
        return BOOLEAN

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A boolean column."""
        return Storage("boolean")

    def loader(self, field: Field) -> Loader:
        """Takes true and false; null is false."""
        return load_boolean

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


FIELD_TYPES.add("boolean", BooleanType())
