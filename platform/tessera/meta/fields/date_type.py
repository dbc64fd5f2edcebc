"""A day of the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import DATE, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, FieldType, Loader
from tessera.meta.fields.times import dump_date, load_date
from tessera.meta.model import Field, Storage


class DateType(FieldType):
    """A day of the calendar."""

    name: ClassVar[str] = "date"
    title: ClassVar[str] = "A day of the calendar"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A date."""
        return DATE

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A column of its kind."""
        return Storage("date")

    def loader(self, field: Field) -> Loader:
        """Takes ISO 8601 texts."""
        return load_date

    def dumper(self, field: Field) -> Dumper:
        """Gives ISO 8601 texts."""
        return dump_date

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "date"}


FIELD_TYPES.add("date", DateType())
