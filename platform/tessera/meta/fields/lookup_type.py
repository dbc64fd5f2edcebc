"""A field of a record referred to, shown here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.meta.fields.base import FIELD_TYPES, ComputedType


class LookupType(ComputedType):
    """A field of a record referred to, shown here."""

    name: ClassVar[str] = "lookup"
    title: ClassVar[str] = "A field of a record referred to, shown here"
    schema: ClassVar[Mapping[str, Any]] = {"path": {"$ref": "urn:tessera:schema:common#/$defs/path"}}
    required_keys: ClassVar[tuple[str, ...]] = ("path",)
    example: ClassVar[Mapping[str, Any]] = {"path": "account.region"}


FIELD_TYPES.add("lookup", LookupType())
