"""What a field type is: how a value comes in, is kept, goes out, and what formulas see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.errors import BadCharacters, ReadOnlyField, TooLong, WrongType
from tessera.meta.model import Field, Storage
from tessera.registry import Registry

Loader: TypeAlias = Callable[[Json], Any]
ColumnLoader: TypeAlias = Callable[[Sequence[Json]], Sequence[Any] | None]
"""As a Loader, for many values at once, blanks among them; None when they must be gone through one by one."""
Dumper: TypeAlias = Callable[[Any], Json]
Fault: TypeAlias = tuple[str, str, str]
"""The key of a field's document that is wrong ("" for all of it), a code and a message."""

PERSONAL_AND_CONSTRAINTS = frozenset({"required", "unique", "read_only", "default", "check", "capture"})


class FieldType:
    """A type of field. A subclass says what is different about it.

    schema: its own keys as JSON Schemas; a "default" there is filled into the options. required_keys: which of them
    must be given. without: common keys that make no sense for it. computed: its value is worked out, never written.
    example: own keys of a field of this type, for the documentation.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    schema: ClassVar[Mapping[str, Any]] = {}
    required_keys: ClassVar[tuple[str, ...]] = ()
    without: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[bool] = False
    example: ClassVar[Mapping[str, Any]] = {}

    def options(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """The type's own settings, defaults filled in."""
        found: dict[str, Json] = {}
        for key, rule in self.schema.items():
            if key in body:
                found[key] = body[key]
            elif "default" in rule:
                found[key] = rule["default"]
        return found

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """Settings that contradict each other, beyond what the schema says."""
        yield from ()

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """What formulas see. shape: of the entity that a reference or lines field points to."""
        raise NotImplementedError

    def storage(self, options: Mapping[str, Json]) -> Storage | None:
        """How it is kept; None without a column of its own."""
        raise NotImplementedError

    def loader(self, field: Field) -> Loader:
        """A function from wire value to Python value that raises FieldError; None stays None."""
        raise NotImplementedError

    def column_loader(self, field: Field) -> ColumnLoader | None:
        """The loader for many values at once, where the type has a faster one; it never raises."""
        return None

    def dumper(self, field: Field) -> Dumper:
        """A function from Python value to wire value."""
        return as_it_is

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """JSON Schema of the wire value, for the API's description."""
        raise NotImplementedError


class ComputedType(FieldType):
    """A type whose value is worked out: it has no column and refuses to be written."""

    computed = True

    def storage(self, options: Mapping[str, Json]) -> Storage | None:
        """None: it is worked out when it is read."""
        return None

    def loader(self, field: Field) -> Loader:
        """Refuses every value."""
        return refuse

    def dumper(self, field: Field) -> Dumper:
        """By the type of what is worked out."""
        return dumper_of(field.value_type, field.options)

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """By the type of what is worked out."""
        return {**wire_schema_of(field.value_type), "readOnly": True}


FIELD_TYPES: Registry[FieldType] = Registry("field type")
"""Every field type by name; plugins add theirs."""


def as_it_is(value: Any) -> Json:
    """The same value."""
    return value


def refuse(value: Json) -> Any:
    """Refuses every value. Raises: ReadOnlyField."""
    raise ReadOnlyField()


def clean_text(value: Json, limit: int) -> str | None:
    """A storable text of at most so many characters; '' is blank. Raises: WrongType, TooLong, BadCharacters."""
    if type(value) is not str:
        if value is None:
            return None
        raise WrongType(expected="a text")
    if len(value) > limit:
        raise TooLong(limit=limit)
    if "\x00" in value or not (value.isascii() or is_encodable(value)):
        raise BadCharacters()
    return value or None


def clean_texts(values: Sequence[Json], limit: int) -> Sequence[str | None] | None:
    """What `clean_text` makes of each; None when one of them is refused, or is no text."""
    if not set(map(type, values)) <= _TEXT_OR_NONE:
        return None
    known = values if None not in values else [value for value in values if value is not None]
    every = "".join(known)
    if max(map(len, known), default=0) > limit or "\x00" in every or not (every.isascii() or is_encodable(every)):
        return None
    return values if "" not in values else [value or None for value in values]


_TEXT_OR_NONE = {str, type(None)}


def is_encodable(text: str) -> bool:
    """Whether the text has no unpaired surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


_KIND_SCHEMAS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "record": {"type": "object"},
    "list": {"type": "array"},
}


def wire_schema_of(value_type: Type) -> dict[str, Any]:
    """JSON Schema of a computed value as it goes out."""
    if value_type.kind == "number":
        return {"type": "integer"} if value_type.integer else {"type": "string", "format": "decimal"}
    return dict(_KIND_SCHEMAS.get(value_type.kind, {}))


def dumper_of(value_type: Type, options: Mapping[str, Json]) -> Dumper:
    """How a computed value of that type goes out."""
    from tessera.meta.fields.exact import decimal_dumper
    from tessera.meta.fields.times import dump_date, dump_datetime, dump_time

    if value_type.kind == "number" and not value_type.integer:
        scale = options.get("scale")
        return decimal_dumper(scale if isinstance(scale, int) else value_type.scale)
    if value_type.kind == "number":
        return _dump_integer
    return {"date": dump_date, "datetime": dump_datetime, "time": dump_time}.get(value_type.kind, as_it_is)


def _dump_integer(value: Any) -> Json:
    return None if value is None else int(value)
