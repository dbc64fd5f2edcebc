"""A process that is killed while it writes leaves all of it or nothing; the repeated request has one effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from api.api_kit import Api, api_of, make_user
from crash.conftest import Fresh
from crash.points import LEDGER, RECORDS, STORE, TIMELINE, WORK
from crash.processes import KILLED, count_points, run
from tessera.context import Context
from tessera.engine import ledger, records, timeline
from tessera.runtime import Runtime
from tessera.store.system.ledger import account, entry
from tessera.web.app import create_app

MEMBER = "900001"
PATH = "/api/v1"


def order(number: str, amount: str) -> dict[str, Any]:
    """An order of the member."""
    line = {"item": "22423", "description": "CAKESTAND", "units": 2, "amount": amount}
    return {"number": number, "at": "2026-06-01T10:00:00Z", "member": {"number": MEMBER}, "lines": [line]}


@dataclass(frozen=True)
class Verb:
    """Something that is done in a process that is killed.

    prepare: what must be there first. act: does it, and may be repeated. points: where it is killed.
    """

    prepare: Callable[[Runtime, str], object]
    act: Callable[[Api, Runtime, str], object]
    points: frozenset[str]


def nothing(_runtime: Runtime, _tag: str) -> None:
    """No preparation."""


def with_order(runtime: Runtime, tag: str) -> None:
    """An order is there already."""
    runtime.write(Context(), lambda work: records.create(work, "order", order(tag, "80.00")))


def with_points(runtime: Runtime, tag: str) -> None:
    """The member has points to spend."""
    body = {"number": f"g{tag}", "at": "2026-05-01T10:00:00Z", "member": {"number": MEMBER}, "what": "grant",
            "amount": 100}  # fmt: skip
    runtime.write(Context(), lambda work: records.create(work, "points_entry", body))


def create(api: Api, _runtime: Runtime, tag: str) -> Any:
    """Create an order through the API."""
    answer = api("POST", f"{PATH}/order", order(tag, "120.00"), Idempotency_Key=tag)
    assert answer.status_code == 201, answer.data
    return answer.data


def update(api: Api, runtime: Runtime, tag: str) -> Any:
    """Change an order through the API."""
    with runtime.reading(Context()) as work:
        ref = records.get(work, "order", {"number": tag})["ref"]
    body = {"at": "2026-05-15T10:00:00Z", "lines": order(tag, "33.00")["lines"]}
    answer = api("PATCH", f"{PATH}/order/{ref}", body, Idempotency_Key=tag)
    assert answer.status_code == 200, answer.data
    return answer.data


def delete(_api: Api, runtime: Runtime, tag: str) -> None:
    """Delete an order; a repetition finds it gone."""
    keys = [{"number": tag}]
    runtime.write(Context(), lambda work: records.bulk_delete(work, "order", keys))


def bulk(_api: Api, runtime: Runtime, tag: str) -> None:
    """Upsert twenty orders at once."""
    rows = [order(f"{tag}-{number}", "15.00") for number in range(20)]
    runtime.write(Context(), lambda work: records.upsert(work, "order", rows).ensure_all())


def spend(api: Api, _runtime: Runtime, tag: str) -> Any:
    """Spend points through the API."""
    body = {"number": f"s{tag}", "at": "2026-06-02T10:00:00Z", "member": {"number": MEMBER}, "what": "spend",
            "amount": 30}  # fmt: skip
    answer = api("POST", f"{PATH}/points_entry", body, Idempotency_Key=f"s{tag}")
    assert answer.status_code == 201, answer.data
    return answer.data


ALL = RECORDS | WORK | STORE | TIMELINE | LEDGER
VERBS = {
    "create": Verb(nothing, create, ALL),
    "update": Verb(with_order, update, ALL),
    "delete": Verb(with_order, delete, ALL - {"records.after_rows"}),
    "bulk": Verb(nothing, bulk, ALL),
    "spend": Verb(with_points, spend, ALL),
}


SHORT = [("sqlite", name) for name in VERBS] + [("postgresql", "create"), ("postgresql", "spend")]
LONG = [pytest.param("postgresql", name, marks=pytest.mark.long) for name in ("update", "delete", "bulk")]


def figures(runtime: Runtime) -> tuple[Any, ...]:
    """What people see: orders, entries and accounts of the member, proven against the log."""
    with runtime.reading(Context()) as work:
        assert timeline.verify(work) == []
        sums = sa.select(entry.c.account_id, sa.func.sum(entry.c.amount)).group_by(entry.c.account_id)
        entries = {number: int(total) for number, total in map(tuple, work.tx.execute(sums))}
        for row in work.tx.rows(sa.select(account).where(account.c.holder != 0)):
            assert entries.get(row["id"], 0) == row["balance"]
        assert sum(entries.values()) == 0
        counts = [records.count(work, name) for name in ("order", "points_entry")]
        holder = records.get(work, "member", {"number": MEMBER})["id"]
        return *counts, *(dict(timeline.accounts(work, name, [holder])[holder]) for name in ("points", "growth"))


def opened(runtime: Runtime) -> Api:
    """A client with a key of an administrator, and the member."""
    runtime.write(Context(), lambda work: records.create(work, "member", {"number": MEMBER}))
    return api_of(create_app(runtime), make_user(runtime, "ada", is_admin=True)[1])


@pytest.mark.parametrize(("dialect", "name"), [*SHORT, *LONG])
def test_a_killed_write_is_whole_or_not_there_and_its_repetition_counts_once(
    fresh: Fresh, name: str, pytestconfig: pytest.Config
) -> None:
    most = 100 if pytestconfig.getoption("--long") else 1
    runtime, verb = fresh("retailer"), VERBS[name]
    api = opened(runtime)
    verb.prepare(runtime, "count")
    counts = count_points(runtime, lambda own: verb.act(api, own, "count"))
    assert verb.points <= set(counts), verb.points - set(counts)
    kills = [(point, nth) for point in sorted(verb.points) for nth in range(1, min(counts[point], most) + 1)
             if nth == 1 or point not in STORE]  # fmt: skip
    for place, (point, nth) in enumerate(kills):
        tag = f"{place:03}"
        verb.prepare(runtime, tag)
        before = figures(runtime)
        assert run(runtime, partial(act_in_child, verb, api, tag), f"{point}:{nth}") == KILLED
        found = figures(runtime)
        first = verb.act(api, runtime, tag)
        assert verb.act(api, runtime, tag) == first
        after = figures(runtime)
        assert after != before
        assert found == (after if point == "store.after_commit" else before), f"{point}:{nth}"


def act_in_child(verb: Verb, api: Api, tag: str, runtime: Runtime) -> None:
    """The verb, as a process does it."""
    verb.act(api, runtime, tag)


@pytest.mark.parametrize("point", sorted(WORK | STORE))
def test_a_killed_rebuild_may_be_repeated(fresh: Fresh, point: str) -> None:
    runtime = fresh("retailer")
    api = opened(runtime)
    create(api, runtime, "one")
    wanted = figures(runtime)
    with runtime.database.write() as tx:
        tx.execute(sa.update(account).where(account.c.holder != 0).values(balance=account.c.balance + 7))
    assert run(runtime, lambda own: own.write(Context(), ledger.rebuild), point) == KILLED
    with runtime.reading(Context()) as work:
        wrong = len(timeline.verify(work))
    fixed = runtime.write(Context(), ledger.rebuild)
    assert (wrong > 0, fixed > 0) == ((False, False) if point == "store.after_commit" else (True, True))
    assert figures(runtime) == wanted
