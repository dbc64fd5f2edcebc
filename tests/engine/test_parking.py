"""A document whose rules fail waits visibly, counts as absent, and takes part once it works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import trade
from tessera.context import Context
from tessera.engine import records, timeline
from tessera.engine.rules.failures import RuleFailed
from tessera.runtime import Runtime
from unit.engine_timeline.program import gives, pack

STEPS = [{"uid": "total", "let": "total", "be": "SUM(lines, amount)"}, gives("ratio", "100 / (total - 5)"),
         {"uid": "grant", "post": "units", "move": "grant", "amount": "FLOOR(total)", "as": "earned"}]


@pytest.fixture(params=["park", "reject"])
def runtime(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """A program whose rules fail for a total of 5."""
    runtime = trade.opened(sqlite_url, tmp_path, [pack(STEPS, on_error=request.param)])
    with runtime.writing(Context()) as work:
        records.create(work, "owner", {"code": "O1"})
    yield runtime
    runtime.close()


def ticket(number: str, amount: str, day: int) -> dict[str, Any]:
    line = {"item": "a", "units": 1, "amount": amount}
    return {"number": number, "at": f"2024-06-0{day}T10:00:00Z", "owner": "O1", "lines": [line]}


def balance(runtime: Runtime) -> Any:
    with runtime.reading(Context()) as work:
        found = next(iter(timeline.holder_figures(work, "life")), None)
        return found.ledgers["units"]["balance"] if found else 0


def test_a_failing_document_is_parked_or_refused_and_comes_back(runtime: Runtime) -> None:
    rejects = next(each for each in runtime.model().all("ruleset")).rejects
    with runtime.writing(Context()) as work:
        first = records.create(work, "ticket", ticket("T1", "7.00", 2))
    assert balance(runtime) == 7
    if rejects:
        with pytest.raises(RuleFailed), runtime.writing(Context()) as work:
            records.create(work, "ticket", ticket("T2", "5.00", 1))
        assert balance(runtime) == 7
        return
    with runtime.writing(Context()) as work:
        second = records.create(work, "ticket", ticket("T2", "5.00", 1))
    assert balance(runtime) == 7
    with runtime.reading(Context()) as work:
        waiting = timeline.waiting(work, "life")
        assert [(each["document_id"], each["code"]) for each in waiting] == [(second["id"], "rule_failed")]
        found = timeline.decision_of(work, "ticket", second["id"])
        assert found is not None and found["parked"]["params"]["step"] == "let_ratio" and "values" not in found
    with runtime.writing(Context()) as work:
        line = {"id": second["lines"][0]["id"], "item": "a", "units": 1, "amount": "6.00"}
        records.update(work, "ticket", second["id"], {"lines": [line]})
    assert balance(runtime) == 13
    with runtime.writing(Context()) as work:
        assert timeline.waiting(work, "life") == []
        records.delete(work, "ticket", first["id"])
    assert balance(runtime) == 6
    with runtime.reading(Context()) as work:
        assert timeline.verify(work) == []
