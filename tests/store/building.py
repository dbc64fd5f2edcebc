"""Small Models, made by hand from the dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, INTEGER, JSON, TEXT, TIME, Type
from tessera.meta.model import Entity, Field, Label, Model, Storage, Unique

_TYPES = {
    "text": (TEXT, Storage("text")),
    "integer": (INTEGER, Storage("integer")),
    "decimal": (Type("number", scale=2), Storage("decimal", 18, 2)),
    "boolean": (BOOLEAN, Storage("boolean")),
    "date": (DATE, Storage("date")),
    "datetime": (DATETIME, Storage("datetime")),
    "time": (TIME, Storage("time")),
    "json": (JSON, Storage("json")),
    "reference": (Type("record"), Storage("integer")),
    "lines": (Type("list"), None),
    "multi_reference": (Type("list"), None),
}


def field(name: str, type_: str, *, uid: str = "", entity: str = "", **more: Any) -> Field:
    """A field; its uid is its name unless another is given."""
    value_type, storage = _TYPES[type_]
    uid = uid or name
    parts = {"value_type": value_type, "storage": storage, "column": name if storage else ""} | more
    return Field(uid=uid, name=name, key=f"{entity}.{uid}", entity=entity, type=type_, label=Label(), **parts)


def entity(
    name: str, fields: Sequence[Field], *, uid: str = "", uniques: Sequence[Sequence[str]] = (), **more: Any
) -> Entity:
    """An entity of the package "t"; its fields take their keys from it. uniques: lists of field uids."""
    uid = uid or name
    key = f"t:{uid}"
    own = tuple(replace(each, key=f"{key}.{each.uid}", entity=key) for each in fields)
    rules = tuple(Unique("_".join(rule), f"{key}._{'_'.join(rule)}", tuple(rule)) for rule in uniques)
    more.setdefault("table", name)
    return Entity(key=key, package="t", uid=uid, name=name, label=Label(), fields=own, uniques=rules, **more)


def model(*entities: Entity, number: int = 1) -> Model:
    """A Model of the entities; record and list types get the shapes of their targets."""
    by_key: dict[str, Entity] = {}
    for each in entities:
        by_key[each.key] = each
    linked = {
        key: replace(each, fields=tuple(_linked(one, by_key) for one in each.fields), _by_name={}, _members={})
        for key, each in by_key.items()
    }
    names = {("entity", each.name): key for key, each in linked.items()}
    return Model(number, f"hash{number}", entities=linked, names=names)


def _linked(one: Field, by_key: dict[str, Entity]) -> Field:
    if not one.target:
        return one
    return replace(one, value_type=replace(one.value_type, shape=by_key[one.target]))
