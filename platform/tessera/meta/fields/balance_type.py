"""What a ledger says of this record's account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.meta.fields.base import FIELD_TYPES, ComputedType


class BalanceType(ComputedType):
    """What a ledger says of this record's account."""

    name: ClassVar[str] = "balance"
    title: ClassVar[str] = "What a ledger says of this record's account"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": {"$ref": "urn:tessera:schema:common#/$defs/name"},
        "figure": {"$ref": "urn:tessera:schema:common#/$defs/name", "default": "balance"},
        "beside": {
            "description": "Of a ledger with several holders: references that say which account; left out: their sum.",
            "type": "array",
            "items": {"$ref": "urn:tessera:schema:common#/$defs/name"},
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
        },
    }
    required_keys: ClassVar[tuple[str, ...]] = ("ledger",)
    example: ClassVar[Mapping[str, Any]] = {"ledger": "hours", "figure": "balance"}


FIELD_TYPES.add("balance", BalanceType())
