"""Records that rows name by a business key: joined for formulas, and referred to by documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from tessera.engine.mapping.assembly import Link
from tessera.engine.mapping.packing import pack
from tessera.engine.work import Work
from tessera.meta.kinds.mapping import Join
from tessera.meta.model import Entity, Field

Create: TypeAlias = "Callable[[Work, Entity, list[dict[str, Any]]], list[int | None]]"


def comparable(field: Field, value: Any) -> Any:
    """The value in the form in which the field keeps it, so that a number can name a record by a text."""
    kind = field.storage.kind if field.storage else "text"
    if kind == "text" and not isinstance(value, str):
        return str(pack(value))
    if kind == "integer" and isinstance(value, Decimal | str):
        try:
            return int(value)
        except (ValueError, ArithmeticError):
            return None
    return value


def joined_records(work: Work, join: Join, keys: Iterable[Any]) -> dict[Any, dict[str, Any] | None]:
    """For each key the record it names, with the fields that formulas read, or None."""
    entity = work.model.entities[join.entity]
    field = entity.field(join.key)
    assert field is not None
    columns = work.tables.columns(entity)
    names = ["id", *(name for name in join.reads if name in columns and name != "id")]
    asked = {key: comparable(field, key) for key in keys}
    rows = _found(work, entity, (field.name,), [(each,) for each in asked.values()], (field.name, *names))
    found: dict[Any, dict[str, Any]] = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
    return {key: found.get(stored) for key, stored in asked.items()}


def _found(
    work: Work, entity: Entity, names: Sequence[str], keys: Iterable[tuple[Any, ...]], give: Sequence[str] = ()
) -> list[tuple[Any, ...]]:
    """(id, *key), or what else shall be given, of the live records with these values in the fields of these names."""
    columns = work.tables.columns(entity)
    wanted = [key for key in keys if None not in key]
    physical, picked = tuple(columns[name].name for name in names), [columns[name].name for name in give]
    return work.tx.find_keys(work.tables.of(entity), physical, wanted, "t.deleted_at IS NULL", give=picked)


def resolve(work: Work, links: Sequence[Link], create: Create) -> list[Link]:
    """Put the ids of the records referred to in place of their keys; gives the links that name nothing.

    Records that are missing are created where the mapping says so, once per key, with the values of the first link.
    """
    unknown: list[Link] = []
    groups: dict[str, list[Link]] = {}
    for link in links:
        groups.setdefault(link.value.reference, []).append(link)
    for reference, members in groups.items():
        entity = work.model.entities[reference]
        field = entity.field(entity.business_key[0])
        assert field is not None
        keys = [comparable(field, link.holder[link.value.field]) for link in members]
        ids = ids_by_key(work, entity, field, keys)
        missing: dict[Any, dict[str, Any]] = {}
        for link, key in zip(members, keys, strict=True):
            if key is not None and key not in ids and link.value.missing == "create":
                missing.setdefault(key, {field.name: key, **link.extra})
        if missing:
            created = create(work, entity, list(missing.values()))
            ids.update((key, new) for key, new in zip(missing, created, strict=True) if new is not None)
        for link, key in zip(members, keys, strict=True):
            if key in ids:
                link.holder[link.value.field] = ids[key]
            else:
                unknown.append(link)
    return unknown


def ids_by_key(work: Work, entity: Entity, field: Field, keys: Iterable[Any]) -> dict[Any, int]:
    """The ids of the records that the keys name, by key."""
    return {row[1]: row[0] for row in _found(work, entity, (field.name,), [(key,) for key in keys])}


def ids_of_documents(
    work: Work, entity: Entity, records: Mapping[str, Mapping[str, Any]]
) -> dict[str, int]:
    """The ids of records that exist under the business keys of these documents, by the documents' keys."""
    names = entity.business_key
    fields = [entity.field(name) for name in names]
    if not names or any(each is None or each.storage is None for each in fields):
        return {}
    wanted = {tuple([record.get(name) for name in names]): key for key, record in records.items()}
    return {wanted[row[1:]]: row[0] for row in _found(work, entity, names, wanted) if row[1:] in wanted}
