"""What people see of lives: accounts, movements, lots, decisions, and what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.parts import account_name, ids_of
from tessera.engine.timeline.figures import Figures, bound_of, figures_of, posted_before, timeline_named
from tessera.engine.timeline.lives import tuples
from tessera.engine.timeline.program import Program
from tessera.engine.work import Work
from tessera.errors import Invalid, NotFound, Problem
from tessera.meta.rules import LedgerDoc, TimelineDoc
from tessera.store.system.ledger import account, movement
from tessera.store.system.timeline import decision, moment, parked

PAGE_ROWS = 100


def ledger_named(work: Work, name: str) -> LedgerDoc:
    """The ledger of that name. Raises: NotFound("not_found")."""
    found = work.model.part("ledger", name)
    if not isinstance(found, LedgerDoc):
        raise NotFound(what="ledger")
    return found


def timeline_of_holder(work: Work, entity_key: str) -> TimelineDoc:
    """The timeline whose holders are records of that entity. Raises: NotFound("not_found")."""
    for each in work.model.all("timeline"):
        if each.per == entity_key:
            return each  # type: ignore[no-any-return]
    raise NotFound(what="timeline")


def account_named(doc: LedgerDoc, beside: Sequence[int]) -> str | None:
    """The account's name, by the ids of what it is kept by besides its holder; None for all of the holder's.

    Raises: NotFound("not_found") when the ledger keeps no such accounts.
    """
    if not beside:
        return None
    if len(beside) != len(doc.beside):
        raise NotFound(what="account")
    return account_name(beside)


def one_account(doc: LedgerDoc, beside: Sequence[int]) -> str:
    """The name of the one account that is meant. Raises: Invalid("invalid") when that is not said."""
    if len(beside) != len(doc.beside):
        message = f"Say which account is meant: {len(doc.beside)} keys besides the holder's."
        raise Invalid([Problem("wrong_value", "/beside", message)])
    return account_name(beside)


def accounts(
    work: Work, ledger: str, holders: Sequence[int], as_of: date | datetime | None = None, *,
    beside: Sequence[int] = (),
) -> dict[int, Figures]:
    """The account of each of these holders in a ledger; those that have none have zeros.

    beside: of ledgers in which a holder has several accounts, which; left out: all of them together.
    """
    doc = ledger_named(work, ledger)
    program = Program.of(work.model, timeline_of_holder(work, doc.per))
    found = {number: Figures(doc.scale) for number in holders}
    for each in figures_of(work, program, holders, as_of, account_named(doc, beside)):
        found[each.holder] = each.ledgers[doc.name]
    return found


def accounts_of(work: Work, ledger: str, holder: int) -> list[tuple[int, ...]]:
    """Of a ledger in which a holder has several accounts, what each is kept by: ids in the ledger's order."""
    doc = ledger_named(work, ledger)
    names = sa.select(account.c.name).where(account.c.ledger == doc.key, account.c.holder == holder)
    return sorted(tuple(ids_of(name)) for name in work.tx.execute(names).scalars() if name)


def movements(work: Work, ledger: str, holder: int, *, limit: int = PAGE_ROWS, before: int | None = None,
              as_of: date | datetime | None = None, posted_by: datetime | None = None, beside: Sequence[int] = ()
              ) -> list[dict[str, Any]]:
    """Movements of a holder, the latest posted first; before: id of the last one of the page before.

    as_of: only what happened until the end of that day, or that instant. posted_by: only what was posted by then.
    beside: of ledgers in which a holder has several accounts, which; each row says its own.
    """
    doc = ledger_named(work, ledger)
    name = account_named(doc, beside)
    statement = (
        sa.select(movement, account.c.name.label("account"), moment.c.kind, moment.c.entity, moment.c.document_id)
        .join(account, account.c.id == movement.c.account_id)
        .join(moment, moment.c.id == movement.c.moment_id)
        .where(account.c.ledger == doc.key, account.c.holder == holder)
        .order_by(movement.c.id.desc())
        .limit(limit)
    )
    if name is not None:
        statement = statement.where(account.c.name == name)
    if before is not None:
        statement = statement.where(movement.c.id < before)
    if as_of is not None:
        bound = bound_of(Program.of(work.model, timeline_of_holder(work, doc.per)), as_of)
        statement = statement.where(posted_before(bound))
    if posted_by is not None:
        statement = statement.where(movement.c.posted_at <= posted_by)
    rows = work.tx.rows(statement)
    for row in rows:
        row["amount"] = to_amount(row["amount"], doc.scale)
        row["effect"] = to_amount(row["effect"], doc.scale)
        row["beside"] = ids_of(row.pop("account"))
    return rows


