"""Balances within SQL: the cached account, less what is not available yet, and what Python says where something is due.

An account's cache is what reading gives unless its holder has something due that is not settled, or a moment in the
future. Those holders are few; their figures are worked out as reading does it, and handed to the statement.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement, FromClause

from tessera.engine.derived.columns import units_value
from tessera.engine.derived.moving import movers
from tessera.engine.ledger.amounts import to_units
from tessera.engine.timeline.figures import figures_of
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import ledger_named, timeline_of_holder
from tessera.engine.work import Work
from tessera.errors import Unavailable
from tessera.meta.model import Field
from tessera.meta.rules import LedgerDoc
from tessera.store.column_types import BigInt, Text
from tessera.store.paths import COMPUTED, Position
from tessera.store.sql_values import NotPortable, Value
from tessera.store.system.ledger import account, hold, lot
from tessera.store.system.timeline import state as head_table

MAX_DUE = 5_000
_CHUNK = 1_000
_FIGURES = ("balance", "available", "debt", "pending")


class TooMuchDue(Unavailable):
    """More than {limit} accounts have something due that is not settled yet."""

    code = "too_much_due"


@dataclass(frozen=True, slots=True)
class Due:
    """figures: of the holders whose caches do not hold now, as JSON {holder: {figure: units}}. day, now: for others.

    per: key of the holders' entity. has_several: a holder has several accounts; their sum is meant.
    """

    ledger: str
    per: str
    has_several: bool
    figures: str
    day: date
    now: datetime


def balances_due(work: Work, fields: Sequence[Field]) -> Mapping[str, Hashable]:
    """For each balance field, what a statement over it needs to know. Raises: TooMuchDue("too_much_due")."""
    found: dict[str, Hashable] = {}
    known: dict[str, Due] = work.scratch.setdefault("cache:timeline.due", {})
    for field in fields:
        doc = ledger_named(work, field.options["ledger"])
        if doc.key not in known:
            known[doc.key] = _due(work, doc)
        found[field.key] = known[doc.key]
    return found


def _due(work: Work, doc: LedgerDoc) -> Due:
    timeline = timeline_of_holder(work, doc.per)
    program = Program.of(work.model, timeline)
    late = sa.or_(head_table.c.next_due_at <= work.now, head_table.c.at >= work.now)
    waiting = sa.select(head_table.c.holder).where(head_table.c.timeline == timeline.key, late).limit(MAX_DUE + 1)
    holders = list(work.tx.execute(waiting).scalars())
    if len(holders) > MAX_DUE:
        raise TooMuchDue(limit=MAX_DUE)
    figures: dict[str, dict[str, int]] = {str(each): dict.fromkeys(_FIGURES, 0) for each in holders}
    for start in range(0, len(holders), _CHUNK):
        for each in figures_of(work, program, holders[start : start + _CHUNK]):
            own = each.ledgers[doc.name]
            figures[str(each.holder)] = {name: to_units(own[name], doc.scale) for name in _FIGURES}
    holds = sa.select(hold.c.id).where(hold.c.state == "open").limit(1)
    now = work.now if work.tx.scalar(holds) is not None else datetime.min  # without holds, statements are kept longer
    day = program.day(work.now - timedelta(microseconds=1))
    return Due(doc.key, doc.per, bool(doc.beside), orjson.dumps(figures).decode() if figures else "", day, now)


def balance_value(position: Position, field: Field) -> Value:
    """The figure of the record's account. Raises: NotPortable for figures that only Python knows."""
    figure = str(field.options.get("figure", "balance"))
    moving = position.paths.moving
    due = dict(moving.known).get(field.key) if moving is not None else None
    if not isinstance(due, Due) or figure not in _FIGURES:
        raise NotPortable
    if field.options.get("beside") or due.per != field.entity:
        raise NotPortable
    own = position.attach(("account", due.ledger), lambda record_id: _account(due, record_id))
    whole: ColumnElement[Any] = sa.func.coalesce(own.c.debt if figure == "debt" else own.c.balance, 0)
    if figure != "debt":
        pending = position.attach(("pending", due.ledger), lambda _: _joined(due, _pending(due), own))
        later = sa.func.coalesce(pending.c.units, 0)
        whole = later if figure == "pending" else whole - later
    if figure == "available" and due.now > datetime.min:
        held = position.attach(("held", due.ledger), lambda _: _joined(due, _held(due), own))
        whole = whole - sa.func.coalesce(held.c.units, 0)
    if due.figures:
        known = position.attach((figure, due.ledger), lambda record_id: _worked_out(position, due, figure, record_id))
        whole = sa.func.coalesce(known.c.units, whole)
    return units_value(whole, field.value_type, position.paths.dialect)


def _account(due: Due, record_id: ColumnElement[Any]) -> tuple[FromClause, ColumnElement[bool]]:
    """The record's account, or the sum of its accounts."""
    if not due.has_several:
        own = account.alias()
        return own, sa.and_(own.c.ledger == due.ledger, own.c.holder == record_id, own.c.name == "")
    sums = (sa.cast(sa.func.sum(account.c[name]), sa.BigInteger()).label(name) for name in ("balance", "debt"))
    mine = (account.c.ledger == due.ledger, account.c.holder != 0)
    summed = sa.select(account.c.holder, *sums).where(*mine).group_by(account.c.holder).subquery()
    return summed, summed.c.holder == record_id


def _joined(due: Due, units: FromClause, own: FromClause) -> tuple[FromClause, ColumnElement[bool]]:
    if due.has_several:
        return units, units.c.holder == own.c.holder
    return units, units.c.account_id == own.c.id


def _by_account(due: Due, table: sa.Table, units: ColumnElement[Any], *which: ColumnElement[bool]) -> FromClause:
    """Units of each account; of each holder where it has several."""
    total = sa.cast(sa.func.sum(units), sa.BigInteger()).label("units")
    if not due.has_several:
        return sa.select(table.c.account_id, total).where(*which).group_by(table.c.account_id).subquery()
    joined = sa.select(account.c.holder, total).join(table, table.c.account_id == account.c.id)
    return joined.where(account.c.ledger == due.ledger, *which).group_by(account.c.holder).subquery()


def _pending(due: Due) -> FromClause:
    """Units of each account that are granted but not available yet."""
    return _by_account(due, lot, lot.c.left, lot.c.available_from > due.day, lot.c.left > 0)


def _held(due: Due) -> FromClause:
    """Units of each account that are reserved now."""
    return _by_account(due, hold, hold.c.amount, hold.c.state == "open", hold.c.until > due.now)


def _worked_out(
    position: Position, due: Due, figure: str, record_id: ColumnElement[Any]
) -> tuple[FromClause, ColumnElement[bool]]:
    """The figures that were worked out in Python, by holder, read from JSON once for a statement."""
    text = sa.bindparam(None, due.figures, Text(), unique=True)
    if position.paths.dialect == "postgresql":
        each: Any = sa.func.jsonb_each(sa.cast(text, JSONB)).table_valued("key", "value")
        units: Any = each.c.value.op("->>")(figure)
    else:
        each = sa.func.json_each(text).table_valued("key", "value")
        units = sa.func.json_extract(each.c.value, f"$.{figure}")
    columns = (sa.cast(each.c.key, sa.BigInteger()).label("holder"), sa.cast(units, sa.BigInteger()).label("units"))
    found = sa.select(*columns).cte().prefix_with("MATERIALIZED")
    return found, sa.type_coerce(found.c.holder, BigInt()) == record_id


COMPUTED.add("balance", balance_value)
movers.add("balance", balances_due)
