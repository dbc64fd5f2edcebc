"""Real processes at once: no change is lost, no number is given twice or left out."""

from __future__ import annotations

import multiprocessing
from typing import Any

from tessera.context import Context
from tessera.engine import records
from tessera.engine.work import Work
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings

PROCESSES, ROUNDS = 8, 5


def _settings(url: str) -> Settings:
    return Settings(database_url=url, zone="UTC", secret_key="for tests")


def _add_one(url: str, number: int) -> None:
    """Add one to the effort of a task, reading again whenever somebody was faster."""
    runtime = open_runtime(_settings(url))
    for _ in range(ROUNDS):
        while not _added(runtime, number):
            pass
    runtime.close()


def _added(runtime: Runtime, number: int) -> bool:
    with runtime.reading(Context()) as work:
        task = records.get(work, "task", number)
    body = {"effort": task["effort"] + 1}
    try:
        runtime.write(Context(), lambda work: records.update(work, "task", number, body, version=task["version"]))
    except records.StaleVersion:
        return False
    return True


class _Undone(Exception):
    """Ends a transaction that is to leave nothing."""


def _take_numbers(url: str, _number: int) -> None:
    """Create receipts; every second transaction is undone."""
    runtime = open_runtime(_settings(url))
    for turn in range(ROUNDS * 2):
        try:
            runtime.write(Context(), lambda work, turn=turn: _take_number(work, is_undone=bool(turn % 2)))
        except _Undone:
            continue
    runtime.close()


def _take_number(work: Work, *, is_undone: bool) -> None:
    records.create(work, "receipt", {})
    if is_undone:
        raise _Undone


def _race(target: Any, url: str, number: int) -> None:
    method = multiprocessing.get_context("fork")
    processes = [method.Process(target=target, args=(url, number)) for _ in range(PROCESSES)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    assert [each.exitcode for each in processes] == [0] * PROCESSES


def test_updates_with_a_version_lose_nothing(runtime: Runtime, ctx: Context) -> None:
    task = runtime.write(ctx, lambda work: records.create(work, "task", {"subject": "x", "effort": 0}))
    _race(_add_one, runtime.settings.database_url, task["id"])
    with runtime.reading(ctx) as work:
        after = records.get(work, "task", task["id"])
    assert (after["effort"], after["version"]) == (PROCESSES * ROUNDS, PROCESSES * ROUNDS + 1)


def test_gapless_numbers_have_no_gap_under_load(runtime: Runtime, ctx: Context) -> None:
    _race(_take_numbers, runtime.settings.database_url, 0)
    with runtime.reading(ctx) as work:
        rows = records.list_page(work, "receipt", records.ListQuery(limit=500)).rows
    assert sorted(int(each["number"]) for each in rows) == list(range(1, PROCESSES * ROUNDS + 1))
