"""A time of day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TIME, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, FieldType, Loader
from tessera.meta.fields.times import dump_time, load_time
from tessera.meta.model import Field, Storage


class TimeType(FieldType):
    """A time of day."""

    name: ClassVar[str] = "time"
    title: ClassVar[str] = "A time of day"

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A time of day."""
        return TIME

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A column of its kind."""
        return Storage("time")

    def loader(self, field: Field) -> Loader:
        """Takes ISO 8601 texts."""
        return load_time

    def dumper(self, field: Field) -> Dumper:
        """Gives ISO 8601 texts."""
        return dump_time

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "format": "time"}


FIELD_TYPES.add("time", TimeType())
