"""Runs the steps about ledgers, through the timelines of their holders."""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.engine import timeline
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.formula import Formula
from tessera.meta.flows import StepDoc
from tessera.meta.rules import LedgerDoc, TimelineDoc
from tessera.meta.steps.ledgers import LedgerStep
from tessera.meta.steps.record_fact_step import RecordFact


class Account:
    """The account that a step is about, and the values of its formulas."""

    def __init__(self, work: Work, step: StepDoc, run: Run) -> None:
        options: LedgerStep = step.options
        self.run = run
        self.options = options.options
        self.ledger = _ledger(work, options.ledger)
        self.holder = holder_of(run, options.holder)
        self.values: dict[str, Any] = {key: run.value(formula) for key, formula in options.parts.items()}
        self.key = str(self.values.get("key") or run.key)
        run.tell("holder", self.holder)
        run.tell("key", self.key)
        if self.values.get("amount") is not None:
            run.tell("amount", self.values["amount"])

    @property
    def amount(self) -> Any:
        """How many units. Raises: StepFailed when the formula is blank."""
        found = self.values.get("amount")
        if found is None:
            raise StepFailed(why="the amount is blank")
        return found


def _ledger(work: Work, key: str) -> str:
    """The name that the ledger of that key has now. Raises: NotFound."""
    found: LedgerDoc | None = work.model.parts.get("ledger", {}).get(key)
    if found is None:
        raise NotFound(what="ledger")
    return found.name


def holder_of(run: Run, formula: Formula) -> int:
    """The id of the holder. Raises: StepFailed when the formula is blank."""
    number = run.record_id(formula)
    if number is None:
        raise StepFailed(why=f"{formula.text} is blank")
    return number


class PostRunner(StepRunner):
    """Grants or takes units."""

    name: ClassVar[str] = "post"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Nothing is posted for an amount of 0."""
        account = Account(work, step, run)
        if not account.amount:
            return Done({"moment": 0, "key": account.key}, {"nothing": True})
        more = {name: account.values[name] for name in ("expires_on", "available_from") if name in account.values}
        moment = timeline.post(
            work, account.ledger, account.holder, account.options["move"], account.amount, key=account.key,
            name=account.options["total"], at=account.values.get("at"), lot=account.options.get("lot", ""),
            may_owe=bool(account.options.get("may_owe", False)), **more,
        )  # fmt: skip
        return Done({"moment": moment, "key": account.key})


class ReverseRunner(StepRunner):
    """Takes a posting back."""

    name: ClassVar[str] = "reverse"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Done twice it changes nothing."""
        account = Account(work, step, run)
        timeline.take_back(work, account.ledger, account.holder, key=account.key)
        return Done()


class HoldRunner(StepRunner):
    """Sets units aside."""

    name: ClassVar[str] = "hold"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The hold."""
        account = Account(work, step, run)
        made = timeline.hold(
            work, account.ledger, account.holder, account.amount, key=account.key, until=account.values.get("until")
        )
        return Done({"key": made.key, "amount": made.amount, "until": made.until})


class UseHoldRunner(StepRunner):
    """Takes what was held."""

    name: ClassVar[str] = "use_hold"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The moment at which it was taken."""
        account = Account(work, step, run)
        moment = timeline.post_hold(
            work, account.ledger, account.holder, account.values.get("amount"), key=account.key,
            at=account.values.get("at"),
        )  # fmt: skip
        return Done({"moment": moment, "key": account.key})


class ReleaseRunner(StepRunner):
    """Frees what is held."""

    name: ClassVar[str] = "release"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """A hold that is free already is left alone."""
        account = Account(work, step, run)
        timeline.release_hold(work, account.ledger, account.holder, key=account.key)
        return Done()


class TransferRunner(StepRunner):
    """Moves units from one account to another."""

    name: ClassVar[str] = "transfer"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """What was moved."""
        options: LedgerStep = step.options
        target = holder_of(run, options.parts["to"])
        account = Account(work, step, run)
        run.tell("to", target)
        moved = timeline.transfer(
            work, account.ledger, account.holder, target, key=account.key, amount=account.values.get("amount")
        )
        return Done({"key": moved.key, "moved": moved.moved})


class RecordFactRunner(StepRunner):
    """Records a fact."""

    name: ClassVar[str] = "record_fact"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The moment of the fact."""
        options: RecordFact = step.options
        doc: TimelineDoc | None = work.model.parts.get("timeline", {}).get(options.timeline)
        fact = next((each for each in doc.facts if each.uid == options.fact), None) if doc is not None else None
        if doc is None or fact is None:
            raise NotFound(what="fact")
        holder = holder_of(run, options.holder)
        key = str(run.value(options.key) or run.key)
        run.tell("holder", holder)
        run.tell("key", key)
        values = {name: run.value(formula) for name, formula in options.values}
        moment = timeline.record_fact(
            work, doc.name, holder, fact.name, key=key, at=run.value(options.at), values=values
        )
        return Done({"moment": moment, "key": key})


for _runner in (PostRunner(), ReverseRunner(), HoldRunner(), UseHoldRunner(), ReleaseRunner(), TransferRunner(),
                RecordFactRunner()):
    STEP_RUNNERS.add(_runner.name, _runner)
