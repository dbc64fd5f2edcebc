"""One of a few options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Fault, FieldType, Loader
from tessera.meta.fields.errors import NotAnOption, WrongType
from tessera.meta.model import Field, Storage

OPTIONS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 500,
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["uid", "value"],
        "properties": {
            "uid": {"$ref": "urn:tessera:schema:common#/$defs/uid"},
            "value": {"$ref": "urn:tessera:schema:common#/$defs/option"},
            "label": {"$ref": "urn:tessera:schema:common#/$defs/label"},
            "color": {"type": "string", "pattern": "^[a-z]{2,20}$"},
        },
    },
}


def option_values(options: Mapping[str, Json]) -> tuple[str, ...]:
    """The values of a select's options, in order."""
    return tuple(each["value"] for each in options["options"])


def repeated_options(options: Mapping[str, Json]) -> Iterator[Fault]:
    """Values that stand twice among the options."""
    seen: set[str] = set()
    for index, value in enumerate(option_values(options)):
        if value in seen:
            yield f"options/{index}/value", "duplicate_option", f'The option "{value}" stands there already.'
        seen.add(value)


class SelectType(FieldType):
    """One of a few options."""

    name: ClassVar[str] = "select"
    title: ClassVar[str] = "One of a few options"
    schema: ClassVar[Mapping[str, Any]] = {"options": OPTIONS_SCHEMA}
    required_keys: ClassVar[tuple[str, ...]] = ("options",)
    example: ClassVar[Mapping[str, Any]] = {
        "options": [{"uid": "open", "value": "open"}, {"uid": "done", "value": "done"}]
    }

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """No value twice."""
        return repeated_options(options)

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text: the option's value."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=60)

    def loader(self, field: Field) -> Loader:
        """Takes the options' values only; '' is blank."""
        known = frozenset(option_values(field.options))

        def load(value: Json) -> str | None:
            if type(value) is not str:
                if value is None:
                    return None
                raise WrongType(expected="a text")
            if value in known:
                return value
            if not value:
                return None
            raise NotAnOption(value=value[:60])

        return load

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string out of the options."""
        return {"type": "string", "enum": list(option_values(field.options))}


FIELD_TYPES.add("select", SelectType())
