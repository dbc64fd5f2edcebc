"""Rollups within SQL: what a filter, sort or figure over one reads, joined once to a statement."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, FromClause

from tessera.engine.derived.folds import ADDITIVE
from tessera.formula.shapes import Type
from tessera.meta.model import Field
from tessera.store.column_types import BigInt, Boolean, Instant, LocalDate, LocalTime, Text
from tessera.store.paths import COMPUTED, Position
from tessera.store.sql_values import NotPortable, Value, number_column
from tessera.store.system.records import bucket, side

_DIGITS = 18
_WORDS: dict[str, Any] = {"text": Text(), "date": LocalDate(), "datetime": Instant(), "time": LocalTime()}


def rollup_value(position: Position, field: Field) -> Value:
    """The rollup as a value of SQL. Raises: NotPortable for a moving window that is no sum of its days."""
    if field.options.get("window"):
        return _window_value(position, field)

    def join(record_id: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[bool]]:
        kept = side.alias()
        return kept, sa.and_(kept.c.field == field.key, kept.c.record_id == record_id)

    kept = position.attach(field.key, join)
    kind, dialect = field.value_type, position.paths.dialect
    if kind.kind == "number":
        return units_value(_filled(field, kept.c.whole), kind, dialect)
    if kind.kind == "boolean":
        blank = 1 if field.options["fold"] == "all" else 0
        return Value("boolean", sa.type_coerce(sa.func.coalesce(kept.c.whole, blank) == 1, Boolean()))
    column_type = _WORDS[kind.kind]
    is_text = dialect == "sqlite" or kind.kind == "text"
    words = sa.type_coerce(kept.c.words, column_type) if is_text else sa.cast(kept.c.words, column_type)
    return Value(kind.kind, words)


def _window_value(position: Position, field: Field) -> Value:
    """A sum over the days of the window that ends today."""
    moving, fold = position.paths.moving, str(field.options["fold"])
    if moving is None or fold not in ADDITIVE:
        raise NotPortable
    first = moving.today - timedelta(days=int(str(field.options["window"]).removesuffix("d")) - 1)

    def join(record_id: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[bool]]:
        days = (bucket.c.field == field.key, bucket.c.day.between(first, moving.today))
        totals = (sa.cast(sa.func.sum(bucket.c[name]), sa.BigInteger()).label(name) for name in ("total", "folded"))
        summed = sa.select(bucket.c.record_id, *totals).where(*days).group_by(bucket.c.record_id).subquery()
        return summed, summed.c.record_id == record_id

    found = position.attach(field.key, join)
    total, folded = sa.func.coalesce(found.c.total, 0), sa.func.coalesce(found.c.folded, 0)
    if fold in {"any", "all"}:
        holds = total > 0 if fold == "any" else total == folded
        return Value("boolean", sa.type_coerce(holds, Boolean()))
    if fold == "avg":
        raise NotPortable
    return units_value(total, field.value_type, position.paths.dialect)


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
