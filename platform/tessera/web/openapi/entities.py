"""Schemas of records, made from the fields of an entity that the asking user may see."""

from __future__ import annotations

from typing import Any

from tessera.engine.access import Rights
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.model import Entity, Field, Model
from tessera.web.openapi.parts import FORMULA, INSTANT, PARTIAL, TEXT, WHOLE, listed, optional, record, ref

_COMPUTED = frozenset({"formula", "lookup", "rollup", "balance", "sequence"})
_SYSTEM: dict[str, Any] = {
    "id": {**WHOLE, "readOnly": True},
    "ref": {"type": "string", "format": "uuid", "readOnly": True, "description": "Public key, sorts by creation."},
    "version": {**WHOLE, "readOnly": True, "description": "Counts the changes; see ETag and If-Match."},
    "created_at": {**INSTANT, "readOnly": True},
    "created_by": {"readOnly": True},
    "updated_at": {**INSTANT, "readOnly": True},
    "updated_by": {"readOnly": True},
}


def schemas_of(model: Model, entity: Entity, rights: Rights) -> dict[str, dict[str, Any]]:
    """The schemas of an entity: what is read, what is written when it is new or changed, pages and batches."""
    name = entity.name
    written = _written(model, entity, rights)
    needed = [each.name for each in _inputs(entity, rights) if each.required and each.default is None]
    new = {"type": "object", "properties": written, "additionalProperties": False}
    return {
        name: _read(model, entity, rights),
        f"{name}_new": {**new, "required": needed} if needed else new,
        f"{name}_changes": new,
        f"{name}_page": record(
            {"data": listed(ref(name)), "next": optional(TEXT)},
            {"previous": optional(TEXT), "count": WHOLE},
            closed=False,
        ),
        f"{name}_batch": record({"data": {**listed(ref(f"{name}_new")), "minItems": 1, "maxItems": 10_000}}, PARTIAL),
        f"{name}_bulk_update": {"oneOf": [_rows_to_change(new), _filter_to_change(name)]},
        f"{name}_upsert": record(
            {"data": {**listed(ref(f"{name}_changes")), "minItems": 1, "maxItems": 10_000}},
            {"on_repeat": {"type": "string", "enum": ["update", "skip", "refuse"]}, **PARTIAL},
        ),
    }


def _rows_to_change(changes: dict[str, Any]) -> dict[str, Any]:
    """Rows that say by id, ref or business key which record they change."""
    row = {**changes, "properties": {"id": WHOLE, "ref": TEXT, "version": WHOLE, **changes["properties"]}}
    return record({"data": {**listed(row), "minItems": 1, "maxItems": 10_000}}, PARTIAL)


def _filter_to_change(name: str) -> dict[str, Any]:
    return record({"filter": FORMULA, "changes": {**ref(f"{name}_changes"), "minProperties": 1}}, PARTIAL)


def _read(model: Model, entity: Entity, rights: Rights) -> dict[str, Any]:
    properties = dict(_SYSTEM)
    for each in entity.fields:
        if rights.may_read(each.name):
            properties[each.name] = _described(each, _read_field(model, each))
    properties["_parked"] = {**ref("Parked"), "readOnly": True, "description": "Given when rules fail for it."}
    return {
        "type": "object",
        "title": entity.label.get("en") or entity.name,
        "properties": properties,
        "required": ["id", "ref", "version"],
    }


def _read_field(model: Model, field: Field) -> dict[str, Any]:
    if field.type == "lines":
        line = model.entities[field.target]
        properties: dict[str, Any] = {"id": WHOLE, "place": WHOLE}
        for each in line.fields:
            properties[each.name] = _described(each, _read_field(model, each))
        return listed({"type": "object", "properties": properties})
    if field.type == "reference":
        return {"type": ["integer", "object", "null"], "description": "An id; an object when it is expanded."}
    if field.type == "multi_reference":
        return listed({"type": ["integer", "object"]})
    if field.type == "user":
        return {"type": ["integer", "null"], "description": "Id of a user."}
    return optional(FIELD_TYPES[field.type].wire_schema(field))


def _inputs(entity: Entity, rights: Rights) -> list[Field]:
    return [
        each
        for each in entity.fields
        if not (each.read_only or each.capture or each.type in _COMPUTED)
        and (entity.parent or rights.may_write(each.name))
    ]


def _written(model: Model, entity: Entity, rights: Rights) -> dict[str, Any]:
    return {each.name: _described(each, _written_field(model, each, rights)) for each in _inputs(entity, rights)}


def _written_field(model: Model, field: Field, rights: Rights) -> dict[str, Any]:
    if field.type == "lines":
        line = model.entities[field.target]
        inputs = _inputs(line, rights)
        needed = [each.name for each in inputs if each.required and each.default is None]
        properties = {"id": WHOLE, **_written(model, line, rights)}
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        most = field.options.get("max")
        items = {**schema, "required": needed} if needed else schema
        return {**listed(items), "maxItems": most} if most else listed(items)
    schema = FIELD_TYPES[field.type].wire_schema(field)
    return schema if field.required else optional(schema)


def _described(field: Field, schema: dict[str, Any]) -> dict[str, Any]:
    title = field.label.get("en")
    if not title or "$ref" in schema:
        return schema
    more: dict[str, Any] = {"title": title}
    if field.unique:
        more["description"] = "Unique."
    return {**schema, **more}
