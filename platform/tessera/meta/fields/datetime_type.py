"""An instant; in and out in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import DATETIME, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, FieldType, Loader
from tessera.meta.fields.times import dump_datetime, load_datetime
from tessera.meta.model import Field, Storage


class DatetimeType(FieldType):
    """An instant; in and out in UTC."""

    name: ClassVar[str] = "datetime"
    title: ClassVar[str] = "An instant; in and out in UTC"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """An instant."""
        return DATETIME

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A column of its kind."""
        return Storage("datetime")

    def loader(self, field: Field) -> Loader:
        """Takes ISO 8601 texts."""
        return load_datetime

    def dumper(self, field: Field) -> Dumper:
        """Gives ISO 8601 texts."""
        return dump_datetime

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "date-time"}


FIELD_TYPES.add("datetime", DatetimeType())
