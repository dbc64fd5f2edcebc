"""All that must not depend on how documents arrived, written so that two databases can be compared.

Left out on purpose: ids, `posted_at`, `decided_at`, how many corrections there were, audit and events. Moments are
named by what they stand for, never by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa

from packages.retailer import exported
from tessera.context import Context
from tessera.engine import timeline
from tessera.engine.work import Work
from tessera.runtime import Runtime
from tessera.store.system.ledger import account, allocation, lot, movement
from tessera.store.system.timeline import decision, moment, pair, parked, pending
from tessera.store.system.timeline import state as head

LIFE = "member_life"
DAYS = (date(2010, 12, 31), date(2011, 3, 31), date(2011, 6, 15), date(2011, 10, 31), date(2011, 12, 31),
        date(2012, 6, 30))  # fmt: skip
_SOURCE = re.compile(r"[a-z_]+:[a-z_]+:[0-9]+")
_SYSTEM = {"id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by", "parent_id", "member"}


def snapshot(runtime: Runtime) -> dict[str, Any]:
    """Documents, decisions, pairs, net movements and allocations, lots, accounts, heads, figures as of days, views."""
    with runtime.reading(Context()) as work:
        assert timeline.verify(work) == []
        found = _Names(work).everything()
    for view in ("documents", "members", "checkpoints", "totals"):
        found[view] = exported(runtime, view).decode().splitlines()
    return found


class _Names:
    """Reads everything under names instead of ids."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.members: dict[int, str] = {row["id"]: row["number"] for row in self._stored("member")}
        self.moments: dict[int, str] = {}
        self.sources: dict[tuple[int, str], str] = {}
        for row in self._rows(sa.select(moment)):
            own = f"{row['entity']}/{row['key']}" if row["kind"] == "document" else row["source"]
            label = f"{self.members[row['holder']]}/{own}"
            self.moments[row["id"]] = self.sources[row["holder"], row["source"]] = label
        self.holders = {row["id"]: row["holder"] for row in self._rows(sa.select(account))}
        self.accounts = {row["id"]: (row["ledger"], self.members.get(row["holder"], ""), row["name"])
                         for row in self._rows(sa.select(account))}  # fmt: skip
        self.lots = {row["id"]: f"{self.moments[row['moment_id']]}/{row['name']}/{row['seq']}/{row['granted_on']}"
                     for row in self._rows(sa.select(lot))}  # fmt: skip

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        return self.work.tx.rows(statement)

    def _stored(self, name: str) -> list[dict[str, Any]]:
        return self._rows(sa.select(self.work.tables.of(self.work.entity(name))))

    def _label(self, holder: int, found: re.Match[str]) -> str:
        return self.sources[holder, found[0]]

    def everything(self) -> dict[str, Any]:
        """All parts but the views."""
        assert self._rows(sa.select(pending)) == []
        return {
            "records": self._documents(), "decisions": self._decisions(), "pairs": self._pairs(),
            "net": self._net(), "allocations": self._allocations(), "lots": self._lots(),
            "accounts": self._accounts(), "heads": self._heads(), "figures": self._figures(),
            "parked": sorted((self.moments[row["moment_id"]], row["code"]) for row in self._rows(sa.select(parked))),
        }  # fmt: skip

    def _documents(self) -> list[str]:
        found = []
        for name in ("order", "goods_return"):
            entity = self.work.entity(name)
            ((_, lower),) = self.work.model.lines_of(entity)
            table = self.work.tables.of(lower)
            lines: dict[int, list[str]] = {}
            for row in self._rows(sa.select(table).order_by(table.c.parent_id, table.c.place)):
                lines.setdefault(row["parent_id"], []).append(_plain(row))
            for row in self._stored(name):
                if row["deleted_at"] is None:
                    found.append(f"{_plain(row)} {self.members.get(row['member'])} {lines.get(row['id'])}")
        return sorted(found)

    def _decisions(self) -> list[str]:
        statement = sa.select(decision).join(moment, moment.c.id == decision.c.moment_id)
        names = ("inputs", "values", "lines", "state", "figures", "reviews")
        return sorted(
            f"{self.moments[row['moment_id']]} {row['release']} {[_sorted(row[name]) for name in names]}"
            for row in self._rows(statement.where(decision.c.is_current, moment.c.is_present))
        )

    def _pairs(self) -> list[str]:
        statement = sa.select(pair, decision.c.moment_id).join(decision, decision.c.id == pair.c.decision_id)
        return sorted(
            f"{self.moments[row['moment_id']]} {row['place']} {row['step']} {row['from_index']} "
            f"{self.moments[row['to_moment_id']]} {row['to_index']} {row['before']} {row['after']}"
            for row in self._rows(statement.where(decision.c.is_current))
        )

    def _net(self) -> dict[str, list[int]]:
        sums: dict[str, list[int]] = {}
        for row in self._rows(sa.select(movement)):
            holder = self.holders[row["account_id"]]
            round_ = _SOURCE.sub(partial(self._label, holder), row["round"])
            names = ("step", "move", "name", "business_at", "business_on")
            values = [round_, *(str(row[name]) for name in names)]
            key = f"{self.accounts[row['account_id']]} {self.moments[row['moment_id']]} {values}"
            known = sums.setdefault(key, [0, 0])
            known[0] += row["amount"]
            known[1] += row["effect"]
        return {key: values for key, values in sorted(sums.items()) if any(values)}

    def _allocations(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        statement = sa.select(allocation, movement.c.account_id, movement.c.moment_id, movement.c.move).join(
            movement, movement.c.id == allocation.c.movement_id
        )
        for row in self._rows(statement):
            touched = self.lots.get(row["lot_id"], "debt")
            key = f"{self.accounts[row['account_id']]} {self.moments[row['moment_id']]} {row['move']} {touched}"
            sums[key] = sums.get(key, 0) + row["amount"]
        return {key: units for key, units in sorted(sums.items()) if units}

    def _lots(self) -> list[str]:
        names = ("granted", "left", "lapsed", "waived", "granted_on", "expires_on", "available_from")
        return sorted(
            f"{self.accounts[row['account_id']]} {self.lots[row['id']]} {[str(row[name]) for name in names]}"
            for row in self._rows(sa.select(lot).where(lot.c.is_present))
        )

    def _accounts(self) -> dict[str, str]:
        rows = self._rows(sa.select(account).where(account.c.holder != 0))
        return {str(self.accounts[row["id"]]): f"{row['balance']} {row['debt']}" for row in rows
                if row["balance"] or row["debt"]}  # fmt: skip

    def _heads(self) -> dict[str, str]:
        names = ("next_due_at",)
        rows = self._rows(sa.select(head).where(head.c.at.is_not(None)))
        return {
            self.members[row["holder"]]: f"{[str(row[name]) for name in names]} {_sorted(row['state'])} "
            f"{_sorted(row['totals'])} {_sorted(row['fired'])}"
            for row in rows
            if orjson.loads(row["totals"]) or orjson.loads(row["state"]).get("orders") not in (0, "0")
        }

    def _figures(self) -> dict[str, str]:
        return {
            f"{self.members[each.holder]} {day}":
            f"{_by_name(each.state)} {[(name, dict(one), _by_name(one.totals)) for name, one in each.ledgers.items()]}"
            for day in DAYS
            for each in timeline.holder_figures(self.work, LIFE, day)
        }  # fmt: skip


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Where two snapshots differ first in each part; nothing when they are equal."""
    texts = []
    for part in wanted:
        ours, theirs = _as_set(found[part]), _as_set(wanted[part])
        if found[part] != wanted[part]:
            more, less = sorted(ours - theirs)[:2], sorted(theirs - ours)[:2]
            texts.append(f"{part}: {len(ours - theirs)} more {more}, {len(theirs - ours)} less {less}")
    return "\n".join(texts)


def _as_set(part: Any) -> set[str]:
    return {f"{key}: {value}" for key, value in part.items()} if isinstance(part, dict) else set(map(str, part))


def _plain(row: dict[str, Any]) -> str:
    return str({name: str(value) for name, value in sorted(row.items()) if name not in _SYSTEM})


def _sorted(text: str | None) -> str:
    return orjson.dumps(orjson.loads(text or "null"), option=orjson.OPT_SORT_KEYS).decode()


def _by_name(values: dict[str, Any]) -> Iterable[Any]:
    return sorted((name, str(value)) for name, value in values.items())
