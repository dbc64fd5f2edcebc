"""Figures of all holders at the end of each of several days: the log is read once, not once a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import orjson
import sqlalchemy as sa

from tessera.engine.timeline.figures import (
    Figures,
    HolderFigures,
    add_holds,
    bound_of,
    holders_of,
    is_before,
    posted_before,
    settle_in_memory,
    timeline_named,
)
from tessera.engine.timeline.fold import Place
from tessera.engine.timeline.lives import tuples
from tessera.engine.timeline.program import Program
from tessera.engine.work import Work
from tessera.store.system.ledger import account, allocation, lot, movement
from tessera.store.system.timeline import decision, moment
from tessera.store.system.timeline import state as head_table

_CHUNK = 2_000


def figures_by_day(
    work: Work, timeline: str, days: Sequence[date]
) -> Iterator[tuple[date, list[HolderFigures]]]:
    """For each day, in the order given, what `holder_figures` says of it.

    The figures of a day are good until the next day is asked for: they are moved on, not made anew.
    """
    program = Program.of(work.model, timeline_named(work, timeline))
    run: list[date] = []
    for day in days:
        if run and day <= run[-1]:
            yield from _ascending(work, program, run)
            run = []
        run.append(day)
    if run:
        yield from _ascending(work, program, run)


def _ascending(work: Work, program: Program, days: list[date]) -> Iterator[tuple[date, list[HolderFigures]]]:
    log = _Log(work, program, [bound_of(program, day) for day in days])
    for holders in holders_of(work, program, _CHUNK):
        log.read(holders)
    for place, day in enumerate(days):
        yield day, log.at(place)


@dataclass(slots=True)
class _Lot:
    """A lot with units left. ledger: the account that it is in."""

    ledger: Figures
    available_from: date | None
    left: int = 0


@dataclass(slots=True)
class _Part:
    """What happens between one day's end and the next: states by holder, movements and changes of lots."""

    states: list[tuple[int, str]] = field(default_factory=list)
    sums: list[tuple[Figures, str, int, int]] = field(default_factory=list)
    lots: list[tuple[Figures, int, int, date | None]] = field(default_factory=list)


