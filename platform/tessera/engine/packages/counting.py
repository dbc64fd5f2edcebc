"""How many records each change of a plan touches: those with a value that it alters, or that break a rule it sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tessera.formula import Formula
from tessera.meta import Change, Model, Plan
from tessera.meta.model import Entity, Field
from tessera.store import Tx
from tessera.store.formula_sql import to_sql
from tessera.store.paths import Paths
from tessera.store.tables import Tables


def count_rows(tx: Tx, before: Model, after: Model, plan: Plan) -> tuple[int, ...]:
    """How many records each change touches, in the tables of the Model before it; a safe change touches none."""
    counter = _Counter(tx, before, after, Tables(before))
    return tuple(0 if each.risk == "safe" else counter.count(each) for each in plan.changes)


@dataclass(slots=True)
class _Counter:
    """Counts in the tables as they are."""

    tx: Tx
    before: Model
    after: Model
    tables: Tables

    def count(self, change: Change) -> int:
        """The records of one change."""
        if change.kind == "entity" and change.key in self.before.entities:
            return self._of_entity(change)
        key = change.key.rpartition(".")[0] if change.kind == "option" else change.key
        old, new = _field(self.before, key), _field(self.after, key)
        if new is not None and change.action == "add" and change.kind == "field":
            return self._live(self.before.entities.get(new.entity))
        if old is None:
            return 0
        if new is not None and change.part == "required":
            return self._blank(old)
        if new is not None and change.part == "check" and new.check is not None:
            return self._broken(self.before.entities[old.entity], [new.check], old)
        return self._with_value(change, old)

    def _of_entity(self, change: Change) -> int:
        entity = self.before.entities[change.key]
        if change.part == "validations" and change.key in self.after.entities:
            known = {each.rule.text for each in entity.validations}
            rules = [each.rule for each in self.after.entities[change.key].validations if each.rule.text not in known]
            return self._broken(entity, rules, None)
        return _count(self.tx, self.tables.of(entity))

    def _live(self, entity: Entity | None) -> int:
        if entity is None:
            return 0
        table = self.tables.of(entity)
        return _count(self.tx, table, *_is_live(table))

    def _blank(self, field: Field) -> int:
        """Live records without a value."""
        table = self.tables.of(self.before.entities[field.entity])
        if field.column and field.column in table.c:
            return _count(self.tx, table, table.c[field.column].is_(None), *_is_live(table))
        if field.type == "lines":
            parents = self.tables.of(self.before.entities[field.target]).c.parent_id
        elif field.type == "multi_reference":
            parents = self.tables.link(field).c.record_id
        else:
            return 0
        return _count(self.tx, table, ~sa.exists().where(parents == table.c.id), *_is_live(table))

    def _broken(self, entity: Entity, rules: Iterable[Formula], field: Field | None) -> int:
        """Live records for which one of the rules is not true; all of them where SQL cannot tell."""
        paths = Paths(self.tables, entity, self.tx.dialect)
        conditions = [to_sql(each, paths.root()) for each in rules]
        known = [each for each in conditions if each is not None]
        where = list(_is_live(paths.alias))
        if field is not None and field.column in paths.alias.c:
            where.append(paths.alias.c[field.column].is_not(None))
        if len(known) == len(conditions):
            holds: sa.ColumnElement[bool] = sa.and_(sa.true(), *known)
            where.append(sa.case((holds, 0), else_=1) == 1)
        query = sa.select(sa.func.count()).select_from(paths.source).where(*where)
        return int(self.tx.scalar(query))

    def _with_value(self, change: Change, field: Field) -> int:
        if field.type == "lines":
            return _count(self.tx, self.tables.of(self.before.entities[field.target]))
        if field.type == "multi_reference":
            return _count(self.tx, self.tables.link(field))
        table = self.tables.of(self.before.entities[field.entity])
        if not field.column or field.column not in table.c:
            return 0
        column = table.c[field.column]
        if change.kind == "option" and isinstance(change.before, Mapping) and field.type == "select":
            return _count(self.tx, table, column == change.before["value"])
        return _count(self.tx, table, column.is_not(None))


def _field(model: Model, key: str) -> Field | None:
    entity = model.entities.get(key.rpartition(".")[0])
    found = next((each for each in entity.fields if each.key == key), None) if entity is not None else None
    every = (each for one in model.entities.values() for each in one.fields)
    return found or next((each for each in every if each.key == key), None)


def _is_live(table: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c else []


def _count(tx: Tx, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    return int(tx.scalar(sa.select(sa.func.count()).select_from(table).where(*conditions)))
