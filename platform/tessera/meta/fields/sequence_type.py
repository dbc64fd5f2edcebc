"""A number that the platform gives: a pattern with a counter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import TEXT, Shape, Type
from tessera.meta.fields.base import FIELD_TYPES, Fault, FieldType, Loader, clean_text
from tessera.meta.model import Field, Storage

_TOKEN = re.compile(r"\{([^{}]*)\}")
_COUNTER = re.compile(r"0{1,18}\Z")
_DATE_TOKENS = frozenset({"yyyy", "yy", "mm", "dd"})


def pattern_tokens(pattern: str) -> list[str]:
    """What stands in braces: yyyy, yy, mm, dd (of the day in the workspace's zone) and the zeros of the counter.

    >>> pattern_tokens("M{yyyy}{000000}")
    ['yyyy', '000000']
    """
    return _TOKEN.findall(pattern)


class SequenceType(FieldType):
    """A number that the platform gives."""

    name: ClassVar[str] = "sequence"
    title: ClassVar[str] = "A number that the platform gives: a pattern with a counter, begun anew with each date in it"
    schema: ClassVar[Mapping[str, Any]] = {
        "pattern": {"type": "string", "minLength": 3, "maxLength": 60, "description": "M{yyyy}{000000}"},
        "may_be_given": {
            "type": "boolean", "default": False, "description": "A number that the writer brings is kept.",
        },
        "gapless": {"type": "boolean", "default": False, "description": "No number is ever left out; slower."},
    }
    required_keys: ClassVar[tuple[str, ...]] = ("pattern",)
    without: ClassVar[frozenset[str]] = frozenset({"default", "capture", "required"})
    example: ClassVar[Mapping[str, Any]] = {"pattern": "T{yyyy}{000000}"}

    def faults(self, options: Mapping[str, Json]) -> Iterator[Fault]:
        """Exactly one counter, and no unknown words in braces."""
        tokens = pattern_tokens(options["pattern"])
        if sum(1 for each in tokens if _COUNTER.match(each)) != 1:
            yield "pattern", "bad_pattern", "The pattern needs exactly one counter, such as {000000}."
        unknown = [each for each in tokens if each not in _DATE_TOKENS and not _COUNTER.match(each)]
        if unknown or "{" in _TOKEN.sub("", options["pattern"]) or "}" in _TOKEN.sub("", options["pattern"]):
            yield "pattern", "bad_pattern", "Only {yyyy}, {yy}, {mm}, {dd} and a counter may stand in braces."

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A text."""
        return TEXT

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A text column."""
        return Storage("text", length=80)

    def loader(self, field: Field) -> Loader:
        """Takes a text: numbers given elsewhere may be imported."""
        return partial(clean_text, limit=80)

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "maxLength": 80}


FIELD_TYPES.add("sequence", SequenceType())
