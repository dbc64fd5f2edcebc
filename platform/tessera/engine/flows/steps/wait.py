"""Runs `wait`: for a length of time, until a moment, or for an event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from tessera.engine.flows.dispatching import event_keys
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner, Wait, Woken
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps.wait_step import Awaited, WaitFor


class WaitRunner(StepRunner):
    """Waits; the end of the wait is kept, so that a run that goes on elsewhere waits no longer."""

    name: ClassVar[str] = "wait"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The wait; a moment that has passed ends it at once."""
        options: WaitFor = step.options
        if options.event is not None:
            until = None if options.timeout_s is None else work.now + timedelta(seconds=options.timeout_s)
            run.memo()["until"] = until.isoformat() if until is not None else None
            return Wait(until, self._key(options.event, run))
        until = self._until(work, options, run)
        if until <= work.now:
            return Done({"timed_out": False}, {"until": until.isoformat()})
        return Wait(until, note={"until": until.isoformat()})

    def woken(self, work: Work, step: StepDoc, run: Run, why: Woken) -> Outcome:
        """The end of the wait; an event that is not meant is waited out."""
        event: Awaited | None = step.options.event
        if event is None:
            return Done({"timed_out": False})
        if why.is_timeout:
            return Done({"timed_out": True, "found": None})
        found = {"id": why.payload["record"]} if why.payload["record"] is not None else None
        if event.where is not None and not self._is_meant(event, run, found):
            until = run.memo().get("until")
            return Wait(datetime.fromisoformat(until) if until else None, self._key(event, run))
        return Done({"timed_out": False, "found": found}, {"event": why.payload["event"]})

    def _is_meant(self, event: Awaited, run: Run, found: dict[str, int] | None) -> bool:
        assert event.where is not None, "the caller has seen it"
        paths = {path[1:] for path in event.where.reads if path[0] == "found" and len(path) > 1}
        return run.value(event.where, {"found": run.loaded(found, event.found, paths)}) is True

    def _key(self, event: Awaited, run: Run) -> str:
        number = None
        if event.record is not None:
            number = run.record_id(event.record)
            if number is None:
                raise StepFailed(why=f"{event.record.text} is blank")
        return event_keys(event.topic, event.entity, number)[-1]

    def _until(self, work: Work, options: WaitFor, run: Run) -> datetime:
        if options.seconds is not None:
            return work.now + timedelta(seconds=options.seconds)
        found = run.value(options.until)
        if isinstance(found, datetime):
            return found
        if isinstance(found, date):
            zone = ZoneInfo(work.settings.zone)
            return datetime(found.year, found.month, found.day, tzinfo=zone).astimezone(UTC)
        return work.now  # blank: there is nothing to wait for


STEP_RUNNERS.add("wait", WaitRunner())
