"""Any JSON value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import JSON, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader
from tessera.meta.fields.errors import BadCharacters, TooLong, WrongType
from tessera.meta.model import Field, Storage


def _number_as_text(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    raise WrongType(expected="JSON")


class JsonType(FieldType):
    """Any JSON value."""

    name: ClassVar[str] = "json"
    title: ClassVar[str] = "Any JSON value"
    schema: ClassVar[Mapping[str, Any]] = {
        "max_length": {"type": "integer", "minimum": 2, "maximum": 1000000, "default": 100000}
    }
    without: ClassVar[frozenset[str]] = frozenset({"unique"})

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A JSON value."""
        return JSON

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A JSON column."""
        return Storage("json")

    def loader(self, field: Field) -> Loader:
        """Checks size and characters; numbers with decimal places become texts."""
        limit = field.options["max_length"]

        def load(value: Json) -> Json:
            if value is None:
                return None
            try:
                text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=_number_as_text)
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise BadCharacters() from None
            except (ValueError, TypeError, RecursionError):
                raise WrongType(expected="JSON") from None
            if len(text) > limit:
                raise TooLong(limit=limit)
            if "\\u0000" in text:
                raise BadCharacters()
            return json.loads(text, parse_float=str)

        return load

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """Anything."""
        return {}


FIELD_TYPES.add("json", JsonType())
