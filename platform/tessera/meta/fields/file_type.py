"""An uploaded file: the record keeps its reference, name, size and media type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import INTEGER, TEXT, Member, Shape, StaticShape, Type
from tessera.meta.fields.base import FIELD_TYPES, FieldType, Loader, clean_text
from tessera.meta.fields.errors import BadFormat, OutOfRange, WrongType
from tessera.meta.model import Field, Storage

FILE_SHAPE = StaticShape(
    "file", (Member("id", TEXT), Member("name", TEXT), Member("size", INTEGER), Member("media_type", TEXT))
)
_KEYS = frozenset({"id", "name", "size", "media_type"})
_REF = re.compile(r"[0-9a-f-]{36}\Z").match
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}\Z").match


class FileType(FieldType):
    """An uploaded file."""

    name: ClassVar[str] = "file"
    title: ClassVar[str] = "An uploaded file: the record keeps its reference, name, size and media type"
    schema: ClassVar[Mapping[str, Any]] = {
        "max_bytes": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 10000000},
        "accept": {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "pattern": "^[a-z0-9.+-]{1,60}/([a-z0-9.+-]{1,60}|\\*)$"},
            "description": "Media types; left out: any.",
        },
    }
    without: ClassVar[frozenset[str]] = frozenset({"unique", "default", "capture"})
    example: ClassVar[Mapping[str, Any]] = {"max_bytes": 2000000, "accept": ["image/png", "application/pdf"]}

    def value_type(self, options: Mapping[str, Json], shape: Shape | None = None) -> Type:
        """A record with id, name, size and media_type."""
        return Type("record", shape=FILE_SHAPE)

    def storage(self, options: Mapping[str, Json]) -> Storage:
        """A JSON column."""
        return Storage("json")

    def loader(self, field: Field) -> Loader:
        """Takes what the upload answered, of which the id alone will do: {"id", "name", "size", "media_type"}."""

        def load(value: Json) -> dict[str, Json] | None:
            if value is None:
                return None
            if not isinstance(value, dict) or "id" not in value or not set(value) <= _KEYS:
                raise WrongType(expected="an object with id, name, size and media_type")
            if not isinstance(value["id"], str) or not _REF(value["id"]):
                raise BadFormat(expected="the id of an uploaded file")
            if len(value) == len(_KEYS):
                ensure_fits(field.options, value)
            return dict(value)

        return load

    def wire_schema(self, field: Field) -> dict[str, Any]:
        """An object."""
        text, number = {"type": "string"}, {"type": "integer"}
        properties = {"id": text, "name": text, "size": number, "media_type": text}
        return {"type": "object", "required": ["id"], "properties": properties, "additionalProperties": False}


def ensure_fits(options: Mapping[str, Json], value: Mapping[str, Json]) -> None:
    """Refuses a file that is too large for a field or of a type that it does not accept. Raises: FieldError."""
    most, accept = options["max_bytes"], options.get("accept", ())
    name, media_type = clean_text(value["name"], 255), clean_text(value["media_type"], 121)
    if name is None or media_type is None:
        raise BadFormat(expected="an uploaded file")
    if type(value["size"]) is not int or not 0 <= value["size"] <= most:
        raise OutOfRange(min=0, max=most)
    if not _MEDIA_TYPE(media_type) or (accept and not _accepts(accept, media_type)):
        raise BadFormat(expected=", ".join(accept) or "a media type")


def _accepts(accept: list[str], media_type: str) -> bool:
    return media_type in accept or f"{media_type.split('/')[0]}/*" in accept


FIELD_TYPES.add("file", FileType())
