"""An exact number with decimal places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, Fault, FieldType, Loader
from tessera.meta.fields.exact import decimal_dumper, decimal_loader
from tessera.meta.model import Field, Storage

NUMBER = {"$ref": "urn:tessera:schema:common#/$defs/decimal"}


class DecimalType(FieldType):
    """An exact number with decimal places."""

    name: ClassVar[str] = "decimal"
    title: ClassVar[str] = "An exact number with decimal places"
    schema: ClassVar[Mapping[str, Any]] = {
        "scale": {"type": "integer", "minimum": 0, "maximum": 12, "default": 2, "description": "Decimal places."},
        "precision": {"type": "integer", "minimum": 1, "maximum": 18, "default": 18, "description": "All its digits."},
        "min": NUMBER,
        "max": NUMBER,
    }
    example: ClassVar[Mapping[str, Any]] = {"scale": 3, "min": "0"}

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """The least may not pass the greatest, nor the scale the precision."""
        if options["scale"] > options["precision"]:
            yield "scale", "bad_range", "scale is more than precision."
        if "min" in options and "max" in options and Decimal(options["min"]) > Decimal(options["max"]):
            yield "min", "bad_range", "min is more than max."

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A number with its scale."""
        return Type("number", scale=options["scale"], integer=options["scale"] == 0)

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """An exact decimal column."""
        return Storage("decimal", precision=options["precision"], scale=options["scale"])

    def loader(self, field: Field) -> Loader:
        """Takes texts and whole numbers; never more decimal places than the scale."""
        bounds = [Decimal(field.options[key]) if key in field.options else None for key in ("min", "max")]
        return decimal_loader(field.options["precision"], field.options["scale"], *bounds)

    def dumper(self, field: Field) -> Dumper:
        """A text with all its decimal places."""
        return decimal_dumper(field.options["scale"])

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string of digits."""
        return {"type": "string", "format": "decimal"}


FIELD_TYPES.add("decimal", DecimalType())
