"""Many processes at once: exactly what is covered is spent, and the same document counts once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crash import arrival
from crash.arrival import Arrival
from crash.conftest import Fresh
from crash.processes import run_all
from crash.snapshot import difference, snapshot
from packages.building import apply, field, task_fields, work_package
from packages.retailer import imported
from tessera.context import Context
from tessera.engine import records, timeline
from tessera.engine.rules.failures import NotCovered
from tessera.engine.work import Work
from tessera.errors import Unavailable
from tessera.runtime import Runtime
from tessera.store.system.timeline import decision, moment

SPENDS, COVERED = 50, 17


def entry(number: str, what: str, amount: int) -> dict[str, Any]:
    """A points entry of the member."""
    at = datetime(2026, 3, 1, tzinfo=UTC).isoformat()
    return {"number": number, "at": at, "member": {"number": "M1"}, "what": what, "amount": amount}


def spend(number: int, runtime: Runtime) -> None:
    """Spend ten points, again after a 503; ends with another code than success when they are not covered."""
    body = {**entry(f"Z{number}", "spend", 10), "at": datetime(2026, 4, 1, tzinfo=UTC).isoformat()}
    while True:
        try:
            runtime.write(Context(), lambda work: records.create(work, "points_entry", body))
        except NotCovered:
            raise SystemExit(3) from None
        except Unavailable:
            continue
        return


def test_of_fifty_spends_at_once_exactly_the_covered_ones_succeed(fresh: Fresh) -> None:
    runtime = fresh("retailer")

    def grant(work: Any) -> int:
        number = records.create(work, "member", {"number": "M1"})["id"]
        records.create(work, "points_entry", entry("G1", "grant", COVERED * 10 + 5))
        return int(number)

    member = runtime.write(Context(), grant)
    codes = run_all(runtime, [partial(spend, number) for number in range(SPENDS)])
    assert (codes.count(0), codes.count(3)) == (COVERED, SPENDS - COVERED), codes
    with runtime.reading(Context()) as work:
        figures = timeline.accounts(work, "points", [member])[member]
        assert (figures["balance"], figures["debt"], figures.total("spent")) == (5, 0, COVERED * 10)
        assert records.count(work, "points_entry") == COVERED + 1
        assert timeline.verify(work) == []


def test_the_same_document_from_eight_processes_counts_once(fresh: Fresh, sample: Path) -> None:
    runtime, document = fresh("retailer"), arrival.documents(sample)[0]

    def upsert(own: Runtime) -> None:
        own.write(Context(), lambda work: arrival.take_in(work, [Arrival(document, on_repeat="ignore")]))

    codes = run_all(runtime, [upsert] * 8)
    assert codes.count(0) >= 1
    runtime.write(Context(), lambda work: arrival.take_in(work, [Arrival(document, on_repeat="ignore")]))
    with runtime.reading(Context()) as work:
        assert records.count(work, arrival.entity_of(document)) == 1
        assert work.tx.scalar(sa.select(sa.func.count()).select_from(decision)) == 1
        assert work.tx.scalar(sa.select(sa.func.count()).where(moment.c.kind == "document")) == 1
        assert timeline.verify(work) == []
    assert codes == [0] * 8, codes


def test_two_processes_with_the_same_documents_come_to_the_same(
    fresh: Fresh, sample: Path, wanted: dict[str, Any]
) -> None:
    runtime, documents = fresh("retailer"), arrival.documents(sample)
    half = len(documents) // 2

    def one_by_one(work: Work, part: list[Any]) -> None:
        for each in part:
            arrival.take_in(work, [Arrival(each, on_repeat="ignore")])

    def write(own: Runtime, mine: list[Any]) -> None:
        for start in range(0, len(mine), 40):
            own.write(Context(), partial(one_by_one, part=mine[start : start + 40]))

    def import_(own: Runtime) -> None:
        imported(own, sample)

    overlapping = documents[: half + 60]
    codes = run_all(runtime, [import_, lambda own: write(own, overlapping), lambda own: write(own, overlapping[::-1])])
    assert codes == [0, 0, 0]
    assert (text := difference(snapshot(runtime), wanted)) == "", text


def test_a_release_is_published_while_records_are_written(fresh: Fresh) -> None:
    runtime = fresh("work")

    def write(own: Runtime, name: str) -> None:
        for number in range(25):
            body = {"code": f"{name}{number}", "effort": number}
            own.write(Context(), partial(records.create, entity_name="task", data=body))

    def publish(own: Runtime) -> None:
        for number in range(1, 6):
            fields = [*task_fields(), *(field(f"more{each}", f"more{each}") for each in range(number))]
            apply(own, work_package(fields, version=f"1.{number}.0"))

    codes = run_all(runtime, [publish, *(partial(write, name=name) for name in "abc")])
    assert codes == [0] * 4
    with runtime.reading(Context()) as work:
        assert records.count(work, "task") == 75
        entity = work.model.entity("task")
        assert entity is not None and entity.field("more4") is not None
    assert runtime.model().number == 6
