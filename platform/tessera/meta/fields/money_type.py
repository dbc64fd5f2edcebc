"""An amount of money in a fixed currency, or in the one that a field beside it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Dumper, Fault, FieldType, Loader
from tessera.meta.fields.exact import decimal_dumper, decimal_loader
from tessera.meta.model import Field, Storage

# Currencies whose smallest unit is not a hundredth. Source: ISO 4217, list one.
_SCALES = dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0)
_SCALES |= dict.fromkeys(("XAF", "XOF", "XPF"), 0)
_SCALES |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)

_NUMBER = {"$ref": "urn:tessera:schema:common#/$defs/decimal"}


class MoneyType(FieldType):
    """An amount of money."""

    name: ClassVar[str] = "money"
    title: ClassVar[str] = "An amount of money in a fixed currency, or in the one that a field beside it names"
    schema: ClassVar[Mapping[str, Any]] = {
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code."},
        "currency_field": {"$ref": "urn:tessera:schema:common#/$defs/name", "description": "Field with the code."},
        "scale": {"type": "integer", "minimum": 0, "maximum": 6, "description": "Left out: the currency's, else 2."},
        "min": _NUMBER,
        "max": _NUMBER,
    }
    example: ClassVar[Mapping[str, Any]] = {"currency": "CNY", "min": "0"}

    def options(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """The settings; the scale follows the currency."""
        found = super().options(body)
        found.setdefault("scale", _SCALES.get(found.get("currency", ""), 2))
        return found

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """Exactly one of currency and currency_field."""
        if ("currency" in options) == ("currency_field" in options):
            yield "", "currency_needed", "Give either a currency or a currency_field."
        if "min" in options and "max" in options and Decimal(options["min"]) > Decimal(options["max"]):
            yield "min", "bad_range", "min is more than max."

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A number with its scale."""
        return Type("number", scale=options["scale"], integer=options["scale"] == 0)

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """An exact decimal column."""
        return Storage("decimal", precision=18, scale=options["scale"])

    def loader(self, field: Field) -> Loader:
        """Takes texts and whole numbers; never more decimal places than the scale."""
        bounds = [Decimal(field.options[key]) if key in field.options else None for key in ("min", "max")]
        return decimal_loader(18, field.options["scale"], *bounds)

    def dumper(self, field: Field) -> Dumper:
        """A text with all its decimal places."""
        return decimal_dumper(field.options["scale"])

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string of digits."""
        return {"type": "string", "format": "decimal"}


FIELD_TYPES.add("money", MoneyType())
