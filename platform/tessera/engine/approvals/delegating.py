"""Who stands for whom: for a time, a person lets another decide in his place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tessera.engine import outbox
from tessera.engine.approvals.names import person_json, remember
from tessera.engine.approvals.people import active_among
from tessera.engine.approvals.state import Hand
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem
from tessera.store.system.approvals import delegates

LONGEST = timedelta(days=366)
_MOST = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """That somebody may act in a person's place. flows: keys of the flows meant, None for all."""

    person: int
    flows: frozenset[str] | None

    def covers(self, flow: str) -> bool:
        """Whether approvals of the flow of that key are meant."""
        return self.flows is None or flow in self.flows


def standings(work: Work, person: int) -> list[Standing]:
    """In whose place a person may act now."""
    key = ("cache:approvals.standings", person)
    known: dict[Any, list[Standing]] = work.scratch.setdefault("cache:approvals.standings", {})
    if key not in known:
        mine = delegates.c
        query = sa.select(mine.person_id, mine.flows).where(
            mine.delegate_id == person, mine.ended_at.is_(None), mine.from_at <= work.now, mine.until_at > work.now
        )
        known[key] = [
            Standing(row["person_id"], None if row["flows"] is None else frozenset(row["flows"]))
            for row in work.tx.rows(query.order_by(mine.id))
        ]
    return known[key]


def stand_ins(work: Work, person: int, flow: str) -> list[int]:
    """Who may act in a person's place now, about approvals of the flow of that key."""
    mine = delegates.c
    query = sa.select(mine.delegate_id, mine.flows).where(
        mine.person_id == person, mine.ended_at.is_(None), mine.from_at <= work.now, mine.until_at > work.now
    )
    rows = work.tx.rows(query.order_by(mine.id))
    return list(dict.fromkeys(row["delegate_id"] for row in rows if row["flows"] is None or flow in row["flows"]))


def hand_of(work: Work, flow: str) -> Hand:
    """The transaction's actor as a hand that acts on approvals of the flow of that key."""
    actor = work.ctx.actor
    stands_for = frozenset(each.person for each in standings(work, actor.id) if each.covers(flow))
    return Hand(actor.id, stands_for, actor.is_admin)


def delegate(
    work: Work, *, to: int, from_at: datetime, until_at: datetime, flows: Sequence[str] | None = None,
    reason: str = "", person: int | None = None,
) -> dict[str, Json]:  # fmt: skip
    """Let somebody decide in one's place from one instant to another. person: for whom, by administrators only.

    flows: names of the flows meant, None for all. Raises: Forbidden, Invalid.
    """
    who = work.ctx.actor.id if person is None else person
    if who != work.ctx.actor.id and not work.ctx.actor.is_admin:
        raise Forbidden(action="delegate")
    keys = None if flows is None else _keys(work, flows)
    _ensure_sound(work, who, to, from_at, until_at)
    (number,) = work.tx.allocate(delegates.name, 1)
    row = {
        "id": number, "person_id": who, "delegate_id": to, "from_at": from_at, "until_at": until_at, "flows": keys,
        "reason": reason or None, "made_by": work.ctx.actor.id, "made_at": work.now, "ended_at": None,
    }  # fmt: skip
    work.tx.execute(sa.insert(delegates), [row])
    outbox.emit(work, "approval.delegated", "", [(None, {"delegation": number, "person": who, "to": to})])
    return delegation_json(work, row)


def _ensure_sound(work: Work, who: int, to: int, from_at: datetime, until_at: datetime) -> None:
    problems = []
    if to == who or to not in active_among(work, [to]):
        problems.append(Problem("unknown_user", "/to", "There is no such person to delegate to."))
    if who not in active_among(work, [who]):
        problems.append(Problem("unknown_user", "/person", "There is no such person."))
    if not from_at < until_at <= from_at + LONGEST or until_at <= work.now:
        problems.append(Problem("wrong_value", "/until_at", "This must be after from_at, within a year, and to come."))
    mine = delegates.c
    overlap = sa.select(sa.func.count()).where(
        mine.person_id == who, mine.ended_at.is_(None), mine.from_at < until_at, mine.until_at > from_at
    )
    if not problems and int(work.tx.scalar(overlap)) >= _MOST:
        problems.append(Problem("too_many", "/", f"There are {_MOST} delegations for this time already."))
    if problems:
        raise Invalid(problems)


def _keys(work: Work, flows: Sequence[str]) -> list[str]:
    found = {name: work.model.names.get(("flow", name)) for name in flows}
    unknown = [place for place, name in enumerate(flows) if found[name] is None]
    if unknown or not flows:
        raise Invalid(Problem("unknown_flow", f"/flows/{place}", "There is no such flow.") for place in unknown or (0,))
    return sorted(key for key in found.values() if key)


def end(work: Work, number: int) -> None:
    """End a delegation of one's own, or anybody's for administrators. Raises: NotFound."""
    mine = delegates.c
    statement = sa.update(delegates).where(mine.id == number, mine.ended_at.is_(None))
    if not work.ctx.actor.is_admin:
        statement = statement.where(mine.person_id == work.ctx.actor.id)
    if work.tx.execute(statement.values(ended_at=work.now)).rowcount != 1:
        raise NotFound(what="delegation")


def listed(work: Work) -> list[dict[str, Json]]:
    """Delegations that have not ended, from and to the actor, by their beginning."""
    me, mine = work.ctx.actor.id, delegates.c
    query = sa.select(delegates).where(
        sa.or_(mine.person_id == me, mine.delegate_id == me), mine.ended_at.is_(None), mine.until_at > work.now
    )
    return [delegation_json(work, row) for row in work.tx.rows(query.order_by(mine.from_at, mine.id).limit(200))]


def delegation_json(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    """A delegation as it goes over the wire."""
    remember(work, [row["person_id"], row["delegate_id"]])
    names = None
    if row["flows"] is not None:
        flows = work.model.parts.get("flow", {})
        names = [flows[key].name for key in row["flows"] if key in flows]
    return {
        "id": row["id"],
        "person": person_json(work, row["person_id"]),
        "to": person_json(work, row["delegate_id"]),
        "from_at": row["from_at"],
        "until_at": row["until_at"],
        "flows": names,
        "reason": row["reason"] or "",
        "is_active": row["from_at"] <= work.now < row["until_at"],
    }
