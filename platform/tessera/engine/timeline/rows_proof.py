"""Proving that rows of lives belong together: moments, decisions, movements, heads, and the documents themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from tessera.engine.ledger import tallies
from tessera.engine.ledger.proof import Fault
from tessera.engine.ledger.seals import seal
from tessera.engine.timeline import holds, reviewing, watching
from tessera.engine.timeline.documents import Documents
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.releases import Programs
from tessera.engine.timeline.saving import MOMENT, MORE, PARKED, moment_seal
from tessera.engine.work import Work
from tessera.store.system.ledger import account, hold, lot, movement
from tessera.store.system.timeline import decision, moment, pair, parked, pending, review
from tessera.store.system.timeline import state as head_table

_CHUNK = 5_000
_DECIDED = ("document", "fact", "due", "change")
_ACCOUNTS_OWN = ("lapse", "settle")


def rows_of_lives(work: Work) -> Iterator[Fault]:
    """Moments that were changed, and rows that lack what belongs to them."""
    yield from _moments(work)
    yield from _lost(work)
    yield from _current(work)
    yield from _revisions(work)
    yield from _holders(work)
    yield from _parked(work)
    for table, sealed, prefix, column in _TALLIED:
        for found in tallies.differing(work, table, sealed, prefix, partial(_group, column)):
            yield Fault(table.name, *found)
    yield from _used_holds(work)
    for timeline in work.model.all("timeline"):
        yield from _documents(work, Program.of(work.model, timeline))


_TALLIED: tuple[tuple[sa.Table, tuple[str, ...], str, str], ...] = (
    (hold, holds.HOLD, holds.TALLY, "account_id"),
    (pending, watching.PENDING, watching.TALLY, "timeline"),
    (review, reviewing.REVIEW, reviewing.TALLY, "timeline"),
)
"""Tables of rows that nothing else tells of, what their hash is over, and how their tallies are called."""


def _group(column: str, row: Any) -> object:
    return getattr(row, column)


def _parked(work: Work) -> Iterator[Fault]:
    for row in work.tx.execute(sa.select(parked).order_by(parked.c.moment_id)):
        wanted = seal([getattr(row, name) for name in PARKED])
        if row.hash != wanted:
            yield Fault(parked.name, row.moment_id, "hash", row.hash, wanted)


def _used_holds(work: Work) -> Iterator[Fault]:
    """What was used of a hold is a fact on the holder's timeline."""
    own = sa.case((account.c.name == "", ""), else_=account.c.name + ":")
    told = sa.exists().where(moment.c.holder == account.c.holder, moment.c.kind == "fact",
                             moment.c.key == sa.literal("hold:") + own + hold.c.key)
    used = sa.select(hold.c.id).join(account, account.c.id == hold.c.account_id)
    yield from _found(work, hold, "fact", used.where(hold.c.state == "used", sa.not_(told)))


def _found(work: Work, table: sa.Table, rule: str, statement: Any, wanted: str = "") -> Iterator[Fault]:
    for number in work.tx.execute(statement).scalars():
        yield Fault(table.name, int(number), rule, wanted=wanted)


def _moments(work: Work) -> Iterator[Fault]:
    last = 0
    columns = [moment.c[name] for name in (*MOMENT, *MORE)]
    while True:
        page = sa.select(moment.c.hash, moment.c.payload, *columns).where(moment.c.id > last)
        rows = work.tx.execute(page.order_by(moment.c.id).limit(_CHUNK)).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            values = tuple(row)[2:]
            wanted = moment_seal(values[: len(MOMENT)], values[len(MOMENT) :])
            if row.hash != wanted:
                yield Fault(moment.name, row.id, "hash", row.hash, wanted)
            payload = blake2b((row.payload or "").encode(), digest_size=12).hexdigest()
            is_told = row.kind in ("fact", "change")
            if payload != row.content if is_told else row.payload is not None:
                yield Fault(moment.name, row.id, "payload", str(row.payload))


def _lost(work: Work) -> Iterator[Fault]:
    """Decisions, movements, lots and parked moments without a moment, and pairs without a decision."""
    for table in (decision, movement, lot, parked):
        lost = sa.select(table.c.moment_id).outerjoin(moment, moment.c.id == table.c.moment_id)
        yield from _found(work, moment, table.name.removeprefix("tsr_"), lost.where(moment.c.id.is_(None)).distinct())
    alone = sa.select(pair.c.decision_id).outerjoin(decision, decision.c.id == pair.c.decision_id)
    yield from _found(work, decision, "pair", alone.where(decision.c.id.is_(None)).distinct())