class _Log:
    """The log in parts, each until one of the places."""

    def __init__(self, work: Work, program: Program, bounds: list[Place]) -> None:
        self.work = work
        self.program = program
        self.bounds = bounds
        self.parts = [_Part() for _ in bounds]
        self.known: dict[int, HolderFigures] = {}
        self.lots: dict[int, _Lot] = {}
        self.living: set[int] = set()
        self.names = {each.key: each.name for each in program.ledgers}

    def _part(self, until: Callable[[Place], sa.ColumnElement[bool]]) -> sa.ColumnElement[int]:
        """The number of the part in which a row of the log is."""
        return sa.case(*((until(bound), sa.literal_column(str(place))) for place, bound in enumerate(self.bounds)))

    def read(self, holders: Sequence[int]) -> None:
        """Take in the log of these holders."""
        blank = {
            number: HolderFigures(number, {}, {each.name: Figures(each.scale) for each in self.program.ledgers})
            for number in holders
        }
        self.known |= blank
        add_holds(self.work, self.program, blank, self.work.now)
        self._read_states(holders)
        self._read_sums(holders)
        self._read_lots(holders)

    def _read_states(self, holders: Sequence[int]) -> None:
        part = self._part(is_before).label("part")
        inner = (
            sa.select(moment.c.id, moment.c.holder, moment.c.at, moment.c.rank, moment.c.key, part)
            .where(moment.c.timeline == self.program.doc.key, moment.c.holder.in_(holders), is_before(self.bounds[-1]))
            .subquery()
        )
        order = (inner.c.at.desc(), inner.c.rank.desc(), inner.c.key.desc())
        ranked = (
            sa.select(
                inner.c.holder, inner.c.part, decision.c.state,
                sa.func.row_number().over(partition_by=(inner.c.holder, inner.c.part), order_by=order).label("back"),
            )
            .join(decision, sa.and_(decision.c.moment_id == inner.c.id, decision.c.is_current))
            .subquery()
        )
        chosen = sa.select(ranked.c.part, ranked.c.holder, ranked.c.state).where(ranked.c.back == 1)
        for place, holder, state in tuples(self.work, chosen):
            self.parts[place].states.append((holder, state))

    def _read_sums(self, holders: Sequence[int]) -> None:
        part = self._part(posted_before).label("part")
        columns = (account.c.holder, account.c.ledger, movement.c.name)
        statement = (
            sa.select(part, *columns, sa.func.sum(movement.c.amount), sa.func.sum(movement.c.effect))
            .join(movement, movement.c.account_id == account.c.id)
            .where(self._mine(holders), posted_before(self.bounds[-1]))
            .group_by(part, *columns)
        )
        for place, holder, ledger, name, amount, effect in tuples(self.work, statement):
            figures = self.known[holder].ledgers[self.names[ledger]]
            self.parts[place].sums.append((figures, name, int(amount), int(effect)))

    def _read_lots(self, holders: Sequence[int]) -> None:
        part = self._part(posted_before).label("part")
        columns = (account.c.holder, account.c.ledger, allocation.c.lot_id)
        changes = (
            sa.select(part, *columns, sa.func.sum(allocation.c.amount).label("units"))
            .join(movement, movement.c.id == allocation.c.movement_id)
            .join(account, account.c.id == movement.c.account_id)
            .where(self._mine(holders), posted_before(self.bounds[-1]))
            .group_by(part, *columns)
            .subquery()
        )
        statement = sa.select(changes, lot.c.available_from).outerjoin(lot, lot.c.id == changes.c.lot_id)
        for place, holder, ledger, number, units, available_from in tuples(self.work, statement):
            figures = self.known[holder].ledgers[self.names[ledger]]
            self.parts[place].lots.append((figures, number, int(units), available_from))

    def _mine(self, holders: Sequence[int]) -> sa.ColumnElement[bool]:
        return sa.and_(account.c.ledger.in_(list(self.names)), account.c.holder.in_(holders))

    def at(self, place: int) -> list[HolderFigures]:
        """The figures at the end of a part; parts come in order."""
        part = self.parts[place]
        self.parts[place] = _Part()
        for holder, state in part.states:
            self.known[holder].state = self.program.decode_state(orjson.loads(state))
            self.living.add(holder)
        for figures, name, amount, effect in part.sums:
            if amount:
                figures.totals[name] = figures.totals.get(name, 0) + amount
            figures.units["balance"] += effect
        for figures, number, units, available_from in part.lots:
            self._move(figures, number, units, available_from)
        bound = self.bounds[place]
        self._find_pending(self.program.day(bound[0] - timedelta(microseconds=1)))
        settled = self._settled(bound)
        return [settled.get(number) or self.known[number] for number in sorted(self.living)]

    def _move(self, figures: Figures, number: int, units: int, available_from: date | None) -> None:
        if number == 0:
            figures.units["debt"] -= units
            return
        known = self.lots.setdefault(number, _Lot(figures, available_from))
        figures.open_lots -= known.left != 0
        known.left += units
        figures.open_lots += known.left != 0
        if not known.left:
            del self.lots[number]

    def _find_pending(self, day: date) -> None:
        for each in self.known.values():
            for figures in each.ledgers.values():
                figures.units["pending"] = 0
        for known in self.lots.values():
            if known.available_from is not None and known.available_from > day:
                known.ledger.units["pending"] += known.left

    def _settled(self, bound: Place) -> dict[int, HolderFigures]:
        """Holders of whom something fell due by then but was not settled yet, as if it were."""
        due = sa.select(head_table.c.holder).where(
            head_table.c.timeline == self.program.doc.key, head_table.c.next_due_at <= bound[0]
        )
        waiting = sorted(self.living.intersection(self.work.tx.execute(due).scalars()))
        found: dict[int, HolderFigures] = {}
        for start in range(0, len(waiting), _CHUNK):
            some = {}
            for number in waiting[start : start + _CHUNK]:
                known = self.known[number]
                some[number] = HolderFigures(number, known.state, known.ledgers)
            settle_in_memory(self.work, self.program, some, bound)
            found |= some
        for number, each in found.items():
            for name, figures in each.ledgers.items():
                figures.units["held"] = self.known[number].ledgers[name].units["held"]
        return found
