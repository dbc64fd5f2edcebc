"""Reads: one record by its key, lists with filter, sort and pages, counts. Rights are part of every query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tessera.engine.access import rights, visible_scope
from tessera.engine.derived import moving_of
from tessera.engine.derived.building import building
from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import DERIVED_TYPES, Path, path_of, plan_of
from tessera.engine.records.related import complete, key_of, rows_by_key
from tessera.engine.records.showing import shown
from tessera.engine.records.stale import is_stale, renew
from tessera.engine.records.stored import attach
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError, UnknownField
from tessera.formula import Formula, FormulaError, check_formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.model import Entity, Field
from tessera.store import query as queries
from tessera.store.expanding import expand
from tessera.store.searching import words_of

_KEPT_FILTERS = 2_000


class TooLong(TesseraError):
    """The filter has more than {limit} characters."""

    code = "filter_too_long"
    status = 400


class TooDeep(TesseraError):
    """A request may expand at most {paths} paths of at most {depth} steps."""

    code = "expand_too_deep"
    status = 400


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What is asked of an entity's records.

    filter: a formula over the record, "" for all. sort: names or paths, `-` before a descending one. fields: names
    of fields, None for all but lines. expand: paths of references and lines whose records are wanted inside.
    limit: 0 for the default. with_total: count all matches, too. search: words as typed into a search box; search_in:
    paths of the texts that are searched, empty for those of the entity.
    """

    filter: str = ""
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    expand: tuple[str, ...] = ()
    limit: int = 0
    cursor: str = ""
    offset: int = 0
    with_total: bool = False
    with_deleted: bool = False
    search: str = ""
    search_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some records in order. next and previous: cursors, "" where there is no page. total: None when not asked for."""

    rows: list[Record]
    next: str = ""
    previous: str = ""
    total: int | None = None


def get(
    work: Work, entity_name: str, key: Json, *, expand_paths: Sequence[str] = (), fields: Sequence[str] | None = None
) -> Record:
    """The record that the key names: its id (a number), its ref, its business key, or an object of one of these.

    Its lines are inside. Raises: NotFound, also for a record that the actor may not see; UnknownField.
    """
    entity = work.entity(entity_name)
    own = rights(work, entity)
    named = key_of(entity, key) if own.can_read else None
    if named is None:
        raise NotFound(what="record" if own.can_read else "entity")
    names = _names(work, entity, tuple(fields) if fields is not None else None)
    paths = _expand_paths(work, entity, tuple(expand_paths))
    plan = plan_of(work.model, entity)

    def statement(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        columns = work.tables.columns(entity)
        every = sa.select(*(column.label(name) for name, column in columns.items()))
        return every.where(columns["deleted_at"].is_(None), where)

    found = rows_by_key(work, entity, named[0], [named[1]], ("get",), statement)
    attach(work, plan, found)
    if not found or (own.row_condition is not None and not _is_visible(work, entity, own.row_condition, found[0])):
        raise NotFound(what="record")
    if paths:
        _expand_inside(work, entity, found, paths)
    return _finished(work, entity, found, names)[0]


def _expand_inside(work: Work, entity: Entity, records: list[Record], paths: tuple[str, ...]) -> None:
    expand(work.tx, work.tables, entity, records, None, paths)


def _is_visible(work: Work, entity: Entity, condition: Formula, record: Record) -> bool:
    env = dict(record)
    complete(work, entity, [env], condition.reads)
    return condition(env, work.host()) is True


def _finished(work: Work, entity: Entity, records: list[Record], names: tuple[str, ...] | None) -> list[Record]:
    """The records with their derived values, as the actor may see them."""
    if building(work):
        _renew(work, entity, records, names)
    _put_derived(work, entity, records, names)
    for record in records:
        for name in ("parent_id",):
            record.pop(name, None)
    return shown(work, entity, records)


def _renew(work: Work, entity: Entity, records: list[Record], names: tuple[str, ...] | None) -> None:
    """Put right what is not filled yet, also in records that stand inside others."""
    if names is None or is_stale(work, entity, names):
        renew(work, entity, records)
    for field in entity.fields:
        if field.type in {"reference", "multi_reference"}:
            held = [record.get(field.name) for record in records]
            inner = [each for one in held for each in (one if isinstance(one, list) else [one])]
            inside = [each for each in inner if isinstance(each, dict) and "version" in each]
            if inside:
                _renew(work, work.model.entities[field.target], inside, None)


def _put_derived(work: Work, entity: Entity, records: list[Record], names: tuple[str, ...] | None) -> None:
    fields = [field for field in derived_fields(entity) if names is None or field.name in names]
    if not fields or not records:
        return
    envs = [dict(record) for record in records]
    for env in envs:
        for field in entity.fields:
            if field.type == "reference" and isinstance(env.get(field.name), dict):
                env[field.name] = env[field.name]["id"]
    paths: set[Path] = set()
    for field in fields:
        paths |= {path_of(field)} if field.type == "lookup" else {(field.name,)}
    complete(work, entity, envs, paths | {(field.name,) for field in fields})
    for record, env in zip(records, envs, strict=True):
        for field in fields:
            record[field.name] = env.get(field.name)


def derived_fields(entity: Entity) -> list[Field]:
    """The fields that have no column: they are worked out when they are read."""
    return [field for field in entity.fields if field.type in DERIVED_TYPES and field.storage is None]


def list_page(work: Work, entity_name: str, asked: ListQuery) -> ListPage:
    """One page of the records that the actor may see and the filter finds.

    Raises: NotFound, UnknownField("unknown_field") for names that are unknown or forbidden, FormulaError, BadCursor …
    """
    entity = work.entity(entity_name)
    names = _names(work, entity, asked.fields)
    query = query_of(work, entity, asked, names)
    found = queries.page(work.tx, work.tables, query, work.settings.secret_key.encode(), work.settings.limits)
    total = queries.count(work.tx, work.tables, query) if asked.with_total else None
    return ListPage(_finished(work, entity, found.rows, names), found.next, found.previous, total)


def count(work: Work, entity_name: str, filter_text: str = "", *, at_most: int | None = None) -> int:
    """How many records the filter finds among those that the actor may see, counting no further than at_most."""
    entity = work.entity(entity_name)
    query = query_of(work, entity, ListQuery(filter=filter_text), None)
    return queries.count(work.tx, work.tables, query, at_most=at_most)


def counted(work: Work, entity_name: str, asked: ListQuery, at_most: int) -> tuple[int, bool]:
    """How many records a list would have, and whether that is exact: beyond at_most it is estimated."""
    entity = work.entity(entity_name)
    return queries.estimate(work.tx, work.tables, query_of(work, entity, asked, None), at_most)


def cursor_at(work: Work, entity_name: str, asked: ListQuery, position: int) -> str:
    """The cursor to the page of a list that begins at a position, "" for the first page or behind the last record."""
    entity = work.entity(entity_name)
    secret = work.settings.secret_key.encode()
    return queries.cursor_at(work.tx, work.tables, query_of(work, entity, asked, None), secret, position)


def ensure_possible(work: Work, entity_name: str, asked: ListQuery) -> None:
    """Look whether a list can be had, without reading it. Raises: as list_page."""
    entity = work.entity(entity_name)
    names = _names(work, entity, asked.fields)
    queries.ensure_possible(work.tx, work.tables, query_of(work, entity, asked, names))


def ordered_ids(work: Work, entity_name: str, asked: ListQuery) -> list[int]:
    """The ids of all records of a list, in its order. Raises: as list_page."""
    entity = work.entity(entity_name)
    return queries.ordered_ids(work.tx, work.tables, query_of(work, entity, asked, None))


def list_of(work: Work, entity_name: str, asked: ListQuery, ids: Sequence[int]) -> list[Record]:
    """Those of the records of these ids that belong to a list, in the order of the ids. Raises: as list_page."""
    entity = work.entity(entity_name)
    names = _names(work, entity, asked.fields)
    found = queries.rows_of(work.tx, work.tables, query_of(work, entity, asked, names), ids)
    return _finished(work, entity, found, names)


def matching_ids(work: Work, entity_name: str, filter_text: str) -> list[int]:
    """The ids of the records that the filter finds among those that the actor may see, ascending."""
    entity = work.entity(entity_name)
    return queries.matching_ids(work.tx, work.tables, query_of(work, entity, ListQuery(filter=filter_text), None))


def query_of(work: Work, entity: Entity, asked: ListQuery, names: tuple[str, ...] | None) -> queries.Query:
    """What is asked of the store: the wish of the caller within the rights of the actor. Raises: as list_page."""
    own = rights(work, entity)
    if not own.can_read:
        raise NotFound(what="entity")
    limits = work.settings.limits
    query = queries.Query(
        entity=entity,
        filter=compiled_filter(work, entity, asked.filter) if asked.filter else None,
        conditions=() if own.row_condition is None else (own.row_condition,),
        sort=tuple(_sort(work, entity, each) for each in asked.sort),
        fields=None if names is None else _stored_for(work, entity, names),
        expand=_expand_paths(work, entity, asked.expand),
        limit=asked.limit or limits.page_default_rows,
        cursor=asked.cursor,
        offset=asked.offset,
        include_deleted=asked.with_deleted and own.can_delete,
        host=work.host(),
        words=words_of(asked.search),
        searched=searched_paths(work, entity, asked.search_in) if asked.search else (),
    )
    return moving_with(work, query)


_SEARCHED = frozenset({"sequence", "phone", "email"})


def searched_paths(work: Work, entity: Entity, paths: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The texts that a search of the entity looks into: its title, business key and numbers, as the actor may see them.

    paths: other ones, such as those of a view; those that he may not read are left out.
    """
    if not paths:
        own = [entity.title, *entity.business_key]
        own += [each.name for each in entity.fields if each.type in _SEARCHED or (each.unique and each.type == "text")]
        paths = tuple(dict.fromkeys(name for name in own if name))
    found = []
    for path in paths:
        try:
            found.append(".".join(visible_path(work, entity, path, "/search")))
        except UnknownField:
            continue
    return tuple(found)


