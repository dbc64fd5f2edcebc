"""Random sequences of changes give what a naive store in memory gives."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from tessera.context import Context
from tessera.engine import records
from tessera.errors import TesseraError
from tessera.runtime import Runtime

from .conftest import opened


class Naive:
    """Tasks in a dict: subject, external and lines as (key, item, hours)."""

    def __init__(self) -> None:
        self.tasks: dict[int, dict[str, Any]] = {}
        self.deleted: dict[int, dict[str, Any]] = {}

    def is_free(self, external: str | None, but: int = 0) -> bool:
        """Whether no other live task has the value."""
        return external is None or all(
            each["external"] != external for number, each in self.tasks.items() if number != but
        )


def line(chance: random.Random) -> dict[str, Any]:
    """A line as it is sent."""
    return {"item": f"i{chance.randrange(9)}", "hours": str(Decimal(chance.randrange(1, 900)).scaleb(-2))}


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """What the naive store keeps of a record."""
    lines = [(each["item"], each["hours"]) for each in record["items"]]
    return {"subject": record["subject"], "external": record["external"], "items": lines, "total": record["total"]}


def expected(body: dict[str, Any]) -> dict[str, Any]:
    """The same of a body."""
    lines = [(each["item"], Decimal(each["hours"]).quantize(Decimal("0.01"))) for each in body["items"]]
    total = sum((hours for _, hours in lines), Decimal("0.00"))
    return {"subject": body["subject"], "external": body["external"], "items": lines, "total": total}


def step(runtime: Runtime, ctx: Context, naive: Naive, chance: random.Random) -> None:
    """One random change of both."""
    body: dict[str, Any] = {
        "subject": f"s{chance.randrange(99)}",
        "external": chance.choice([None, *(f"E{place}" for place in range(6))]),
        "items": [line(chance) for _ in range(chance.randrange(4))],
    }
    what = chance.choice(["create", "create", "update", "update", "update", "delete", "restore"])
    if what == "create":
        is_fine = naive.is_free(body["external"])
        made = attempt(runtime, ctx, is_fine, lambda work: records.create(work, "task", body))
        if is_fine:
            naive.tasks[made["id"]] = expected(body)
    elif what == "restore" and naive.deleted:
        number = chance.choice(sorted(naive.deleted))
        is_fine = naive.is_free(naive.deleted[number]["external"])
        attempt(runtime, ctx, is_fine, lambda work: records.restore(work, "task", number))
        if is_fine:
            naive.tasks[number] = naive.deleted.pop(number)
    elif naive.tasks:
        number = chance.choice(sorted(naive.tasks))
        if what == "delete":
            attempt(runtime, ctx, True, lambda work: records.delete(work, "task", number))
            naive.deleted[number] = naive.tasks.pop(number)
        elif what == "update":
            revise(runtime, ctx, naive, chance, number, body)


def revise(
    runtime: Runtime, ctx: Context, naive: Naive, chance: random.Random, number: int, body: dict[str, Any]
) -> None:
    """Change a task; some of its lines stay, in another order, with their ids."""
    with runtime.reading(ctx) as work:
        stored = records.get(work, "task", number)["items"]
    kept = chance.sample(stored, chance.randrange(len(stored) + 1))
    old = [{"id": each["id"], "item": each["item"], "hours": str(each["hours"])} for each in kept]
    body["items"] = chance.sample(old + body["items"], len(old) + len(body["items"]))
    is_fine = naive.is_free(body["external"], but=number)
    attempt(runtime, ctx, is_fine, lambda work: records.update(work, "task", number, body))
    if is_fine:
        naive.tasks[number] = expected(body)


def attempt(runtime: Runtime, ctx: Context, is_fine: bool, action: Any) -> Any:
    """Do it; it must fail exactly when it should."""
    try:
        result = runtime.write(ctx, action)
    except TesseraError as error:
        assert not is_fine, error
        return None
    assert is_fine
    return result


def check(runtime: Runtime, ctx: Context, naive: Naive) -> None:
    """Both hold the same."""
    with runtime.reading(ctx) as work:
        rows = records.list_page(work, "task", records.ListQuery(expand=("items",), limit=500)).rows
    assert {each["id"]: plain(each) for each in rows} == naive.tasks


def test_random_changes_give_what_a_naive_store_gives(database_url: str, ctx: Context) -> None:
    runtime = opened(database_url)
    naive, chance = Naive(), random.Random(11)
    for turn in range(150):
        step(runtime, ctx, naive, chance)
        if turn % 10 == 9:
            check(runtime, ctx, naive)
    runtime.close()
