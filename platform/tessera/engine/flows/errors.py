"""What can go wrong with flows and their runs."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class NotOurs(Exception):
    """The run was claimed by another worker, or ended, in the meantime. Private to the engine."""


class StepError(Exception):
    """The step at a path failed with an error; the transaction is undone. Private to the engine."""

    def __init__(self, path: str, error: BaseException) -> None:
        super().__init__(f"{path}: {error}")
        self.path = path
        self.error = error


class Unusable(Exception):
    """The flow of a run cannot be read any more. Private to the engine."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


class TooManySteps(TesseraError):
    """The run has taken {limit} steps, more than it may."""

    code = "too_many_steps"
    status = 422
    hint = "Look for a loop without an end, or divide the work among several runs."


class TooLargeResult(TesseraError):
    """The step's result has more than {limit} bytes."""

    code = "result_too_large"
    status = 422
    hint = "Keep records and give their ids, or ask for fewer."


class FlowLoop(TesseraError):
    """This run would be the end of a chain of more than {limit} runs, each of which caused the next."""

    code = "flow_loop"
    status = 422
    hint = "Look at the chain: a condition of one of its triggers is too wide."


class PoisonRun(TesseraError):
    """Workers died {deaths} times at this step."""

    code = "poison_run"
    status = 422
    hint = "Repair what makes the process end there, then retry the run."


class StepTimeout(TesseraError):
    """The step did not end within {limit} seconds."""

    code = "step_timeout"
    status = 504


class ActorGone(TesseraError):
    """The flow acts for a user who is no longer active."""

    code = "actor_gone"
    status = 422


class FieldGone(TesseraError):
    """The field "{field}", which the step gives a value, is no more."""

    code = "field_gone"
    status = 422
    hint = "Repeat the run with the present release of its flow."


class NotStartable(Conflict):
    """The flow "{name}" is not begun this way: its trigger is {trigger}."""

    code = "not_startable"
    hint = "Only flows with the trigger button or manual are begun by hand."


class NotScheduled(Conflict):
    """The flow "{name}" does not go by the clock: its trigger is {trigger}."""

    code = "not_scheduled"
    hint = "Only flows with the trigger schedule or date_reached have slots."


class RunNotOpen(Conflict):
    """The run is {state}, so it cannot be {action}."""

    code = "run_not_open"
    hint = "Look at its present state."


class FlowInactive(Conflict):
    """The flow "{name}" is switched off."""

    code = "flow_inactive"
    hint = "Switch it on in its document."


class TooManyItems(TesseraError):
    """The list has more than {limit} members."""

    code = "too_many_items"
    status = 422
    hint = "Take them in portions, or begin a run of another flow for each."


class TooManyFound(TesseraError):
    """A step finds at most {limit} records."""

    code = "too_many_found"
    status = 422
    hint = "Lower its limit."


class NothingBegun(TesseraError):
    """The change does not begin the flow "{name}": its trigger does not mean it."""

    code = "nothing_begun"
    status = 422
    hint = "Look at the trigger: its entity, its fields or states, and its condition."