def moving_with(work: Work, query: queries.Query, paths: Iterable[Path] = ()) -> queries.Query:
    """The query with what it needs to know of values that move by themselves; paths: that it reads besides its own."""
    formulas = [each for each in (query.filter, *query.conditions) if each is not None]
    read = [*(path for each in formulas for path in each.reads), *paths]
    read += [tuple(path.split(".")) for path, _ in query.sort]
    moving = moving_of(work, query.entity, read)
    return query if moving is None else replace(query, moving=moving)


def compiled_filter(work: Work, entity: Entity, text: str) -> Formula:
    """A filter over what the actor may read. Raises: UnknownField, FormulaError, TooLong("filter_too_long")."""
    limit = work.settings.limits.filter_characters
    if len(text) > limit:
        raise TooLong(limit=limit)
    actor = work.ctx.actor
    kept: dict[Any, Formula] = work.model.cache.setdefault("records.filters", {})
    key = (entity.key, text, None if actor.is_admin else actor.roles)
    found = kept.get(key)
    if found is None:
        try:
            found = check_formula(text, visible_scope(work, entity), BOOLEAN)
        except FormulaError as error:
            if error.kind in {"unknown_name", "unknown_member"}:
                name = text[error.position : error.position + error.length] if error.position >= 0 else text
                raise UnknownField(name=name, pointer="/filter") from error
            raise
        if len(kept) >= _KEPT_FILTERS:
            kept.clear()
        kept[key] = found
    return found


