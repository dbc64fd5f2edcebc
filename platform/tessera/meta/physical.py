"""Names of database tables and columns, and the indexes that the metadata asks for by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from tessera.meta.asked import Asked, ordered_indexes
from tessera.meta.model import Entity, Index

NAME_BYTES = 60
"""PostgreSQL cuts names at 63 bytes; three stay free for prefixes."""


def line_table(entity: str, field: str) -> str:
    """The table of an entity's lines.

    >>> line_table("ticket", "lines")
    'ticket__lines'
    """
    name = f"{entity}__{field}"
    if len(name) <= NAME_BYTES:
        return name
    return f"{name[: NAME_BYTES - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def indexes_of(
    entity: Entity, wanted: Iterable[tuple[str, ...]], asked: Iterable[Asked], entities: Mapping[str, Entity]
) -> tuple[Index, ...]:
    """Indexes for unique keys, references, the filters wanted and what is asked for, each once; columns in order.

    entities: all of the Model, by key. A column by itself needs no index of its own where one of several columns begins
    with it.
    """
    columns = {each.name: each.column for each in entity.fields if each.storage is not None}
    names = {each.uid: each.name for each in entity.fields}
    unique: list[tuple[str, ...]] = [(each.name,) for each in entity.fields if each.unique]
    unique += [tuple(names.get(uid, "") for uid in each.fields) for each in entity.uniques]
    unique += [entity.business_key] if entity.business_key else []
    plain: list[tuple[str, ...]] = [(each.name,) for each in entity.fields if each.type == "reference"]
    found: dict[tuple[str, ...], bool] = {}
    for fields, is_unique in [*((each, True) for each in unique), *((each, False) for each in (*plain, *wanted))]:
        if fields and all(name in columns for name in fields):
            found.setdefault(tuple(columns[name] for name in fields), is_unique)
    ordered = ordered_indexes(entity, asked, entities) if not entity.parent else []
    begun = {each[:1] for each, _ in ordered}
    plain_ones = [
        Index(_index_name(entity.table, each, unique), each, unique)
        for each, unique in found.items()
        if unique or each not in begun
    ]
    return (*plain_ones, *(
        Index(_index_name(entity.table, each, False, descending), each, False, descending)
        for each, descending in ordered
    ))  # fmt: skip


def _index_name(table: str, columns: tuple[str, ...], unique: bool, descending: tuple[str, ...] = ()) -> str:
    parts = [f"-{each}" if each in descending else each for each in columns]
    digest = sha256("/".join((table, *parts)).encode()).hexdigest()[:8]
    return f"{'ux' if unique else 'ix'}_{table[:40]}_{digest}"
