"""Search over all entities that the actor may see, in one go: keys first, then what begins so, then what holds it.

Each entity is looked up by its keys, which have an index; what merely holds the words is searched among the latest
records only, so that the answer comes at once whatever the size of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.dashboards.conditions import constant
from tessera.engine.records import ListQuery
from tessera.engine.records.reading import searched_paths
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError, UnknownField
from tessera.meta.model import Entity, Field
from tessera.store.searching import words_of

LATEST = 20_000
PER_ENTITY = 5
_ENTITIES = 60
_KEYED = frozenset({"text", "sequence", "phone", "email"})


def search_everywhere(
    work: Work, text: str, *, entities: Sequence[str] = (), per_entity: int = PER_ENTITY
) -> list[dict[str, Json]]:
    """The records that fit a text best, of every entity or of those named.

    [{"entity", "id", "ref", "title", "key": what of it fits, "rank": "key" | "begins" | "holds"}], best first.
    Raises: NotFound for an entity that is named and not there.
    """
    words = words_of(text)
    if not words:
        return []
    found: list[dict[str, Json]] = []
    for entity in _wanted(work, entities):
        found += _of_entity(work, entity, text.strip(), words, per_entity)
    order = {"key": 0, "begins": 1, "holds": 2}
    found.sort(key=lambda each: (order[each["rank"]], each["entity"], -each["id"]))
    return found


def _wanted(work: Work, names: Sequence[str]) -> list[Entity]:
    if names:
        chosen = [work.entity(name) for name in names]
        for each in chosen:
            if not rights(work, each).can_read:
                raise NotFound(what="entity")
        return chosen
    every = [each for each in work.model.entities.values() if not each.parent and each.title]
    return [each for each in every if rights(work, each).can_read][:_ENTITIES]


def _of_entity(work: Work, entity: Entity, text: str, words: tuple[str, ...], limit: int) -> list[dict[str, Json]]:
    shown = _shown_fields(work, entity)
    if not shown:
        return []
    names = tuple(each.name for each in shown)
    rows: dict[int, tuple[str, dict[str, Any]]] = {}
    keys = [each for each in shown if each.type in _KEYED and _has_index(entity, each)]
    for row in _by_keys(work, entity, keys, text, names, limit):
        rows.setdefault(row["id"], ("key", row))
    if len(rows) < limit:
        for row in _by_words(work, entity, text, names, limit):
            rank = "begins" if _begins(shown, row, words[0]) else "holds"
            rows.setdefault(row["id"], (rank, row))
    return [_told(entity, shown, row, rank, words) for rank, row in list(rows.values())[:limit]]


def _shown_fields(work: Work, entity: Entity) -> list[Field]:
    """The fields that are searched and shown: the title first."""
    found = []
    for path in searched_paths(work, entity):
        field = entity.field(path)
        if field is not None and field.storage is not None and field.storage.kind == "text":
            found.append(field)
    return found


def _has_index(entity: Entity, field: Field) -> bool:
    return field.unique or entity.business_key[:1] == (field.name,)


def _by_keys(
    work: Work, entity: Entity, keys: Iterable[Field], text: str, names: tuple[str, ...], limit: int
) -> list[dict[str, Any]]:
    wanted = {each.name: made for each in keys for made in _spellings(each, text)}
    found: list[dict[str, Any]] = []
    for name, value in wanted.items():
        made = constant(value, "text")
        if made is not None:
            found += _page(work, entity, ListQuery(filter=f"{name} = {made}", fields=names, limit=limit))
    return found


def _spellings(field: Field, text: str) -> list[str]:
    """The text as the field keeps it, in the form in which such values are written."""
    try:
        loaded = field.load(text)
    except TesseraError:
        return [text]
    return [loaded] if isinstance(loaded, str) else [text]


def _by_words(work: Work, entity: Entity, text: str, names: tuple[str, ...], limit: int) -> list[dict[str, Any]]:
    latest = _page(work, entity, ListQuery(sort=("-id",), fields=(), limit=1))
    # Rounded, so that the statement is the same for a while.
    least = (latest[0]["id"] - LATEST) // LATEST * LATEST if latest else 0
    recent = f"id > {least}" if least > 0 else ""
    return _page(work, entity, ListQuery(filter=recent, sort=("-id",), fields=names, limit=limit, search=text))


def _page(work: Work, entity: Entity, asked: ListQuery) -> list[dict[str, Any]]:
    try:
        return list(records.list_page(work, entity.name, asked).rows)
    except UnknownField:
        return []


def _begins(fields: Iterable[Field], row: dict[str, Any], word: str) -> bool:
    return any(str(row.get(each.name) or "").lower().startswith(word) for each in fields)


def _told(
    entity: Entity, fields: Sequence[Field], row: dict[str, Any], rank: str, words: tuple[str, ...]
) -> dict[str, Json]:
    title = next((each for each in fields if each.name == entity.title), fields[0])
    hits = (each for each in fields if any(word in str(row.get(each.name) or "").lower() for word in words))
    fits = next(hits, title)
    return {
        "entity": entity.name, "id": row["id"], "ref": row["ref"], "title": row.get(title.name),
        "key": {"field": fits.name, "value": row.get(fits.name)} if fits is not title else None, "rank": rank,
    }  # fmt: skip


