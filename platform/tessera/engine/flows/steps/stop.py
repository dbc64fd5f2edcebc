"""Runs `stop`: the end of the run, as done."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine.flows.steps.base import STEP_RUNNERS, Outcome, Run, StepRunner, Stop
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc


class StopRunner(StepRunner):
    """Ends the run."""

    name: ClassVar[str] = "stop"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The end, with its reason."""
        return Stop(str(run.value(step.options.reason) or ""))


STEP_RUNNERS.add("stop", StopRunner())
