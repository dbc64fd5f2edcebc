"""Rollups within SQL: what a filter, sort or figure over one reads, joined once to a statement."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, FromClause

from tessera.engine.derived.folds import ADDITIVE, BY_DAY, rollup_of, rounding_of
from tessera.engine.derived.windows import quotient, window_of
from tessera.formula.shapes import Type
from tessera.meta.model import Field
from tessera.store.column_types import BigInt, Boolean, Instant, LocalDate, LocalTime, Text
from tessera.store.paths import COMPUTED, Position
from tessera.store.sql_values import NotPortable, Value, number_column
from tessera.store.system.records import side

_DIGITS = 18
_WORDS: dict[str, Any] = {"text": Text(), "date": LocalDate(), "datetime": Instant(), "time": LocalTime()}


def rollup_value(position: Position, field: Field) -> Value:
    """The rollup as a value of SQL. Raises: NotPortable for what no SQL puts together from days."""
    if field.options.get("window"):
        return _window_value(position, field)

    def join(record_id: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[bool]]:
        kept = side.alias()
        return kept, sa.and_(kept.c.field == field.key, kept.c.record_id == record_id)

    kept = position.attach(field.key, join)
    return _shown(position, field, kept.c.whole, kept.c.words)


def _shown(position: Position, field: Field, whole: ColumnElement[Any], words: ColumnElement[Any]) -> Value:
    """What is kept of a rollup, as a value of its kind."""
    kind, dialect = field.value_type, position.paths.dialect
    if kind.kind == "number":
        return units_value(_filled(field, whole), kind, dialect)
    if kind.kind == "boolean":
        fold = field.options["fold"]
        if fold not in {"any", "all"}:
            return Value("boolean", sa.type_coerce(whole == 1, Boolean()))
        return Value("boolean", sa.type_coerce(sa.func.coalesce(whole, int(fold == "all")) == 1, Boolean()))
    column_type = _WORDS[kind.kind]
    is_text = dialect == "sqlite" or kind.kind == "text"
    return Value(kind.kind, sa.type_coerce(words, column_type) if is_text else sa.cast(words, column_type))


def _window_value(position: Position, field: Field) -> Value:
    """A rollup over the days of the window that ends today, put together from the values of these days."""
    moving, fold = position.paths.moving, str(field.options["fold"])
    if moving is None or fold not in BY_DAY:
        raise NotPortable

    def join(record_id: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[bool]]:
        days = window_of(field, moving.today).subquery()
        return days, days.c.record_id == record_id

    found = position.attach(field.key, join)
    if fold not in ADDITIVE:
        return _shown(position, field, found.c.total, found.c.words)
    total: ColumnElement[Any] = sa.func.coalesce(found.c.total, 0)
    folded = sa.func.coalesce(found.c.folded, 0)
    if fold in {"any", "all"}:
        holds = total > 0 if fold == "any" else total == folded
        return Value("boolean", sa.type_coerce(holds, Boolean()))
    rollup = rollup_of(field)
    if fold == "avg" or rollup.total_scale > rollup.scale:
        parts = found.c.folded if fold == "avg" else sa.literal(1, sa.BigInteger())
        total = quotient(found.c.total, parts * 10 ** (rollup.total_scale - rollup.scale), rounding_of(field))
    return units_value(_filled(field, total), field.value_type, position.paths.dialect)


def _filled(field: Field, whole: ColumnElement[Any]) -> ColumnElement[Any]:
    return sa.func.coalesce(whole, 0) if field.options["fold"] in {"sum", "count", "distinct"} else whole


def units_value(whole: ColumnElement[Any], kind: Type, dialect: str) -> Value:
    """A number that is kept as units of its last decimal place."""
    scale = kind.scale or 0
    if dialect == "postgresql" and not kind.integer:
        unit = sa.literal(Decimal(1).scaleb(-scale), sa.Numeric(_DIGITS, scale))
        whole = sa.cast(sa.type_coerce(whole, BigInt()), sa.Numeric()) * unit
    return number_column(whole, precision=_DIGITS, scale=scale, dialect=dialect, is_whole=kind.integer)


COMPUTED.add("rollup", rollup_value)
