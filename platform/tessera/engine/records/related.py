"""Resolves references set-wise, and reads what formulas want to know of the records behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera.engine.access import rights
from tessera.engine.derived import side_values
from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.load import key_number
from tessera.engine.records.plan import SIDE_TYPES, Path, Plan, path_of
from tessera.engine.records.stale import is_stale, renew
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError
from tessera.meta.model import Entity, Field
from tessera.store.prepared import Prepared, prepared

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, Any]
"""What a caller names a record by: ("id", 5), ("ref", "0190…") or ("key", ("A-17",)), values in business key order."""

_REF = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_CHUNK = 5_000


def key_of(entity: Entity, given: Json) -> Key | None:
    """How the caller names a record of the entity; None when that is no way to name one.

    A number is its id. A text is its ref, else its business key, else (without a business key) the digits of its id.
    An object names {"id"}, {"ref"} or every field of the business key.
    """
    if isinstance(given, Mapping):
        return _key_of_object(entity, given)
    if isinstance(given, str):
        if _REF.match(given):
            return "ref", given
        if len(entity.business_key) == 1:
            return _business_key(entity, (given,))
        number = None if entity.business_key else key_number(given)
        return None if number is None else ("id", number)
    number = key_number(given)
    return None if number is None else ("id", number)


def _key_of_object(entity: Entity, given: Mapping[str, Json]) -> Key | None:
    if given.get("id") is not None:
        number = key_number(given["id"])
        return None if number is None else ("id", number)
    if isinstance(given.get("ref"), str):
        return "ref", given["ref"]
    if entity.business_key and all(given.get(name) is not None for name in entity.business_key):
        return _business_key(entity, [given[name] for name in entity.business_key])
    return None


def _business_key(entity: Entity, given: Sequence[Json]) -> Key | None:
    loaded = []
    for name, value in zip(entity.business_key, given, strict=True):
        field = entity.field(name)
        assert field is not None, name
        try:
            loaded.append(field.load(value) if field.type != "reference" else key_number(value))
        except TesseraError:
            return None
    return ("key", tuple(loaded)) if all(value is not None for value in loaded) else None


def find(
    work: Work, entity: Entity, keys: Iterable[Key], paths: Iterable[Path] = (), *, lock: str = "", seen: bool = True
) -> dict[Key, Row]:
    """The live records named by the keys, as far as they exist and the actor may read them.

    paths: what to read of them. lock: "share" keeps them from being deleted until the transaction ends.
    seen: False leaves the actor's rights aside (what the platform itself follows).
    """
    wanted = set(keys)
    allowed = rights(work, entity)
    if not wanted or (seen and not allowed.can_read):
        return {}
    condition = allowed.row_condition if seen else None
    every = set(paths) | (set(condition.reads) if condition is not None else set())
    found: dict[Key, Row] = {}
    for form in {key[0] for key in wanted}:
        values = sorted(key[1] for key in wanted if key[0] == form)
        for start in range(0, len(values), _CHUNK):
            found.update(_select(work, entity, form, values[start : start + _CHUNK], every, lock))
    rows = list({row["id"]: row for row in found.values()}.values())
    complete(work, entity, rows, every)
    if condition is None:
        return found
    host = work.host()
    visible = {row["id"] for row in rows if condition(row, host) is True}
    return {key: row for key, row in found.items() if row["id"] in visible}


def _select(work: Work, entity: Entity, form: str, values: list[Any], paths: set[Path], lock: str) -> dict[Key, Row]:
    columns = work.tables.columns(entity)
    key_names = _key_names(entity, form)
    names = {"id", *key_names, *(path[0] for path in _plain_paths(entity, paths))} & columns.keys()
    if is_renewed := is_stale(work, entity, sorted(names)):
        names = set(columns)
    picked = {name: columns[name].label(name) for name in sorted(names)}

    def statement(where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        query = sa.select(*picked.values()).where(where, columns["deleted_at"].is_(None))
        return query.with_for_update(read=True, key_share=True) if lock == "share" else query

    found: dict[Key, Row] = {}
    rows = rows_by_key(work, entity, form, values, ("find", tuple(picked), lock), statement)
    if is_renewed:
        renew(work, entity, rows)
    for row in rows:
        value = tuple(row[name] for name in key_names)
        found[(form, value if form == "key" else value[0])] = row
    return found


def _key_names(entity: Entity, form: str) -> tuple[str, ...]:
    return entity.business_key if form == "key" else (form,)


def where_key(work: Work, entity: Entity, form: str, values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """The condition that a record is named by one of these keys of one form."""
    columns = work.tables.columns(entity)
    keys = [columns[name] for name in _key_names(entity, form)]
    if len(keys) > 1:
        return sa.tuple_(*keys).in_(list(values))
    singles = [value[0] if form == "key" else value for value in values]
    return keys[0] == singles[0] if len(singles) == 1 else keys[0].in_(singles)


def rows_by_key(
    work: Work,
    entity: Entity,
    form: str,
    values: Sequence[Any],
    about: tuple[Any, ...],
    statement: Callable[[sa.ColumnElement[bool]], sa.Select[Any]],
) -> list[Row]:
    """The rows of a statement whose condition is that a record has one of these keys; kept prepared for a single key.

    about: with the entity and the form of key, says which statement it is.
    """
    if len(values) > 1:
        return work.tx.rows(statement(where_key(work, entity, form, values)))
    names = _key_names(entity, form)
    columns = work.tables.columns(entity)

    def build() -> Prepared:
        same = [columns[name] == sa.bindparam(f"q_{name}", type_=columns[name].type) for name in names]
        query = statement(sa.and_(*same))
        return Prepared(query, [each.name for each in query.selected_columns], work.tx.connection.dialect)

    given = values[0] if form == "key" else (values[0],)
    found = prepared(work.tx, work.tables, ("by_key", entity.key, form, *about), build)
    return found.dicts(work.tx, {f"q_{name}": value for name, value in zip(names, given, strict=True)})


def _plain_paths(entity: Entity, paths: Iterable[Path]) -> set[Path]:
    """The paths with lookups followed and formulas replaced by what they read, down to stored fields."""
    plain: set[Path] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        field = entity.field(path[0])
        if field is None:
            plain.add(path)
        elif field.type == "lookup":
            waiting.append(path_of(field) + path[1:])
        elif field.storage is None and field.value is not None:
            waiting += field.value.reads
        elif path not in plain:
            plain.add((field.name, *path[1:]))
    return plain


def complete(work: Work, entity: Entity, rows: list[Row], paths: Iterable[Path]) -> None:
    """Fill what paths name beyond the rows' own columns: records behind references, lookups, rollups, formulas."""
    every = set(paths)
    plain = _plain_paths(entity, every)
    below: dict[str, set[Path]] = {}
    for path in plain:
        if len(path) > 1:
            below.setdefault(path[0], set()).add(path[1:])
    for name, lower in below.items():
        field = entity.field(name)
        if field is not None and field.type == "reference":
            _nest(work, field, rows, lower)
    side = [field for name in {path[0] for path in plain} if (field := entity.field(name)) and field.type in SIDE_TYPES]
    if side:
        values = side_values(work, entity, [row["id"] for row in rows], side)
        for row in rows:
            row.update(values.get(row["id"], {}))
    for name in {path[0] for path in every}:
        _fill_computed(work, entity.field(name), rows)


