"""What a scenario expects: records and how many there are. The books are looked at in `books`, flows in `watching`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from tessera.engine import records
from tessera.engine.scenarios import books, watching
from tessera.engine.scenarios.comparing import differences
from tessera.engine.scenarios.stage import Stage
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError

Body: TypeAlias = Mapping[str, Json]
Look: TypeAlias = Callable[[Stage, Work, Body], Iterator[str]]


def look(stage: Stage, expected: Body) -> list[str]:
    """How what is there differs from what an expectation says, in words; nothing when it does not."""
    found = next(LOOKS[name] for name in LOOKS if name in expected)
    try:
        with stage.work(expected) as work:
            return list(found(stage, work, expected))
    except TesseraError as error:
        return [f"{each.message} ({each.code})" for each in error.problems()]


def _record(stage: Stage, work: Work, expected: Body) -> Iterator[str]:
    cast = stage.called(expected["record"])
    try:
        record = records.get(work, cast.entity, cast.id)
    except NotFound:
        if not expected.get("deleted"):
            yield f"{expected['record']}: it is deleted"
        return
    if expected.get("deleted"):
        yield f"{expected['record']}: it is not deleted"
    yield from differences(stage.values(expected.get("values", {})), record, expected["record"])


def _count(_stage: Stage, work: Work, expected: Body) -> Iterator[str]:
    found = records.count(work, expected["entity"], expected.get("where", ""))
    if found != expected["count"]:
        yield f"{expected['entity']}: expected {expected['count']} of them, found {found}"


LOOKS: dict[str, Look] = {
    "runs": watching.runs,
    "messages": watching.messages,
    "tasks": watching.tasks_expected,
    "calls": watching.calls,
    "movements": books.movements,
    "lots": books.lots,
    "balance": books.balance,
    "decision": books.decision,
    "hold": books.hold,
    "reviews": books.reviews,
    "state": books.state,
    "count": _count,
    "record": _record,
}
"""By the key that only this sort of expectation has, in the order in which they are tried."""
