"""What steps of a scenario do to accounts and timelines: facts, postings, holds, transfers and reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from tessera.engine import timeline
from tessera.engine.scenarios.stage import Stage
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.formula.shapes import Member
from tessera.meta.rules import LedgerDoc, TimelineDoc

Body: TypeAlias = Mapping[str, Json]
Action: TypeAlias = Callable[[Stage, Work, Body], None]


def _record_fact(stage: Stage, work: Work, step: Body) -> None:
    doc, holder = _timeline(stage, work, step)
    fact = next((each for each in doc.facts if each.name == step["fact"]), None)
    if fact is None:
        raise NotFound(what="fact")
    given = stage.values(step.get("values", {}))
    values = {name: _typed(fact.fields.member(name), value) for name, value in given.items()}
    timeline.record_fact(work, doc.name, holder, fact.name, key=step["key"], values=values)


def _withdraw_fact(stage: Stage, work: Work, step: Body) -> None:
    doc, holder = _timeline(stage, work, step)
    timeline.withdraw_fact(work, doc.name, holder, step["fact"], key=step["key"])


def _post(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, beside = _account(stage, work, step)
    timeline.post(
        work, doc.name, holder, step["move"], _amount(step), key=step["key"], name=step["total"], beside=beside,
        expires_on=_day(step, "expires_on"), may_owe=step.get("may_owe", False),
    )


def _reverse(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, _ = _account(stage, work, step)
    timeline.take_back(work, doc.name, holder, key=step["key"])


def _hold(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, beside = _account(stage, work, step)
    until = datetime.fromisoformat(step["until"]) if "until" in step else None
    timeline.hold(work, doc.name, holder, _amount(step), key=step["key"], until=until, beside=beside)


def _use_hold(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, beside = _account(stage, work, step)
    amount = _amount(step) if "amount" in step else None
    timeline.post_hold(work, doc.name, holder, amount, key=step["key"], values=stage.values(step.get("values", {})),
                       beside=beside)


def _release(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, beside = _account(stage, work, step)
    timeline.release_hold(work, doc.name, holder, key=step["key"], beside=beside)


def _transfer(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, beside = _account(stage, work, step)
    target = timeline.seen_holder(work, doc, stage.called(step["to"]).id)
    amount = _amount(step) if "amount" in step else None
    timeline.transfer(work, doc.name, holder, target, key=step["key"], amount=amount, beside=beside)


def _undo_transfer(stage: Stage, work: Work, step: Body) -> None:
    doc, holder, _ = _account(stage, work, step)
    timeline.undo_transfer(work, doc.name, holder, key=step["key"])


def _decide_review(stage: Stage, work: Work, step: Body) -> None:
    doc, holder = _timeline(stage, work, step)
    found = next((each for each in timeline.reviews(work, doc.name) if each["holder"] == holder), None)
    if found is None:
        raise NotFound(what="review")
    correction = None
    if step["verdict"] == "corrected":
        correction = timeline.Correction(step["ledger"], step["move"], _amount(step), step["total"],
                                         _day(step, "expires_on"), step.get("may_owe", False))
    timeline.decide_review(work, doc.name, found["id"], correction=correction)


def _timeline(stage: Stage, work: Work, step: Body) -> tuple[TimelineDoc, int]:
    """The timeline, and the holder as far as who acts may see it."""
    timeline.ensure_posting(work)
    doc = timeline.seen_timeline(work, step["timeline"])
    return doc, timeline.seen_holder(work, doc, stage.called(step["holder"]).id)


def _account(stage: Stage, work: Work, step: Body) -> tuple[LedgerDoc, int, list[int]]:
    """The ledger, the holder as far as who acts may see it, and which of its accounts."""
    timeline.ensure_posting(work)
    doc = timeline.seen_ledger(work, step["ledger"])
    beside = timeline.seen_beside(work, doc, stage.ids(step.get("beside", ())))
    return doc, timeline.seen_holder(work, doc, stage.called(step["holder"]).id), beside


def _amount(step: Body) -> int | Decimal:
    return Decimal(step["amount"])


def _day(step: Body, key: str) -> date | None:
    return date.fromisoformat(step[key]) if key in step else None


def _typed(member: Member | None, value: Json) -> Any:
    """A value as facts take it; references are ids already."""
    kind = member.type.kind if member is not None else ""
    if value is None or not isinstance(value, str):
        return value
    convert: dict[str, Callable[[str], Any]] = {
        "number": Decimal, "date": date.fromisoformat, "datetime": datetime.fromisoformat,
    }  # fmt: skip
    return convert[kind](value) if kind in convert else value


BOOKINGS: Mapping[str, Action] = {
    "record_fact": _record_fact,
    "withdraw_fact": _withdraw_fact,
    "post": _post,
    "reverse": _reverse,
    "hold": _hold,
    "use_hold": _use_hold,
    "release": _release,
    "transfer": _transfer,
    "undo_transfer": _undo_transfer,
    "decide_review": _decide_review,
}
"""By what a step says under `do`."""
