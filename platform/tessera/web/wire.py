"""Records as they go over the wire, and the tags that name their versions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from tessera.errors import Json
from tessera.meta.fields.base import as_it_is
from tessera.meta.fields.times import dump_date, dump_datetime, dump_time
from tessera.meta.model import Entity, Model
from tessera.web.errors import BadRequest

if TYPE_CHECKING:
    from tessera.engine.work import Work

Converter: TypeAlias = Callable[[Any], Json]

_BY_JSON = (as_it_is, dump_date, dump_datetime, dump_time)
"""What the JSON writer does by itself, faster."""
_DERIVED = frozenset({"rollup", "balance", "lookup"})
_TAG = re.compile(r'(?:W/)?"(\d{1,18})(?:\.[0-9a-f]{12})?"\Z')


def dump_record(model: Model, entity: Entity, record: Mapping[str, Any]) -> dict[str, Json]:
    """A record of Python values as it goes out; references that are expanded are objects."""
    return dump_records(model, entity, (record,))[0]


def dump_records(model: Model, entity: Entity, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Json]]:
    """Records as they go out: field by field, which is faster than record by record."""
    made = [dict(record) for record in records]
    for name, convert in _converters(model, entity):
        for each in made:
            value = each.get(name)
            if value is not None:
                each[name] = convert(value)
    for each in made:
        if each.get("deleted_at", 0) is None:
            del each["deleted_at"]
    return made


def has_moving_values(entity: Entity) -> bool:
    """Whether a record can read differently without a new version: values that others or the clock derive."""
    return any(
        each.type in _DERIVED or (each.type == "formula" and each.storage is None) for each in entity.fields
    )


def tag_of(work: Work, version: int) -> str:
    """The ETag of a record in a version, for this user and release; nobody else's can be guessed from it."""
    actor = work.ctx.actor
    kept: dict[Any, str] = work.model.cache.setdefault("web.tags", {})
    key = (actor.id, actor.roles)
    mark = kept.get(key)
    if mark is None:
        if len(kept) > 10_000:
            kept.clear()
        text = f"{work.settings.secret_key}|{work.model.number}|{actor.id}|{sorted(actor.roles)}"
        mark = kept[key] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f'"{version}.{mark}"'


def version_of(tag: str) -> int | None:
    """The version that an If-Match names; None for "*". Raises: BadRequest("bad_request")."""
    text = tag.strip()
    if text == "*":
        return None
    found = _TAG.match(text)
    if found is None:
        raise BadRequest('If-Match takes one ETag as it was read, such as "3.0123456789ab".', pointer="/If-Match")
    return int(found.group(1))


def _converters(model: Model, entity: Entity) -> tuple[tuple[str, Converter], ...]:
    """The fields whose values the JSON writer cannot take as they are, kept for each release."""
    key = ("web.wire", entity.key)
    found = model.cache.get(key)
    if found is None:
        found = model.cache[key] = tuple(_made(model, entity))
    return found


def _made(model: Model, entity: Entity) -> Iterable[tuple[str, Converter]]:
    for each in entity.fields:
        if each.type == "lines":
            yield each.name, _lines(model, model.entities[each.target])
        elif each.type in ("reference", "multi_reference") and each.target in model.entities:
            yield each.name, _reference(model, model.entities[each.target])
        elif each.dump not in _BY_JSON:
            yield each.name, each.dump


def _lines(model: Model, entity: Entity) -> Converter:
    def convert(value: Any) -> Json:
        made = [dump_record(model, entity, each) for each in value]
        for each in made:
            each.pop("parent_id", None)
        return made

    return convert


def _reference(model: Model, entity: Entity) -> Converter:
    def convert(value: Any) -> Json:
        if isinstance(value, Mapping):
            return dump_record(model, entity, value)
        if isinstance(value, list | tuple):
            return [convert(each) for each in value]
        return value

    return convert
