"""Runs the steps for work in portions: repeating, lots that end, and what has fallen due on timelines."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine import timeline
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Enter, Fork, Outcome, Run, StepFailed, StepRunner
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps import repeat_step
from tessera.meta.steps.find_lots_step import FindLots
from tessera.meta.steps.repeat_step import Repeat
from tessera.meta.steps.settle_due_step import SettleDue


class RepeatRunner(StepRunner):
    """Repeats its block; the condition of a round is asked in the transaction that begins it."""

    name: ClassVar[str] = "repeat"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The first round, or the end."""
        return self._round(step, run, 0)

    def after(self, work: Work, step: StepDoc, run: Run, entered: Enter | Fork) -> Outcome:
        """The next round, or the end."""
        assert isinstance(entered, Enter) and entered.round is not None, "a loop goes round by round"
        return self._round(step, run, entered.round + 1)

    def _round(self, step: StepDoc, run: Run, number: int) -> Outcome:
        options: Repeat = step.options
        is_going = run.value(options.going) is True
        if is_going and number < options.most:
            return Enter(repeat_step.BLOCK, number)
        return Done({"count": number, "is_cut": is_going}, {"because": options.going.text, "rounds": number})


class FindLotsRunner(StepRunner):
    """Reads what is left in lots as it stands."""

    name: ClassVar[str] = "find_lots"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Rows of holder, day and amount, in the order of holders; the history tells how many."""
        options: FindLots = step.options
        first, last = run.value(options.first), run.value(options.last)
        if first is None or last is None:
            raise StepFailed(why="a day is blank")
        least, after = run.value(options.least), run.value(options.after)
        run.tell("from", first)
        run.tell("until", last)
        found = timeline.ending(work, options.ledger, first, last, after=after or 0, holders=options.limit)
        rows = [
            {"holder": {"id": each.holder}, "on": each.on, "amount": each.amount}
            for each in found.rows if least is None or each.amount >= least
        ]  # fmt: skip
        return Done({"rows": rows, "last": found.last, "more": found.has_more}, {"rows": len(rows)})


class SettleDueRunner(StepRunner):
    """Settles a portion of holders in the transaction of the step."""

    name: ClassVar[str] = "settle_due"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """How many holders had something due."""
        options: SettleDue = step.options
        return Done({"count": timeline.settle_portion(work, options.timeline, options.limit)})


for _runner in (RepeatRunner(), FindLotsRunner(), SettleDueRunner()):
    STEP_RUNNERS.add(_runner.name, _runner)
