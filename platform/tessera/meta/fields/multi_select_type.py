"""Any number out of a few options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, Fault, FieldType, Loader
from tessera.meta.fields.errors import NotAnOption, RepeatedValue, WrongType
from tessera.meta.fields.select_type import OPTIONS_SCHEMA, option_values, repeated_options
from tessera.meta.model import Field, Storage


def _dump(value: Any) -> Json:
    return None if value is None else list(value)


class MultiSelectType(FieldType):
    """Any number out of a few options."""

    name: ClassVar[str] = "multi_select"
    title: ClassVar[str] = "Any number out of a few options"
    schema: ClassVar[Mapping[str, Any]] = {"options": OPTIONS_SCHEMA}
    required_keys: ClassVar[tuple[str, ...]] = ("options",)
    without: ClassVar[frozenset[str]] = frozenset({"unique"})
    example: ClassVar[Mapping[str, Any]] = {
        "options": [{"uid": "red", "value": "red"}, {"uid": "blue", "value": "blue"}]
    }

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """No value twice."""
        return repeated_options(options)

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A list of texts."""
        return Type("list", item=TEXT)

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A JSON column."""
        return Storage("json")

    def loader(self, field: Field) -> Loader:
        """Takes a list of the options' values, each once; gives them in the order of the options, none as blank."""
        places = {value: place for place, value in enumerate(option_values(field.options))}

        def load(value: Json) -> tuple[str, ...] | None:
            if value is None:
                return None
            if not isinstance(value, list | tuple):
                raise WrongType(expected="a list of texts")
            for each in value:
                if type(each) is not str:
                    raise WrongType(expected="a list of texts")
                if each not in places:
                    raise NotAnOption(value=each[:60])
            if len(set(value)) != len(value):
                raise RepeatedValue()
            return tuple(sorted(value, key=places.__getitem__)) or None

        return load

    def dumper(self, field: Field) -> Dumper:
        """A list of texts."""
        return _dump

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An array of strings out of the options."""
        return {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "enum": list(option_values(field.options))},
        }


FIELD_TYPES.add("multi_select", MultiSelectType())
