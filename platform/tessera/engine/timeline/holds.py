"""Holds: units of an account that are set aside until an instant. They lessen what is available, not the balance.

A hold resolves at most once: it is posted (all of it or less, the rest is free again), released, or its time is over.
What is posted is a fact on the holder's timeline: the one that the ledger names, whose rules take the units, else a
posting under the total `held_used`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tessera.engine.ledger import tallies
from tessera.engine.ledger.amounts import to_amount, to_units
from tessera.engine.ledger.parts import ids_of
from tessera.engine.ledger.seals import seal
from tessera.engine.rules.failures import NotCovered
from tessera.engine.timeline.facts import NOTHING, definition_of, post, record_fact
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import accounts, ledger_named, one_account, timeline_of_holder
from tessera.engine.timeline.settle import Settler
from tessera.engine.work import Work
from tessera.errors import Conflict, Invalid, NotFound, Problem
from tessera.meta.rules import FactDef, LedgerDoc
from tessera.store.system.ledger import account
from tessera.store.system.ledger import hold as table

HELD_USED = "held_used"
HOLD = ("id", "account_id", "key", "amount", "until", "state", "used", "posted_at")
"""What the hash of a hold is over, in its order."""
TALLY = "hold:"
"""With the account's id the name of the tally of its holds."""


