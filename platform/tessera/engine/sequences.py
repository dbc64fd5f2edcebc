"""Numbers that the platform gives out, by a pattern such as `T{yyyy}{000000}`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite

from tessera.engine.work import Work
from tessera.meta.model import Field
from tessera.store.system.records import sequence

_TOKEN = re.compile(r"\{([^{}]*)\}")
_DATE_PARTS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}
_KNOWN = "sequences.known"


def period_of(pattern: str, day: date) -> str:
    """The dates of the pattern, filled in: the counter begins anew when this changes.

    >>> period_of("T{yyyy}{000000}", date(2025, 1, 31)), period_of("T{000}", date(2025, 1, 31))
    ('2025', '')
    """
    return "".join(day.strftime(_DATE_PARTS[each]) for each in _TOKEN.findall(pattern) if each in _DATE_PARTS)


def written(pattern: str, day: date, number: int) -> str:
    """The pattern with its dates and the counter filled in.

    >>> written("T{yy}-{000}", date(2025, 1, 31), 7)
    'T25-007'
    """

    def part(match: re.Match[str]) -> str:
        token = match.group(1)
        if token in _DATE_PARTS:
            return day.strftime(_DATE_PARTS[token])
        return str(number).zfill(len(token))

    return _TOKEN.sub(part, pattern)


def draw(work: Work, field: Field, count: int) -> list[str]:
    """The next numbers of a sequence field, in order.

    A gapless one locks its counter until the transaction ends; others never wait, and leave gaps when it is undone.
    """
    pattern = str(field.options["pattern"])
    day = work.host().today
    period = period_of(pattern, day)
    if work.tx.dialect == "postgresql" and not field.options.get("gapless"):
        numbers: Iterable[int] = _from_database_sequence(work, field.key, period, count)
    else:
        last = _counted(work, field.key, period, count)
        numbers = range(last - count + 1, last + 1)
    return [written(pattern, day, number) for number in numbers]


def _counted(work: Work, key: str, period: str, count: int) -> int:
    """The counter moved on by count, its row locked until the transaction ends."""
    where = (sequence.c.field == key, sequence.c.period == period)
    move = sa.update(sequence).where(*where).values(value=sequence.c.value + count).returning(sequence.c.value)
    last = work.tx.scalar(move)
    if last is None:
        dialect_insert = sa.dialects.postgresql.insert if work.tx.dialect == "postgresql" else sa.dialects.sqlite.insert
        first = dialect_insert(sequence).values(field=key, period=period, value=0)
        work.tx.execute(first.on_conflict_do_nothing())
        last = work.tx.scalar(move)
    return int(last)


def _from_database_sequence(work: Work, key: str, period: str, count: int) -> list[int]:
    name = "tsr_sq_" + hashlib.sha256(f"{key}\n{period}".encode()).hexdigest()[:24]
    known: set[str] = work.model.cache.setdefault(_KNOWN, set())
    if name not in known:
        _ensure_sequence(work, name)
        work.after_commit(lambda: known.add(name))
    series = sa.func.generate_series(1, count).table_valued("n")
    return list(work.tx.execute(sa.select(sa.func.nextval(name)).select_from(series)).scalars())


def _ensure_sequence(work: Work, name: str) -> None:
    """Make the sequence on a connection of its own: it must outlive this transaction, whatever becomes of that."""
    if work.tx.scalar(sa.select(sa.func.to_regclass(name))) is None:
        with work.tx.connection.engine.connect() as connection:
            connection.execute(sa.schema.CreateSequence(sa.Sequence(name), if_not_exists=True))
            connection.commit()
