"""Records as the formulas of a run read them: as they are now, deleted ones too, by the names of the run's release.

Formulas of flows read as the platform does, like formulas of fields: whose rights a flow has decides what its steps may
find and change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tessera.engine.records import related
from tessera.engine.records.plan import plan_of
from tessera.engine.records.stored import attach
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field, Model
from tessera.store.prepared import Prepared, among, prepared

Path = tuple[str, ...]


def read_records(work: Work, entity: Entity, ids: Sequence[int], paths: Iterable[Path]) -> dict[int, dict[str, Any]]:
    """The records of these ids that exist, deleted ones too, with what the paths name below them.

    entity: of the head; a root entity or the lines of one. paths: by the names of the head.
    """
    wanted = set(paths)
    rows = _rows(work, entity, sorted(set(ids)))
    if any(each.name in {path[0] for path in wanted} for each in lists_of(entity)):
        attach(work, plan_of(work.model, entity), rows)
    complete_deep(work, entity, rows, wanted)
    return {row["id"]: row for row in rows}


def lists_of(entity: Entity) -> list[Field]:
    """The fields of an entity that hold several records: lines, and lists of references."""
    return [each for each in entity.fields if each.type in {"lines", "multi_reference"}]


def complete_deep(work: Work, entity: Entity, rows: list[dict[str, Any]], paths: Iterable[Path]) -> None:
    """Fill what the paths name beyond the records' own values, also inside their lines and lists of references."""
    wanted = set(paths)
    below: dict[str, set[Path]] = {}
    for path in wanted:
        below.setdefault(path[0], set()).update([path[1:]] if len(path) > 1 else ())
    lists = {each.name: each for each in lists_of(entity) if each.name in below}
    related.complete(work, entity, rows, {path for path in wanted if path[0] not in lists})
    for name, each in lists.items():
        target = work.model.entities[each.target]
        if each.type == "multi_reference":
            _expand_list(work, target, rows, name, below[name])
        elif below[name]:
            for row in rows:
                row[name] = [dict(line) for line in row.get(name) or ()]
            related.complete(work, target, [line for row in rows for line in row[name]], below[name])


def _expand_list(work: Work, target: Entity, rows: list[dict[str, Any]], name: str, paths: set[Path]) -> None:
    ids = {number for row in rows for number in row.get(name) or ()}
    found = read_records(work, target, sorted(ids), paths)
    for row in rows:
        row[name] = [found.get(number, {"id": number}) for number in row.get(name) or ()]


def _rows(work: Work, entity: Entity, ids: Sequence[int]) -> list[dict[str, Any]]:
    columns = work.tables.columns(entity)

    def build() -> Prepared:
        picked = [column.label(name) for name, column in columns.items()]
        query = sa.select(*picked).where(among(columns["id"], work.tx.dialect))
        return Prepared(query.order_by(columns["id"]), list(columns), work.tx.connection.dialect)

    return prepared(work.tx, work.tables, ("flows.records", entity.key), build).dicts(work.tx, {"q_ids": list(ids)})


@dataclass
class Lens:
    """Lets formulas of an older release read records of the head: names are told apart by the keys of the fields.

    A field that is no more reads as blank.
    """

    old: Model
    head: Model
    _names: dict[str, dict[str, str]] = field(default_factory=dict)

    def entity(self, key: str) -> Entity | None:
        """The entity of that key in the head."""
        return self.head.entities.get(key)

    def names(self, key: str) -> dict[str, str]:
        """Of an entity, the old names of fields that are called otherwise in the head, with that; "" for those gone."""
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = self._differences(key)
        return found

    def _differences(self, key: str) -> dict[str, str]:
        old, new = self.old.entities.get(key), self.head.entities.get(key)
        if old is None or old is new:
            return {}
        now = {each.key: each.name for each in new.fields} if new is not None else {}
        return {each.name: now.get(each.key, "") for each in old.fields if now.get(each.key, "") != each.name}

    def paths(self, key: str, paths: Iterable[Path]) -> set[Path]:
        """The paths by the names of the head; those over fields that are gone are left out."""
        if self.old is self.head:
            return set(paths)
        found = set()
        for path in paths:
            translated = self._path(key, path)
            if translated:
                found.add(translated)
        return found

    def _path(self, key: str, path: Path) -> Path:
        if not path:
            return ()
        name = self.names(key).get(path[0], path[0])
        if not name:
            return ()
        entity = self.old.entities.get(key)
        known = entity.field(path[0]) if entity is not None else None
        rest = self._path(known.target, path[1:]) if known is not None and known.target else path[1:]
        return (name, *rest)

    def record(self, key: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A record of the head by the names of the old release, also in what is inside it."""
        if self.old is self.head or not isinstance(row, Mapping):
            return row
        entity = self.old.entities.get(key)
        if entity is None:
            return row
        found = dict(row)
        for old, new in self.names(key).items():
            found[old] = row.get(new) if new else None
        for each in entity.fields:
            value = found.get(each.name)
            if each.target and isinstance(value, list):
                found[each.name] = [self.record(each.target, inner) for inner in value]
            elif each.target and isinstance(value, Mapping):
                found[each.name] = self.record(each.target, value)
        return found
