"""Values of balance fields: what ledgers say of records, of the one account that is meant or of all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.ledger.parts import account_name
from tessera.engine.timeline.figures import Figures, figures_of
from tessera.engine.timeline.lives import tuples
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import ledger_named, timeline_of_holder
from tessera.engine.work import Work
from tessera.meta.model import Entity, Field
from tessera.meta.rules import LedgerDoc
from tessera.store.paths import column_name
from tessera.store.system.ledger import account, hold, lot
from tessera.store.system.timeline import state as head_table

Found = dict[int, dict[str, Any]]


def balance_values(work: Work, entity: Entity, ids: Sequence[int], fields: Sequence[Field]) -> Found:
    """The values of balance fields of records."""
    found: Found = {number: {} for number in ids}
    sums: list[tuple[Field, LedgerDoc]] = []
    for each in fields:
        doc = ledger_named(work, each.options["ledger"])
        if doc.per != entity.key:
            _of_others(work, doc, each, found)
        elif each.options.get("beside"):
            _of_one(work, doc, entity, each, found)
        else:
            sums.append((each, doc))
    if sums:
        program = Program.of(work.model, timeline_of_holder(work, entity.key))
        known = {each.holder: each.ledgers for each in figures_of(work, program, ids)}
        for each, doc in sums:
            _fill(each, found, {number: ledgers[doc.name] for number, ledgers in known.items()}, doc)
    return found


def _fill(field: Field, found: Found, known: Mapping[int, Figures], doc: LedgerDoc) -> None:
    blank = Figures(doc.scale)
    for number, values in found.items():
        values[field.name] = known.get(number, blank)[field.options.get("figure", "balance")]


def _of_one(work: Work, doc: LedgerDoc, entity: Entity, field: Field, found: Found) -> None:
    """The account that the record's own references say; none where one of them is blank."""
    table = work.tables.of(entity)
    columns = [table.c[column_name(each)] for name in field.options["beside"] if (each := entity.field(name))]
    groups: dict[str, list[int]] = {}
    for row in tuples(work, sa.select(table.c.id, *columns).where(table.c.id.in_(list(found)))):
        if None not in row:
            groups.setdefault(account_name(row[1:]), []).append(row[0])
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    known: dict[int, Figures] = {}
    for name, holders in groups.items():
        known |= {each.holder: each.ledgers[doc.name] for each in figures_of(work, program, holders, None, name)}
    _fill(field, found, known, doc)


def _of_others(work: Work, doc: LedgerDoc, field: Field, found: Found) -> None:
    """What all accounts come to that are kept by the record beside their holders."""
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    late = sa.select(head_table.c.holder).where(
        head_table.c.timeline == program.doc.key,
        sa.or_(head_table.c.next_due_at <= work.now, head_table.c.at >= work.now),
    )
    names = {str(number): number for number in found}
    mine = sa.and_(account.c.ledger == doc.key, account.c.holder != 0, account.c.name.in_(list(names)))
    known = {number: Figures(doc.scale) for number in found}
    settled = sa.and_(mine, account.c.holder.not_in(late))
    _add(work, known, names, "balance", sa.select(account.c.name, sa.func.sum(account.c.balance)).where(settled))
    _add(work, known, names, "debt", sa.select(account.c.name, sa.func.sum(account.c.debt)).where(settled))
    day = program.day(work.now)
    lots = sa.select(account.c.name, sa.func.sum(lot.c.left)).join(lot, lot.c.account_id == account.c.id)
    _add(work, known, names, "pending", lots.where(settled, lot.c.available_from > day))
    held = sa.select(account.c.name, sa.func.sum(hold.c.amount)).join(hold, hold.c.account_id == account.c.id)
    _add(work, known, names, "held", held.where(mine, hold.c.state == "open", hold.c.until > work.now))
    unsettled: dict[str, list[int]] = {}
    waiting = sa.select(account.c.name, account.c.holder).where(mine, account.c.holder.in_(late))
    for name, holder in tuples(work, waiting):
        unsettled.setdefault(name, []).append(holder)
    for name, holders in unsettled.items():
        every = figures_of(work, program, holders, None, name)
        _add_all(known[names[name]], (each.ledgers[doc.name] for each in every))
    _count_lots(work, known, names, settled)
    _fill(field, found, known, doc)


def _add(work: Work, known: Mapping[int, Figures], names: Mapping[str, int], unit: str, statement: sa.Select[Any]
         ) -> None:
    for name, units in tuples(work, statement.group_by(account.c.name)):
        known[names[name]].units[unit] += int(units or 0)


def _add_all(figures: Figures, others: Iterable[Figures]) -> None:
    for each in others:
        figures.open_lots += each.open_lots
        for unit in ("balance", "debt", "pending"):
            figures.units[unit] += each.units[unit]


def _count_lots(work: Work, known: Mapping[int, Figures], names: Mapping[str, int], settled: sa.ColumnElement[bool]
                ) -> None:
    count = sa.select(account.c.name, sa.func.count()).join(lot, lot.c.account_id == account.c.id)
    for name, units in tuples(work, count.where(settled, lot.c.left > 0).group_by(account.c.name)):
        known[names[name]].open_lots += int(units)