def decision_of(work: Work, entity: str, document_id: int) -> dict[str, Any] | None:
    """The current decision on a document, with its moment; None when it takes part in no timeline.

    Keys: moment (id, at, day, holder …), revision, release, decided_at, inputs, values, lines, state, figures, reviews
    (JSON: numbers are texts), and `parked` (code, message, params) when its rules fail.
    """
    found = work.model.entity(entity)
    if found is None:
        raise NotFound(what="entity")
    row = work.tx.row(
        sa.select(moment).where(moment.c.entity == found.key, moment.c.document_id == document_id, moment.c.is_present)
    )
    if row is None:
        return None
    result: dict[str, Any] = {"moment": _moment(row), "parked": _parked(work, row["id"])}
    current = work.tx.row(sa.select(decision).where(decision.c.moment_id == row["id"], decision.c.is_current))
    result.update(_opened(current) if current is not None else {})
    return result


def revisions(work: Work, moment_id: int) -> list[dict[str, Any]]:
    """Every decision on a moment, the first one first."""
    rows = work.tx.rows(sa.select(decision).where(decision.c.moment_id == moment_id).order_by(decision.c.revision))
    return [_opened(row) for row in rows]


def waiting(work: Work, timeline: str, *, limit: int = PAGE_ROWS) -> list[dict[str, Any]]:
    """Moments whose rules fail, the longest waiting first."""
    doc = timeline_named(work, timeline)
    statement = (
        sa.select(parked, moment.c.entity, moment.c.document_id, moment.c.at)
        .join(moment, moment.c.id == parked.c.moment_id)
        .where(parked.c.timeline == doc.key)
        .order_by(parked.c.since, parked.c.moment_id)
        .limit(limit)
    )
    rows = work.tx.rows(statement)
    for row in rows:
        row["params"] = orjson.loads(row["params"])
    return rows


def decisions_in_order(work: Work, timeline: str, as_of: date | None = None) -> Iterator[dict[str, Any]]:
    """Every current decision on a document, in the timeline's order over all holders, as `decision_of` gives them.

    `posted`: what was posted for it, {ledger: {total: amount}}.
    """
    doc = timeline_named(work, timeline)
    scales = {each.key: (each.name, each.scale) for each in Program.of(work.model, doc).ledgers}
    place = (moment.c.at, moment.c.rank, moment.c.key, moment.c.id)
    chosen = (
        sa.select(*(column.label(f"moment_{column.name}") for column in moment.c), decision)
        .join(decision, sa.and_(decision.c.moment_id == moment.c.id, decision.c.is_current))
        .where(moment.c.timeline == doc.key, moment.c.kind == "document", moment.c.is_present)
        .order_by(*place)
        .limit(PAGE_ROWS * 10)
    )
    if as_of is not None:
        chosen = chosen.where(moment.c.business_on <= as_of)
    statement = chosen
    while rows := work.tx.rows(statement):
        posted = _posted(work, [row["moment_id"] for row in rows], scales)
        for row in rows:
            own = {name.removeprefix("moment_"): row.pop(name) for name in list(row) if name.startswith("moment_")
                   and name != "moment_id"}
            own["id"] = row["moment_id"]
            yield {"moment": _moment(own), **_opened(row), "posted": posted.get(row["moment_id"], {})}
        values = [sa.literal(own[column.name], column.type) for column in place]
        statement = chosen.where(sa.tuple_(*place) > sa.tuple_(*values))


def _posted(work: Work, moments: list[int], scales: Mapping[str, tuple[str, int]]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for column in (moment.c.id, moment.c.changes):
        columns = (column, account.c.ledger, movement.c.name)
        statement = (
            sa.select(*columns, sa.func.sum(movement.c.amount))
            .join(moment, moment.c.id == movement.c.moment_id)
            .join(account, account.c.id == movement.c.account_id)
            .where(column.in_(moments))
            .group_by(*columns)
        )
        for number, ledger, name, units in tuples(work, statement):
            own, scale = scales[ledger]
            totals = found.setdefault(number, {}).setdefault(own, {})
            totals[name] = totals.get(name, 0) + to_amount(int(units), scale)
    return found


def _moment(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "holder", "kind", "entity", "document_id", "at", "rank", "key", "business_on")
    return {name: row[name] for name in names}


def _parked(work: Work, moment_id: int) -> dict[str, Any] | None:
    row = work.tx.row(sa.select(parked).where(parked.c.moment_id == moment_id))
    if row is None:
        return None
    return {**{name: row[name] for name in ("code", "message", "since")}, "params": orjson.loads(row["params"])}


_TEXTS = ("inputs", "values", "lines", "state", "figures")


def _opened(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: orjson.loads(row[name]) for name in _TEXTS}
    found["reviews"] = orjson.loads(row["reviews"]) if row["reviews"] else []
    return {**found, **{name: row[name] for name in ("revision", "release", "decided_at", "is_current")}}
