"""Any number of records of another entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, FieldType, Loader
from tessera.meta.fields.errors import RepeatedValue, TooManyValues, WrongType
from tessera.meta.fields.reference_type import TO, load_reference
from tessera.meta.model import Field, Storage


def _dump(value: Any) -> Json:
    return [] if value is None else list(value)


class MultiReferenceType(FieldType):
    """Any number of records of another entity."""

    name: ClassVar[str] = "multi_reference"
    title: ClassVar[str] = "Any number of records of another entity"
    schema: ClassVar[Mapping[str, Any]] = {
        "to": TO,
        "max": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
    }
    required_keys: ClassVar[tuple[str, ...]] = ("to",)
    without: ClassVar[frozenset[str]] = frozenset({"unique", "default", "capture"})
    example: ClassVar[Mapping[str, Any]] = {"to": "account"}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A list of records."""
        return Type("list", shape=shape)

    def storage(self, options: Mapping[str, Json]) -> Storage | None:
        """None: a link table keeps it."""
        return None

    def loader(self, field: Field) -> Loader:
        """Takes a list of ids, business keys or refs, each once."""
        most = field.options["max"]

        def load(value: Json) -> tuple[int | str, ...]:
            if value is None:
                return ()
            if not isinstance(value, list | tuple):
                raise WrongType(expected="a list of ids or keys")
            if len(value) > most:
                raise TooManyValues(limit=most)
            found = tuple(key for key in map(load_reference, value) if key is not None)
            if len(set(found)) != len(value):
                raise RepeatedValue()
            return found

        return load

    def dumper(self, field: Field) -> Dumper:
        """A list."""
        return _dump

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An array of ids or keys."""
        return {"type": "array", "uniqueItems": True, "items": {"type": ["integer", "string"]}}


FIELD_TYPES.add("multi_reference", MultiReferenceType())
