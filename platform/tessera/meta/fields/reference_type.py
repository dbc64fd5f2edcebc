"""A record of another entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import OutOfRange, WrongType
from tessera.meta.model import Field, Storage

TO = {"$ref": "urn:tessera:schema:common#/$defs/name", "description": "The entity referred to."}


def load_reference(value: Json) -> int | str | None:
    """An id as int; a business key or ref as text, for the caller to look up. Raises: FieldError.

    A record as it was read, {"id": 5, …}, stands for its id.
    """
    if type(value) is dict and "id" in value:
        value = value["id"]
    if type(value) is int:
        if not 0 < value < 2**63:
            raise OutOfRange(min=1, max=2**63 - 1)
        return value
    if value is None or type(value) is str:
        return clean_text(value, 255)
    raise WrongType(expected="an id or a key")


class ReferenceType(FieldType):
    """A record of another entity."""

    name: ClassVar[str] = "reference"
    title: ClassVar[str] = "A record of another entity"
    schema: ClassVar[Mapping[str, Any]] = {
        "to": TO,
        "on_delete": {
            "enum": ["refuse", "blank", "with_parent"],
            "default": "refuse",
            "description": "What happens here when that record is deleted.",
        },
    }
    required_keys: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[Mapping[str, Any]] = {"to": "account", "on_delete": "refuse"}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A record."""
        return Type("record", shape=shape)

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """The other record's id."""
        return Storage("integer")

    def loader(self, field: Field) -> Loader:
        """Takes an id, a business key or a ref."""
        return load_reference

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An id or a key."""
        return {"type": ["integer", "string"]}


FIELD_TYPES.add("reference", ReferenceType())
