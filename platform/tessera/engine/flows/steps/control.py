"""Runs the steps that steer a run: variables, loops, branches side by side, failure and what is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tessera.engine.flows.errors import TooManyItems
from tessera.engine.flows.packing import pack, unpack
from tessera.engine.flows.steps.base import (
    STEP_RUNNERS,
    Done,
    Enter,
    Fail,
    Fork,
    Outcome,
    Run,
    StepFailed,
    StepRunner,
)
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.formula.shapes import Type
from tessera.meta.flows import StepDoc
from tessera.meta.steps import compensate_step, for_each_step
from tessera.meta.steps.decide_table_step import DecideTable
from tessera.meta.steps.for_each_step import ForEach
from tessera.meta.steps.set_step import Set


class SetRunner(StepRunner):
    """Gives variables new values."""

    name: ClassVar[str] = "set"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """All formulas see the values before."""
        options: Set = step.options
        values = [(name, run.value(formula)) for name, formula in options.values]
        for name, value in values:
            run.set_variable(name, value)
            run.tell(name, value)
        return Done()


class ForEachRunner(StepRunner):
    """Repeats its block. The members are kept with the step, so that every round finds the same list."""

    name: ClassVar[str] = "for_each"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The first round, or the end when there is nothing in the list."""
        options: ForEach = step.options
        found = run.value(options.items) or ()
        limit = work.settings.limits.flow_items
        if len(found) > limit:
            raise TooManyItems(limit=limit)
        items = pack(list(found), options.items.type)
        run.memo()["items"] = items
        return Enter(for_each_step.BLOCK, 0, {"count": len(items)}) if items else Done({"count": 0})

    def after(self, work: Work, step: StepDoc, run: Run, entered: Enter | Fork) -> Outcome:
        """The next round, or the end."""
        assert isinstance(entered, Enter) and entered.round is not None, "a loop goes round by round"
        count = len(run.memo()["items"])
        following = entered.round + 1
        return Enter(for_each_step.BLOCK, following) if following < count else Done({"count": count})

    def names(self, work: Work, step: StepDoc, run: Run, number: int) -> Mapping[str, tuple[Any, Type]]:
        """The member of the round."""
        options: ForEach = step.options
        items = run.memo()["items"]
        item = items[str(number)] if isinstance(items, dict) else items[number]
        return {options.item.name: (unpack(item), options.item.type)}

    def kept(self, work: Work, step: StepDoc, run: Run, number: int) -> dict[str, Json]:
        """The member of the round."""
        return {"items": {str(number): run.memo()["items"][number]}}


class ParallelRunner(StepRunner):
    """Runs its branches by turns."""

    name: ClassVar[str] = "parallel"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """All branches begin."""
        return Fork(step.options)


class FailRunner(StepRunner):
    """Ends the run as failed."""

    name: ClassVar[str] = "fail"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The end, with its message."""
        return Fail("failed_by_flow", str(run.value(step.options.message) or "The flow says so."))


class CompensateRunner(StepRunner):
    """Notes a block that takes back what was done."""

    name: ClassVar[str] = "compensate"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Done, once it is noted."""
        run.undo_by(compensate_step.BLOCK, step.options)
        return Done()


class DecideTableRunner(StepRunner):
    """Picks a row of a released table."""

    name: ClassVar[str] = "decide_table"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The first row for which the condition holds. The history tells which."""
        options: DecideTable = step.options
        table = run.model.part("table", options.table)
        condition = run.bound(options.where)
        for row in table.rows if table is not None else ():
            if condition(row, work.host()) is True:
                return Done(dict(row), {"row": row["id"], "because": options.where.text})
        if options.needs_row:
            raise StepFailed(why=f'no row of "{options.table}" is meant')
        return Done(None, {"row": None})


for _runner in (SetRunner(), ForEachRunner(), ParallelRunner(), FailRunner(), CompensateRunner(), DecideTableRunner()):
    STEP_RUNNERS.add(_runner.name, _runner)
