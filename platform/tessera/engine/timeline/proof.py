"""Proving decisions and heads: what is kept agrees with its hashes and with the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine import ledger
from tessera.engine.ledger.parts import book_name
from tessera.engine.ledger.proof import Fault
from tessera.engine.ledger.seals import seal
from tessera.engine.timeline.rows_proof import rows_of_lives
from tessera.engine.timeline.saving import HEAD, decision_hash, decision_seal
from tessera.engine.work import Work
from tessera.store.system.ledger import account, movement
from tessera.store.system.timeline import decision, moment, pair
from tessera.store.system.timeline import state as head_table

_CHUNK = 2_000
_HASHED = ("inputs", "values", "lines", "state", "figures", "reviews", "mix", "state_hash")


def verify(work: Work) -> list[Fault]:
    """Everything in ledgers, decisions and heads that does not agree; nothing when all is proved."""
    return [*ledger.verify(work), *_decisions(work), *_heads(work), *rows_of_lives(work)]


def _decisions(work: Work) -> Iterator[Fault]:
    last = 0
    while True:
        page = sa.select(decision, moment.c.source).outerjoin(moment, moment.c.id == decision.c.moment_id)
        page = page.where(decision.c.id > last).order_by(decision.c.id).limit(_CHUNK)
        rows = work.tx.rows(page)
        if not rows:
            return
        pairs = _pairs(work, rows[0]["id"], rows[-1]["id"])
        last = rows[-1]["id"]
        for row in rows:
            texts = [row[name] for name in _HASHED]
            wanted = decision_hash(row["source"] or "", row["release"], texts, pairs.get(row["id"], ()))
            wanted += decision_seal(row["id"], row["moment_id"], row["revision"], row["decided_at"])
            if wanted != row["hash"]:
                yield Fault(decision.name, row["id"], "hash", row["hash"], wanted)


def _pairs(work: Work, first: int, last: int) -> dict[int, list[str]]:
    statement = (
        sa.select(pair, moment.c.source)
        .join(moment, moment.c.id == pair.c.to_moment_id)
        .where(pair.c.decision_id.between(first, last))
        .order_by(pair.c.decision_id, pair.c.place)
    )
    found: dict[int, list[str]] = {}
    for row in work.tx.execute(statement):
        text = f"{row.step}:{row.from_index}:{row.source}:{row.to_index}:{row.before}:{row.after}"
        own = found.setdefault(row.decision_id, [])
        own.append(text if row.place == len(own) else f"{row.place} {text}")
    return found


def _heads(work: Work) -> Iterator[Fault]:
    for timeline in work.model.all("timeline"):
        names = {each.key: each.name for each in work.model.all("ledger") if each.name in timeline.ledgers}
        last = 0
        while True:
            page = sa.select(head_table).where(
                head_table.c.timeline == timeline.key, head_table.c.holder > last
            )
            rows = work.tx.execute(page.order_by(head_table.c.holder).limit(_CHUNK)).all()
            if not rows:
                break
            last = rows[-1].holder
            sums = _sums(work, names, [row.holder for row in rows])
            for row in rows:
                sealed = seal([getattr(row, name) for name in HEAD])
                if row.hash != (sealed if row.at is not None or row.hash else ""):
                    yield Fault(head_table.name, row.holder, "hash", row.hash, sealed)
                kept = {name: totals for name, totals in orjson.loads(row.totals).items() if totals}
                wanted = sums.get(row.holder, {})
                if kept != wanted:
                    yield Fault(head_table.name, row.holder, "totals", str(kept), str(wanted))


def _sums(work: Work, names: dict[str, str], holders: list[int]) -> dict[int, Any]:
    columns = (account.c.holder, account.c.ledger, account.c.name, movement.c.name.label("total"))
    statement = (
        sa.select(*columns, sa.func.sum(movement.c.amount))
        .join(movement, movement.c.account_id == account.c.id)
        .where(account.c.ledger.in_(list(names)), account.c.holder.in_(holders))
        .group_by(*columns)
    )
    found: dict[int, Any] = {}
    for holder, ledger_key, own, name, units in (tuple(row) for row in work.tx.execute(statement)):
        if units:
            found.setdefault(holder, {}).setdefault(book_name(names[ledger_key], own), {})[name] = int(units)
    return found
