"""Triggers about ledgers: what was posted, and balances that have come past a threshold.

Postings are gathered while a transaction lasts, and looked at when it ends: a balance that went down and up again in it
has crossed nothing. Which runs begin is left in the outbox with the postings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.flows.packing import pack
from tessera.engine.flows.reading import read_records
from tessera.engine.flows.triggers.base import MATCHERS, Matcher
from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.hooks import BalanceChange, Movement, listeners
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.formula import Formula, FormulaError
from tessera.meta.flows import FlowDoc
from tessera.meta.kinds.flow import EVENT
from tessera.meta.model import Model
from tessera.meta.rules import LedgerDoc
from tessera.meta.triggers.balance_crosses_trigger import BalanceCrosses
from tessera.meta.triggers.ledger_posted_trigger import LedgerPosted
from tessera.store.system.ledger import account

POSTED, CROSSES = "ledger_posted", "balance_crosses"
_FLOWS, _GATHERED = "flows.of_ledgers", "flows.postings"


class AboutLedger(Matcher):
    """Is asked about no change of a record."""


@dataclass
class _Gathered:
    """What a transaction has posted. balances: before and after, by account."""

    movements: list[Movement] = field(default_factory=list)
    balances: dict[int, tuple[int, int]] = field(default_factory=dict)


class FlowsOfLedgers:
    """Hears of postings on ledgers that flows ask about."""

    def ledgers(self, work: Work) -> Collection[str]:
        """Their keys."""
        return flows_of_ledgers(work.model)

    def posted(self, work: Work, movements: Sequence[Movement], balances: Sequence[BalanceChange]) -> None:
        """Gather them until the transaction ends."""
        found: _Gathered = work.scratch.setdefault(_GATHERED, _Gathered())
        found.movements += movements
        for each in balances:
            before = found.balances.get(each.account, (each.before, 0))[0]
            found.balances[each.account] = (before, each.after)
        work.defer(_GATHERED, _tell)


def flows_of_ledgers(model: Model) -> Mapping[str, list[FlowDoc]]:
    """The active flows about ledgers, by the ledger's key."""
    found: dict[str, list[FlowDoc]] | None = model.cache.get(_FLOWS)
    if found is None:
        found = model.cache[_FLOWS] = {}
        for doc in model.all("flow"):
            if doc.is_active and doc.trigger.on in (POSTED, CROSSES):
                found.setdefault(doc.trigger.options.ledger, []).append(doc)
    return found


def _tell(work: Work) -> None:
    """Leave the events that flows are to begin by."""
    gathered: _Gathered = work.scratch.pop(_GATHERED)
    flows = flows_of_ledgers(work.model)
    accounts = _accounts(work, {*(each.account for each in gathered.movements), *gathered.balances})
    by_topic: dict[tuple[str, str], list[tuple[int | None, Json]]] = {}
    rows = _Rows(work)
    for key, docs in sorted(flows.items()):
        ledger: LedgerDoc = work.model.parts["ledger"][key]
        for doc in docs:
            for number, told in _asked(doc, ledger, gathered, accounts):
                holder = accounts[number]["holder"]
                begins = rows.told(doc, holder, {**told, "ledger": ledger.name, "account": accounts[number]["name"]})
                if begins is not None:
                    payload = {"by": work.ctx.actor.id, "flows": [begins]}
                    by_topic.setdefault((doc.trigger.on, doc.entity), []).append((holder, payload))
    for (topic, entity), events in by_topic.items():
        outbox.emit(work, topic, entity, events)


def _accounts(work: Work, numbers: Collection[int]) -> dict[int, Mapping[str, Any]]:
    wanted = sorted(numbers)
    found: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(wanted), 5_000):
        rows = work.tx.rows(sa.select(account).where(account.c.id.in_(wanted[start : start + 5_000])))
        found.update({row["id"]: row for row in rows if row["holder"]})
    return found


