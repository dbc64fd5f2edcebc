"""A share, kept as a fraction: 12.5 % is 0.125."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.meta.fields.base import FIELD_TYPES
from tessera.meta.fields.decimal_type import DecimalType


class PercentType(DecimalType):
    """A share, kept as a fraction: 12.5 % is 0.125."""

    name: ClassVar[str] = "percent"
    title: ClassVar[str] = "A share, kept as a fraction: 12.5 % is 0.125"
    schema: ClassVar[Mapping[str, Any]] = {
        **DecimalType.schema,
        "scale": {"type": "integer", "minimum": 0, "maximum": 12, "default": 4, "description": "Decimal places."},
    }
    example: ClassVar[Mapping[str, Any]] = {"scale": 4, "min": "0", "max": "1"}


FIELD_TYPES.add("percent", PercentType())