class HoldOver(Conflict):
    """The hold {key} is {state}."""

    code = "hold_over"
    hint = "A hold is posted or released once, and ends by itself."


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as it stands. state: open, used, released, or over when its time ended while it was open.

    beside: of ledgers in which a holder has several accounts, which: ids in the ledger's order.
    """

    key: str
    amount: int | Decimal
    until: datetime
    state: str
    used: int | Decimal
    beside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Of:
    """The account that a hold is on."""

    doc: LedgerDoc
    holder: int
    name: str

    def number(self) -> sa.Select[Any]:
        """Its id."""
        own = (account.c.ledger == self.doc.key, account.c.holder == self.holder, account.c.name == self.name)
        return sa.select(account.c.id).where(*own)

    def fact_key(self, key: str) -> str:
        """Under what key the use of a hold is recorded."""
        return f"hold:{self.name}:{key}" if self.name else f"hold:{key}"


def hold(work: Work, ledger: str, holder: int, amount: int | Decimal, *, key: str, until: datetime | None = None,
         beside: Sequence[int] = ()) -> Hold:
    """Set units aside until an instant, else as long as the ledger allows; the same again changes nothing.

    beside: of ledgers in which a holder has several accounts, which: ids in the ledger's order.
    Raises: NotCovered, Conflict for the key with other values, Invalid for an instant that has passed or is too late.
    """
    of = _locked(work, ledger, holder, beside)
    doc, known = of.doc, _row(work, of, key)
    if known is not None:
        if known.amount != to_units(amount, doc.scale) or until not in (None, known.until):
            raise Conflict("This hold is there already, with other values.")
        return _told(work, of, known)
    latest = work.now + timedelta(seconds=doc.hold_s)
    ends = latest if until is None else until
    if not work.now < ends <= latest:
        message = f"It must lie in the future, at most {doc.hold_s} seconds away."
        raise Invalid([Problem("wrong_value", "/until", message)])
    units = to_units(amount, doc.scale)
    if units <= 0:
        raise Invalid([Problem("wrong_value", "/amount", "The amount must be above 0.")])
    available = accounts(work, ledger, [holder], beside=beside)[holder]["available"]
    if amount > available:
        raise NotCovered(ledger=ledger, shortfall=str(amount - available), step="")
    own = work.tx.scalar(of.number())
    assert own is not None, "what is available is in an account"
    row = (work.tx.allocate(table.name, 1)[0], own, key, units, ends, "open", 0, None)
    hash_ = seal(row)
    work.tx.insert_many(table, (*HOLD, "hash"), [(*row, hash_)])
    tallies.tell(work, f"{TALLY}{own}", [hash_])
    return _told(work, of, _known(work, of, key))


def release_hold(work: Work, ledger: str, holder: int, *, key: str, beside: Sequence[int] = ()) -> Hold:
    """Free what is held; nothing happens when that is so already. Raises: NotFound, HoldOver when it was posted."""
    of = _locked(work, ledger, holder, beside)
    known = _known(work, of, key)
    found = _told(work, of, known)
    if found.state == "used":
        raise HoldOver(key=key, state=found.state)
    if found.state == "open":
        _resolve(work, known, "released", 0)
    return _told(work, of, _known(work, of, key))


def post_hold(work: Work, ledger: str, holder: int, amount: int | Decimal | None = None, *, key: str,
              values: Mapping[str, Any] = NOTHING, at: datetime | None = None, beside: Sequence[int] = ()) -> int:
    """Take what was held, or less of it, at that instant (now); the id of the moment that does it.

    values: further ones of the fact that the ledger names. The same again gives the first answer.
    Raises: NotFound, HoldOver, NotCovered when it is more than was held, and what the rules of the fact say against it.
    """
    of = _locked(work, ledger, holder, beside)
    doc, known = of.doc, _known(work, of, key)
    found = _told(work, of, known)
    units = known.amount if amount is None else to_units(amount, doc.scale)
    if found.state == "used" and known.used == units:
        return _posted(work, of, units, key, values, at or known.posted_at)
    if found.state != "open":
        raise HoldOver(key=key, state=found.state)
    if not 0 < units <= known.amount:
        raise NotCovered(ledger=ledger, shortfall=str(to_amount(max(units - known.amount, 0), doc.scale)), step="")
    when = at or work.now
    _resolve(work, known, "used", units, when)
    return _posted(work, of, units, key, values, when)


def hold_of(work: Work, ledger: str, holder: int, *, key: str, beside: Sequence[int] = ()) -> Hold:
    """The hold of that key. Raises: NotFound("not_found")."""
    doc = ledger_named(work, ledger)
    of = _Of(doc, holder, one_account(doc, beside))
    return _told(work, of, _known(work, of, key))


def holds_of(work: Work, ledger: str, holder: int, *, open_only: bool = True, limit: int = 100, offset: int = 0
          ) -> list[Hold]:
    """The holds of a holder, the latest first. open_only: those that still lessen what is available."""
    doc = ledger_named(work, ledger)
    statement = (
        sa.select(table, account.c.name)
        .join(account, account.c.id == table.c.account_id)
        .where(account.c.ledger == doc.key, account.c.holder == holder)
    )
    if open_only:
        statement = statement.where(table.c.state == "open", table.c.until > work.now)
    rows = work.tx.execute(statement.order_by(table.c.id.desc()).limit(limit).offset(offset))
    return [_told(work, _Of(doc, holder, row.name), row) for row in rows]


def fact_of(work: Work, doc: LedgerDoc) -> FactDef:
    """The fact that posting a hold of a ledger records. Raises: NotFound for a ledger that names none."""
    return definition_of(Program.of(work.model, timeline_of_holder(work, doc.per)), doc.hold_fact)


def _posted(work: Work, of: _Of, units: int, key: str, values: Mapping[str, Any], at: datetime) -> int:
    doc, amount, beside = of.doc, to_amount(units, of.doc.scale), ids_of(of.name)
    if not doc.hold_fact:
        return post(work, doc.name, of.holder, "take", amount, key=of.fact_key(key), name=HELD_USED, at=at,
                    beside=beside)
    fields = fact_of(work, doc).beside
    named = {fields[entity]: number for entity, number in zip(doc.beside, beside, strict=True)}
    timeline = timeline_of_holder(work, doc.per).name
    return record_fact(work, timeline, of.holder, doc.hold_fact, key=of.fact_key(key), at=at,
                       values={**values, **named, "amount": amount})


def _locked(work: Work, ledger: str, holder: int, beside: Sequence[int]) -> _Of:
    doc = ledger_named(work, ledger)
    of = _Of(doc, holder, one_account(doc, beside))
    Settler(work, timeline_of_holder(work, doc.per)).lock([holder])
    return of


def _row(work: Work, of: _Of, key: str) -> Any:
    mine = table.c.account_id.in_(of.number())
    return work.tx.execute(sa.select(table).where(mine, table.c.key == key)).first()


def _known(work: Work, of: _Of, key: str) -> Any:
    row = _row(work, of, key)
    if row is None:
        raise NotFound(what="hold")
    return row


def _told(work: Work, of: _Of, row: Any) -> Hold:
    state = "over" if row.state == "open" and row.until <= work.now else row.state
    amount, used = to_amount(row.amount, of.doc.scale), to_amount(row.used, of.doc.scale)
    return Hold(row.key, amount, row.until, state, used, tuple(ids_of(of.name)))


def _resolve(work: Work, row: Any, state: str, used: int, at: datetime | None = None) -> None:
    values = {name: getattr(row, name) for name in HOLD} | {"state": state, "used": used, "posted_at": at}
    hash_ = seal(values.values())
    work.tx.execute(
        sa.update(table).where(table.c.id == row.id).values(state=state, used=used, posted_at=at, hash=hash_)
    )
    tallies.tell(work, f"{TALLY}{row.account_id}", [hash_], [row.hash])