def _asked(doc: FlowDoc, ledger: LedgerDoc, gathered: _Gathered, accounts: Mapping[int, Mapping[str, Any]]
           ) -> Iterator[tuple[int, dict[str, Any]]]:  # fmt: skip
    """The account and what the event holds, of everything that a flow may mean, in the order of its happening."""
    if doc.trigger.on == POSTED:
        options: LedgerPosted = doc.trigger.options
        for each in gathered.movements:
            is_meant = each.ledger == ledger.key and each.account in accounts
            if is_meant and options.means(each.move, each.total):
                yield each.account, {
                    "movement": each.id, "move": each.move, "total": each.total,
                    "amount": to_amount(each.amount, ledger.scale), "effect": to_amount(each.effect, ledger.scale),
                    "business_at": each.business_at, "business_on": each.business_on,
                    "is_correction": each.is_correction,
                }  # fmt: skip
        return
    for number, (before, after) in sorted(gathered.balances.items()):
        if before != after and number in accounts and accounts[number]["ledger"] == ledger.key:
            yield number, {"before": to_amount(before, ledger.scale), "after": to_amount(after, ledger.scale)}


class _Rows:
    """Records of holders, as the formulas of triggers read them; each is read once for a flow."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._kept: dict[tuple[str, int], dict[str, Any]] = {}

    def told(self, doc: FlowDoc, holder: int, extra: dict[str, Any]) -> list[Json] | None:
        """[flow's key, order key, what the event holds besides, error]; None for what the flow does not mean."""
        from tessera.engine.flows.noticing import lane_of  # it asks this package for what changes mean

        work = self.work
        record = self._record(doc, holder)
        blanks = {each.name: None for each in EVENT}
        told = {**blanks, "topic": doc.trigger.on, "at": work.now, "by": work.ctx.actor.id, "changed": [], **extra}
        env = {"record": record, "event": told}
        try:
            if doc.trigger.on == CROSSES:
                crossed = _crossing(doc.trigger.options, extra, env, work)
                if crossed is None:
                    return None
                extra = {**extra, **crossed}
                told.update(crossed)
            if doc.trigger.when is not None and doc.trigger.when(env, work.host()) is not True:
                return None
            lane = lane_of(doc, doc.entity, holder, lambda formula: formula(env, work.host()))
        except FormulaError as error:
            lane = lane_of(doc, doc.entity, holder, None)
            return [doc.key, lane, pack(extra), {"code": error.code, "message": error.message}]
        return [doc.key, lane, pack(extra)]

    def _record(self, doc: FlowDoc, holder: int) -> dict[str, Any]:
        if (doc.key, holder) not in self._kept:
            asked: list[Formula | None] = [doc.trigger.when, doc.order, getattr(doc.trigger.options, "threshold", None)]
            reads = (path for each in asked if each is not None for path in each.reads)
            paths = {path[1:] for path in reads if path[0] == "record" and len(path) > 1}
            entity = self.work.model.entities[doc.entity]
            found = read_records(self.work, entity, [holder], paths) if paths else {}
            self._kept[doc.key, holder] = found.get(holder, {"id": holder})
        return self._kept[doc.key, holder]


def _crossing(options: BalanceCrosses, told: Mapping[str, Any], env: Mapping[str, Any], work: Work
              ) -> dict[str, Any] | None:  # fmt: skip
    """The threshold and the direction in which a balance has come past it; None when it has not, or not that way."""
    threshold = options.threshold(env, work.host())
    if threshold is None:
        return None
    before, after = Decimal(told["before"]), Decimal(told["after"])
    if before < threshold <= after:
        direction = "up"
    elif before >= threshold > after:
        direction = "down"
    else:
        return None
    return {"threshold": threshold, "direction": direction} if options.means(direction) else None


MATCHERS.add(POSTED, AboutLedger())
MATCHERS.add(CROSSES, AboutLedger())
listeners.append(FlowsOfLedgers())
