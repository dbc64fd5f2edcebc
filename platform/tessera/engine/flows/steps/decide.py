"""Runs `decide`: the first branch whose condition holds."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Enter, Fork, Outcome, Run, StepRunner
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps.decide_step import OTHERWISE, Decide


class DecideRunner(StepRunner):
    """Conditions are asked once: the branch is kept, and a run that goes on later takes the same way."""

    name: ClassVar[str] = "decide"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Enter the branch. The history tells what each condition gave."""
        options: Decide = step.options
        asked: dict[str, bool] = {}
        for branch in options.branches:
            asked[branch.name] = run.value(branch.when) is True
            if asked[branch.name]:
                return Enter(branch.name, note={"branch": branch.name, "because": branch.when.text, "asked": asked})
        return Enter(OTHERWISE, note={"branch": OTHERWISE, "asked": asked})

    def after(self, work: Work, step: StepDoc, run: Run, entered: Enter | Fork) -> Outcome:
        """The step gives the branch."""
        assert isinstance(entered, Enter), "a decision enters one block"
        return Done(entered.block)


STEP_RUNNERS.add("decide", DecideRunner())