def _current(work: Work) -> Iterator[Fault]:
    """A moment that takes part has one decision in force or waits; one that does not has none and posts nothing."""
    in_force = sa.exists().where(decision.c.moment_id == moment.c.id, decision.c.is_current)
    waits = sa.exists().where(parked.c.moment_id == moment.c.id)
    decided = moment.c.kind.in_(_DECIDED)
    change = moment.alias()
    stands = sa.exists().where(change.c.changes == moment.c.id)  # what it posted stays, and a change posts against it
    wrong = sa.or_(
        sa.and_(moment.c.is_present, sa.or_(sa.and_(in_force, waits), sa.not_(sa.or_(in_force, waits)))),
        sa.and_(sa.not_(moment.c.is_present), sa.or_(in_force, waits)),
    )
    yield from _found(work, moment, "decision", sa.select(moment.c.id).where(decided, wrong, sa.not_(stands)))
    net = (
        sa.select(movement.c.moment_id, sa.func.sum(movement.c.amount).label("net"))
        .group_by(movement.c.moment_id, movement.c.account_id, movement.c.step, movement.c.round, movement.c.move,
                  movement.c.name, movement.c.business_at)
        .having(sa.func.sum(movement.c.amount) != 0)
        .subquery()
    )
    posts = moment.c.id.in_(sa.select(net.c.moment_id))
    absent = sa.select(moment.c.id).where(sa.not_(moment.c.is_present), posts, sa.not_(stands))
    yield from _found(work, moment, "is_present", absent, "true")
    idle = sa.select(moment.c.id).where(moment.c.is_present, moment.c.kind.in_(_ACCOUNTS_OWN), sa.not_(posts))
    yield from _found(work, moment, "is_present", idle, "false")


def _revisions(work: Work) -> Iterator[Fault]:
    """Revisions count from one without a gap, and only the last may be in force."""
    highest, current = sa.func.max(decision.c.revision), sa.case((decision.c.is_current, decision.c.revision), else_=0)
    statement = sa.select(decision.c.moment_id).group_by(decision.c.moment_id).having(
        sa.or_(highest != sa.func.count(), sa.func.min(decision.c.revision) != 1,
               sa.func.sum(current).not_in([0, highest]))
    )
    yield from _found(work, moment, "revision", statement)


def _holders(work: Work) -> Iterator[Fault]:
    """A movement stands on the account of its moment's holder, who has a head."""
    foreign = (
        sa.select(movement.c.account_id)
        .join(account, account.c.id == movement.c.account_id)
        .join(moment, moment.c.id == movement.c.moment_id)
        .where(account.c.holder != moment.c.holder)
        .distinct()
    )
    yield from _found(work, account, "holder", foreign)
    headless = (
        sa.select(moment.c.holder)
        .outerjoin(head_table, sa.and_(head_table.c.timeline == moment.c.timeline,
                                       head_table.c.holder == moment.c.holder))
        .where(moment.c.is_present, head_table.c.at.is_(None),
               sa.not_(sa.exists().where(pending.c.timeline == moment.c.timeline, pending.c.holder == moment.c.holder)))
        .distinct()
    )
    yield from _found(work, head_table, "missing", headless)


def _documents(work: Work, program: Program) -> Iterator[Fault]:
    """Documents that should be moments but are not, and do not wait to be settled either."""
    documents = Documents(work, Programs(work, program.doc))
    for key, definition in program.moments.items():
        entity = work.model.entities[key]
        table = work.tables.of(entity)
        holder = entity.field(definition.holder)
        assert holder is not None, "check has found the field"
        own = sa.and_(moment.c.entity == key, moment.c.document_id == table.c.id)
        known = sa.exists().where(moment.c.timeline == program.doc.key, own, moment.c.is_present)
        waits = sa.exists().where(pending.c.timeline == program.doc.key, pending.c.entity == key,
                                  pending.c.document_id == table.c.id)
        missing = sa.select(table.c.id).where(
            table.c.deleted_at.is_(None), table.c[holder.column or holder.name].is_not(None),
            sa.not_(sa.or_(known, waits)),
        )
        for found in documents.moments(key, list(work.tx.execute(missing).scalars())):
            yield Fault(table.name, found.moment.document_id, "moment", "none")
