"""Moving windows in SQL: the days that are in one today, put together for each record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement, Select

from tessera.engine.derived.folds import ADDITIVE
from tessera.meta.model import Field
from tessera.store.column_types import Text
from tessera.store.system.records import bucket

_ENDS = {"first": sa.func.min, "last": sa.func.max}


def window_of(field: Field, today: date, ids: Sequence[int] | None = None) -> Select[Any]:
    """(record_id, total, folded, words) of a rollup over the days that end today, of these records or of all.

    total and folded: the sums of additive folds. total or words: the value of others, as `tsr_side` keeps it.
    """
    first = today - timedelta(days=int(str(field.options["window"]).removesuffix("d")) - 1)
    within = [bucket.c.field == field.key, bucket.c.day.between(first, today), bucket.c.folded > 0]
    if ids is not None:
        within.append(bucket.c.record_id.in_(list(ids)))
    fold = str(field.options["fold"])
    if fold in _ENDS:
        return _end_of(_ENDS[fold], within)
    if fold in ADDITIVE:
        columns = (_whole(sa.func.sum(bucket.c.total)).label("total"), sa.cast(sa.null(), Text()).label("words"))
    else:
        choose: Any = sa.func.min if fold == "min" else sa.func.max
        columns = (choose(bucket.c.total).label("total"), choose(bucket.c.words).label("words"))
    folded = _whole(sa.func.sum(bucket.c.folded)).label("folded")
    return sa.select(bucket.c.record_id, *columns, folded).where(*within).group_by(bucket.c.record_id)


def _end_of(choose: Any, within: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The value of the first or the last day that has one."""
    day = choose(bucket.c.day).label("day")
    ends = sa.select(bucket.c.record_id, day).where(*within).group_by(bucket.c.record_id).subquery()
    same = sa.and_(bucket.c.record_id == ends.c.record_id, bucket.c.day == ends.c.day)
    columns = (bucket.c.record_id, bucket.c.total, bucket.c.folded, bucket.c.words)
    return sa.select(*columns).join(ends, same).where(*within)


def _whole(number: ColumnElement[Any]) -> ColumnElement[Any]:
    return sa.cast(number, sa.BigInteger())


def quotient(total: ColumnElement[Any], count: ColumnElement[Any], rounding: str) -> ColumnElement[Any]:
    """total / count brought to a whole number, exactly; both are whole, and count is positive or blank.

    rounding: one of those that numbers have: half_up, half_even, down, up, floor, ceiling.
    """
    total, count = sa.type_coerce(total, sa.BigInteger()), sa.type_coerce(count, sa.BigInteger())
    whole, rest = total // count, total % count  # towards zero; the rest has the sign of the total, on both databases
    twice = sa.func.abs(rest) * 2
    beyond: dict[str, ColumnElement[bool]] = {
        "half_up": twice >= count,
        "half_even": sa.or_(twice > count, sa.and_(twice == count, whole % 2 != 0)),
        "down": sa.false(),
        "up": rest != 0,
        "floor": rest < 0,
        "ceiling": rest > 0,
    }
    return sa.case((beyond[rounding], whole + sa.case((total < 0, -1), else_=1)), else_=whole)
