"""Runs the step that sends a message: its deliveries are written in the transaction of the step."""

from __future__ import annotations

from typing import Any, ClassVar

from tessera.engine import messages
from tessera.engine.flows.steps.base import STEP_RUNNERS, Done, Outcome, Run, StepFailed, StepRunner
from tessera.engine.work import Work
from tessera.meta.flows import StepDoc
from tessera.meta.steps.send_message_step import SendMessage


class SendMessageRunner(StepRunner):
    """Sends a message once for each step."""

    name: ClassVar[str] = "send_message"

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """The message's first delivery, its state, and why it is that."""
        options: SendMessage = step.options
        about = None
        if options.record is not None:
            about = run.record_id(options.record)
            if about is None:
                raise StepFailed(why=f"{options.record.text} is blank")
        values = {name: run.value(formula) for name, formula in options.values}
        sent = messages.send(
            work, options.message, self._to(options, run), values, run.key, about=about, source=f"run:{run.id}"
        )
        run.tell("deliveries", list(sent.ids))
        return Done({"id": sent.ids[0], "state": sent.state, "reason": sent.reason or None})

    def _to(self, options: SendMessage, run: Run) -> Any:
        """Whom the step names, None when the message's document does. Raises: StepFailed for a blank."""
        if options.group:
            return messages.ToGroup(options.group)
        if options.to is None:
            return None
        if options.to_entity:
            number = run.record_id(options.to)
            found: Any = None if number is None else messages.ToRecord(options.to_entity, number)
        else:
            number = run.value(options.to)
            found = None if number is None else messages.ToUser(int(number))
        if found is None:
            raise StepFailed(why=f"{options.to.text} is blank")
        return found


STEP_RUNNERS.add("send_message", SendMessageRunner())