def _sort(work: Work, entity: Entity, text: str) -> tuple[str, queries.Direction]:
    path = text.removeprefix("-")
    return ".".join(visible_path(work, entity, path, "/sort")), "desc" if text.startswith("-") else "asc"


def visible_path(work: Work, entity: Entity, path: str, pointer: str) -> list[str]:
    """The names of the path as they are now. Raises: UnknownField when the actor may not read any of them."""
    shape: Any = visible_scope(work, entity).root
    names = []
    for step in path.split("."):
        found = shape.member(step) if shape is not None else None
        if found is None:
            raise UnknownField(name=path, pointer=pointer)
        names.append(found.name)
        shape = found.type.shape
    return names


def _names(work: Work, entity: Entity, fields: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if fields is None:
        return None
    own = rights(work, entity)
    names = []
    for each in fields:
        found = entity.member(each)
        if found is None or not own.may_read(found.name):
            raise UnknownField(name=each, pointer="/fields")
        names.append(found.name)
    return tuple(dict.fromkeys(names))


def _stored_for(work: Work, entity: Entity, names: tuple[str, ...]) -> tuple[str, ...]:
    """The stored fields that must be read for the fields asked for: derived ones are worked out from others."""
    is_derived = any((field := entity.field(name)) is not None and field.storage is None for name in names)
    if is_derived or is_stale(work, entity, names):
        return tuple(field.name for field in entity.fields if field.type != "lines")
    return names


def _expand_paths(work: Work, entity: Entity, paths: tuple[str, ...]) -> tuple[str, ...]:
    limits = work.settings.limits
    if len(paths) > limits.expand_paths or any(path.count(".") >= limits.expand_depth for path in paths):
        raise TooDeep(paths=limits.expand_paths, depth=limits.expand_depth)
    return tuple(".".join(_expandable(work, entity, path)) for path in paths)


def _expandable(work: Work, entity: Entity, path: str) -> list[str]:
    here: Entity | None = entity
    names = []
    for step in path.split("."):
        field = here.field(step) if here is not None else None
        own = rights(work, here) if here is not None else None
        if field is None or own is None or not own.can_read or not own.may_read(field.name) or not field.target:
            raise UnknownField(name=path, pointer="/expand")
        names.append(field.name)
        here = work.model.entities[field.target]
    return names
