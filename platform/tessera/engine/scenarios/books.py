"""What a scenario expects of ledgers and decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tessera.engine import timeline
from tessera.engine.scenarios.comparing import agrees, differences, shown
from tessera.engine.scenarios.stage import Stage
from tessera.engine.work import Work
from tessera.errors import Json

_EVERY = 1_000_000


def balance(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of one figure of an account, or of the sum of what was posted under a name."""
    holder, ledger, beside = stage.called(expected["holder"]).id, expected["balance"], _beside(stage, expected)
    as_of, posted_by = _instant(expected, "as_of"), _instant(expected, "posted_by")
    if posted_by is not None:
        figures = timeline.account_as_posted(work, ledger, holder, posted_by=posted_by, as_of=as_of, beside=beside)
    else:
        figures = timeline.accounts(work, ledger, [holder], as_of, beside=beside)[holder]
    name = expected.get("total") or expected.get("figure", "balance")
    found = figures.total(name) if "total" in expected else figures[name]
    if not agrees(expected["value"], found):
        yield f"{expected['balance']} {name}: expected {expected['value']}, found {shown(found)}"


def movements(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of the net movements of an account: a movement and its corrections are one."""
    only = _document(stage, work, expected["of"]) if "of" in expected else None
    found = [each for each in _net(stage, work, expected) if only in (None, each["of"])]
    missing, rest = _paired(stage, work, expected["rows"], found)
    yield from (f"{expected['movements']}: there is no movement {_row_text(row)}" for row in missing)
    if expected.get("only", True):
        yield from (f"{expected['movements']}: there is also {_row_text(row)}" for row in rest)


def _net(stage: Stage, work: Work, expected: Mapping[str, Json]) -> list[dict[str, Any]]:
    """The movements of the holder, those of one place in the rules and one moment summed up; zeros left out."""
    holder = stage.called(expected["holder"]).id
    summed: dict[tuple[Any, ...], dict[str, Any]] = {}
    beside = _beside(stage, expected)
    for row in reversed(timeline.movements(work, expected["movements"], holder, limit=_EVERY, beside=beside)):
        key = (row["moment_id"], row["step"], row["round"], row["move"], row["name"])
        of = (row["entity"], row["document_id"])
        fresh = {"as": row["name"], "move": row["move"], "on": row["business_on"], "of": of, "amount": Decimal(0)}
        summed.setdefault(key, fresh)["amount"] += row["amount"]
    return [each for each in summed.values() if each["amount"]]


def lots(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of the open lots of an account."""
    holder = stage.called(expected["holder"]).id
    as_of, beside = _instant(expected, "as_of"), _beside(stage, expected)
    rows = timeline.lots(work, expected["lots"], holder, as_of=as_of, beside=beside)
    found = [
        {"lot": row["name"], "left": row["left"], "expires_on": row["expires_on"],
         "of": (row["entity"], row["document_id"])}
        for row in rows
    ]  # fmt: skip
    missing, rest = _paired(stage, work, expected["rows"], found)
    yield from (f"{expected['lots']}: there is no open lot {_row_text(row)}" for row in missing)
    yield from (f"{expected['lots']}: there is also the open lot {_row_text(row)}" for row in rest)


def decision(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of the values that the rules came to for a record, its lines and state among them."""
    cast = stage.called(expected["decision"])
    found = timeline.decision_of(work, cast.entity, cast.id)
    if found is None or "values" not in found:
        parked = (found or {}).get("parked") or {}
        yield f"{expected['decision']}: nothing was decided about it; {parked.get('message', 'it is in no timeline')}"
        return
    known = {**found["state"], **found["lines"], **found["values"]}
    yield from differences(expected["values"], _numbers(known), expected["decision"])


def hold(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of a hold."""
    holder, beside = stage.called(expected["holder"]).id, _beside(stage, expected)
    found = timeline.hold_of(work, expected["ledger"], holder, key=expected["hold"], beside=beside)
    for name in ("state", "used"):
        value = getattr(found, name)
        if name in expected and not agrees(expected[name], value):
            yield f"hold {expected['hold']} {name}: expected {expected[name]!r}, found {shown(value)}"


def reviews(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of what decisions about a holder ask, that nobody decided yet."""
    holder = stage.called(expected["holder"]).id
    found = [
        {"of": (row["entity"], row["document_id"]), "ledger": each.get("ledger"), "zh": each.get("zh"),
         "en": each.get("en"), "missing": Decimal(each["missing"]) if "missing" in each else None}
        for row in timeline.reviews(work, expected["reviews"], limit=_EVERY) if row["holder"] == holder
        for each in row["reviews"]
    ]  # fmt: skip
    missing, rest = _paired(stage, work, expected["rows"], found)
    yield from (f"{expected['reviews']}: there is no review {_row_text(row)}" for row in missing)
    yield from (f"{expected['reviews']}: there is also the review {_row_text(row)}" for row in rest)


def state(stage: Stage, work: Work, expected: Mapping[str, Json]) -> Iterator[str]:
    """Differences of a holder's state, with all that is due by then."""
    holder = stage.called(expected["holder"]).id
    as_of = _instant(expected, "as_of")
    every = timeline.holder_figures(work, expected["state"], as_of)
    found = next((each.state for each in every if each.holder == holder), None)
    if found is None:
        yield f"{expected['holder']}: nothing was decided about it on {expected['state']}"
        return
    yield from differences(expected["values"], found, expected["state"])


def _beside(stage: Stage, expected: Mapping[str, Json]) -> list[int]:
    return stage.ids(expected.get("beside", ()))


def _instant(expected: Mapping[str, Json], key: str) -> datetime | None:
    return datetime.fromisoformat(expected[key]) if key in expected else None


def _numbers(value: Json) -> Any:
    """The value with numbers in place of texts that are numbers, as decisions keep them."""
    if isinstance(value, Mapping):
        return {name: _numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


def _document(stage: Stage, work: Work, alias: str) -> tuple[str, int]:
    cast = stage.called(alias)
    return work.entity(cast.entity).key, cast.id


def _paired(
    stage: Stage, work: Work, expected: Sequence[Mapping[str, Json]], found: list[dict[str, Any]]
) -> tuple[list[Mapping[str, Json]], list[dict[str, Any]]]:
    """The expected rows that are not there, and the rows that nobody expects."""
    missing, rest = [], list(found)
    for row in expected:
        match = next((each for each in rest if _is_row(stage, work, row, each)), None)
        if match is None:
            missing.append(row)
        else:
            rest.remove(match)
    return missing, rest


def _is_row(stage: Stage, work: Work, expected: Mapping[str, Json], row: Mapping[str, Any]) -> bool:
    if "of" in expected and _document(stage, work, expected["of"]) != row["of"]:
        return False
    return all(agrees(value, row[name]) for name, value in expected.items() if name not in ("uid", "of"))


def _row_text(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in row.items() if name not in ("uid", "of"))
