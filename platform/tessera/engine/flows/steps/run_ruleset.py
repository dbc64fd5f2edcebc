"""Runs `run_ruleset`: what the rules of a timeline have decided about a record."""

from __future__ import annotations

from typing import ClassVar

from tessera.engine import timeline
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner
from tessera.engine.timeline.values import typed
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps.run_ruleset_step import RunRuleset


class RunRulesetRunner(StepRunner):
    """Reads the current decision, which is made when the record is written and again whenever history changes."""

    name: ClassVar[str] = "run_ruleset"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The values that the rules have named. Raises: StepFailed while the rules fail for the record."""
        options: RunRuleset = step.options
        number = run.record_id(options.record)
        if number is None:
            raise StepFailed(why=f"{options.record.text} is blank")
        run.tell("record", number)
        timeline.settle(work)
        found = timeline.decision_of(work, run.entity(options.entity).name, number)
        if found is None:
            raise StepFailed(why="the record takes part in no timeline")
        if found["parked"] is not None:
            raise StepFailed(why=str(found["parked"]["message"]))
        values = {name: typed(found["values"].get(name), kind) for name, kind in options.values}
        return Done(values, {"release": found["release"], "revision": found["revision"]})


STEP_RUNNERS.add("run_ruleset", RunRulesetRunner())