def _nest(work: Work, field: Field, rows: list[Row], paths: set[Path]) -> None:
    target = work.model.entities[field.target]
    ids = {row[field.name] for row in rows if row.get(field.name) is not None}
    found = find(work, target, {("id", each) for each in ids}, paths, seen=False)
    for row in rows:
        number = row.get(field.name)
        row[field.name] = None if number is None else found.get(("id", number), {"id": number})


def _fill_computed(work: Work, field: Field | None, rows: list[Row]) -> None:
    if field is None:
        return
    if field.type == "lookup":
        path = path_of(field)
        for row in rows:
            row[field.name] = follow(row, path)
    elif field.storage is None and field.value is not None:
        host = work.host()
        for row in rows:
            row[field.name] = field.value(row, host)


def follow(value: Any, path: Path) -> Any:
    """What stands at the end of a path of names, None when any step is blank."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def resolve(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Turn the references of the drafts into ids, and put what formulas read of their targets into their env."""
    for _, level, members in levels(plan, drafts):
        for field in level.references:
            _resolve_field(work, level, field, members)
        for field in level.multiple:
            _resolve_list(work, field, members)


def _resolve_field(work: Work, plan: Plan, field: Field, drafts: list[Draft]) -> None:
    target = work.model.entities[field.target]
    name = field.name
    is_wrapped = name in plan.wrapped
    fresh: list[tuple[Draft, Key]] = []
    kept: list[tuple[Draft, Key]] = []
    for draft in drafts:
        given = draft.values[name]
        if given is None:
            continue
        if draft.before is not None and name not in draft.given:
            if is_wrapped:
                kept.append((draft, ("id", given)))
            continue
        key = key_of(target, given)
        if key is None:
            _unknown(draft, name)
        else:
            fresh.append((draft, key))
    paths = plan.reads.get(name, frozenset())
    found = find(work, target, {key for _, key in fresh}, paths, lock="share")
    old = find(work, target, {key for _, key in kept}, paths, seen=False) if kept else {}
    for draft, key in fresh:
        row = found.get(key)
        if row is None:
            _unknown(draft, name)
        else:
            draft.values[name] = row["id"]
            if is_wrapped:
                _wrap(draft, name, row)
    for draft, key in kept:
        _wrap(draft, name, old.get(key) or {"id": key[1]})


def _unknown(draft: Draft, name: str) -> None:
    draft.values[name] = None
    draft.report("unknown_reference", name, "There is no such record, or it is not visible to you.")


def _wrap(draft: Draft, name: str, row: Row) -> None:
    if draft.env is draft.values:
        draft.env = dict(draft.values)
    draft.env[name] = row


def _resolve_list(work: Work, field: Field, drafts: list[Draft]) -> None:
    target = work.model.entities[field.target]
    wanted: list[tuple[Draft, list[Key | None]]] = []
    for draft in drafts:
        if field.name not in draft.given:
            continue
        given = draft.values[field.name] or []
        if not isinstance(given, list):
            draft.values[field.name] = []
            draft.report("wrong_type", field.name, "This is a list of records.")
            continue
        wanted.append((draft, [key_of(target, each) for each in given]))
    found = find(work, target, {key for _, keys in wanted for key in keys if key is not None}, lock="share")
    for draft, keys in wanted:
        ids: dict[int, None] = {}
        for place, key in enumerate(keys):
            row = found.get(key) if key is not None else None
            if row is None:
                _unknown_member(draft, f"{field.name}/{place}")
            else:
                ids[row["id"]] = None
        draft.values[field.name] = list(ids)


def _unknown_member(draft: Draft, name: str) -> None:
    draft.report("unknown_reference", name, "There is no such record, or it is not visible to you.")
