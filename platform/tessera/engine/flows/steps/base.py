"""What a kind of step is to the engine: a runner, in a file of its own, `engine/flows/steps/<kind>.py`.

A runner of what stays in the database does its work in the transaction that it is handed. Guard, the step's row, the
cursor and what is emitted are written by the engine around it, so the step happens exactly once:

    class SendNote(StepRunner):
        name = "send_note"

        def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
            options: SendNoteOptions = step.options
            note = notes.add(work, run.value(options.text))        # formulas: through run.value, in the run's scope
            run.tell("to", note.to)                                # for the history: what went in
            return Done({"id": note.id})                           # the step's result, as formulas see it

    STEP_RUNNERS.add("send_note", SendNote())

Outcomes: Done(output) goes on with the next step. Wait(until, key) sleeps until an instant, until `wake(work, key,
payload)` is called, or whichever comes first; `woken` is asked then, and may wait again. Enter(block) runs a block of
steps inside; `after` is asked at its end, and may enter a block again (a loop). Fork(blocks) runs several by turns.
Stop(reason) ends the run as done. A failure is any exception: TesseraError (its code is told), StepFailed.

A runner of what reaches outside has three parts, since nothing outside may happen within a transaction:

    class CallSomething(OutsideRunner):
        name = "call_something"

        def prepare(self, work, step, run) -> Json:                # transaction A: the request, kept under run.key
            return {"url": …, "body": wire(run.value(options.body))}  # wire: engine.flows.packing
        def call(self, process, request, key) -> Json:             # no transaction; raises OutsideFailed(retry=…)
            return client.post(request, headers={"Idempotency-Key": key})
        def finish(self, work, step, run, answer) -> Outcome:      # transaction B
            return Done(answer)

A worker that dies between A and B leaves a call whose end nobody knows: it is begun again with the same key (at least
once; the history says "repeated"), unless the step says "at_most_once": then the run waits in state review.

What a runner gives as output are Python values as formulas know them (Decimal, date, datetime, str, bool, int, dict,
list); a record is {"id": its id}. They are kept as JSON by the step's `result` type and must not exceed
Limits.flow_result_bytes. Personal values do not belong into outputs: give the record, which is read again when needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeAlias

from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError
from tessera.formula import Formula
from tessera.formula.binding import Bound
from tessera.formula.shapes import Type
from tessera.meta.flows import FlowDoc, StepDoc
from tessera.meta.model import Entity, Model
from tessera.registry import Registry


class StepFailed(TesseraError):
    """The step failed: {why}"""

    code = "step_failed"
    status = 422


class OutsideFailed(TesseraError):
    """A call to the outside failed: {why}"""

    code = "outside_failed"
    status = 502

    def __init__(self, message: str = "", *, retry: bool = True, after_s: float | None = None, **params: Json) -> None:
        """retry: whether it may work another time. after_s: what the outside asked to wait at least."""
        super().__init__(message, **{"why": "", **params})
        self.retry = retry
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Done:
    """The step is done. output: its result. note: why it went as it did, for the history."""

    output: Any = None
    note: Json = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The step waits: until an instant, for a key that `wake` names, or for whichever comes first.

    keeps_place: the run keeps later runs of its order key waiting, too, whatever its flow says.
    """

    until: datetime | None = None
    key: str = ""
    note: Json = None
    keeps_place: bool = False


@dataclass(frozen=True, slots=True)
class Enter:
    """A block inside the step is run; `after` is asked at its end.

    round: number of the repetition in a loop, None when it is none. note: why this block.
    """

    block: str
    round: int | None = None
    note: Json = None


@dataclass(frozen=True, slots=True)
class Fork:
    """Several blocks inside the step are run by turns; `after` is asked when all have ended."""

    blocks: tuple[str, ...]
    note: Json = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The run ends here, as done."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """The run ends here as failed, without further attempts and without the step's on_error."""

    code: str
    message: str


Outcome: TypeAlias = Done | Wait | Enter | Fork | Stop | Fail
Branch = Enter


@dataclass(frozen=True, slots=True)
class Woken:
    """Why a waiting step is asked again. key: the one that was woken, "" when its time has come. payload: given."""

    key: str = ""
    payload: Json = None

    @property
    def is_timeout(self) -> bool:
        """Whether the time has come and nobody has woken it."""
        return not self.key


class Run(Protocol):
    """A run as its steps see it, at one of them."""

    path: str
    attempt: int

    @property
    def id(self) -> int:
        """Of the run."""
        ...

    @property
    def doc(self) -> FlowDoc:
        """The flow."""
        ...

    @property
    def model(self) -> Model:
        """Of the release that the run began under."""
        ...

    @property
    def release(self) -> int:
        """The number of that release."""
        ...

    @property
    def depth(self) -> int:
        """How many runs led to this one."""
        ...

    @property
    def actor_id(self) -> int:
        """Of the user who caused the run, 0 for the system."""
        ...

    @property
    def key(self) -> str:
        """The idempotency key of this step: the same for every attempt, another for every run and round of a loop."""
        ...

    @property
    def record(self) -> tuple[str, int] | None:
        """Key of the entity and id of the record that the run is about."""
        ...

    def value(self, formula: Formula | None, more: Mapping[str, Any] | None = None) -> Any:
        """The value of a formula in the scope of this step; None without a formula.

        more: further names. Records in it are read now, as far as the formula reads them. Raises: FormulaError.
        """
        ...

    def bound(self, formula: Formula) -> Bound:
        """A formula over rows (`FlowCompiler.row_formula`) in which everything but the row has its value."""
        ...

    def record_id(self, formula: Formula) -> int | None:
        """The id of the record that a formula gives."""
        ...

    def entity(self, key: str) -> Entity:
        """The entity of that key as it is now. Raises: NotFound when it is no more."""
        ...

    def loaded(self, value: Any, type_: Type | None, paths: Iterable[tuple[str, ...]]) -> Any:
        """A value with the records in it read as far as the paths below it go."""
        ...

    def tell(self, name: str, value: Any) -> None:
        """Keep a value for the history: what went into the step. Personal values do not belong there."""
        ...

    def set_variable(self, name: str, value: Any) -> None:
        """Give a variable of the run a value."""
        ...

    def undo_by(self, block: str, names: Iterable[str]) -> None:
        """Note that a block of this step, which reads these names, is to be run when the run fails."""
        ...

    def memo(self) -> dict[str, Json]:
        """JSON that this step keeps between being entered, woken and done; what is put into it stays."""
        ...


class StepRunner:
    """Does a kind of step in the database."""

    name: ClassVar[str] = ""

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Do the step, within the transaction that also writes that it is done."""
        raise NotImplementedError

    def woken(self, work: Work, step: StepDoc, run: Run, why: Woken) -> Outcome:
        """What follows when a Wait of it is over; unless overridden it is done, with what it was woken with."""
        return Done(why.payload)

    def after(self, work: Work, step: StepDoc, run: Run, entered: Enter | Fork) -> Outcome:
        """What follows when a block of it has ended; unless overridden it is done."""
        return Done()

    def names(self, work: Work, step: StepDoc, run: Run, number: int) -> Mapping[str, tuple[Any, Type]]:
        """The names that formulas inside that round of its loop see besides, each with its type."""
        return {}

    def kept(self, work: Work, step: StepDoc, run: Run, number: int) -> dict[str, Json]:
        """What of its memo `names` needs of that round, once the loop is over."""
        return {}

    def cancelled(self, work: Work, step: StepDoc, run: Run) -> None:
        """The run is cancelled, or fails elsewhere, while this step waits: take back what waits with it."""


class OutsideRunner(StepRunner):
    """Does a kind of step that reaches outside the database, in three parts; see the module."""

    first_retries: ClassVar[int] = 5
    """How often it is tried again when the flow says nothing, while failures say retry=True."""

    def prepare(self, work: Work, step: StepDoc, run: Run) -> Json:
        """The request, kept with the step before the call. Secrets do not belong into it, only their names."""
        raise NotImplementedError

    def call(self, process: Process, request: Json, key: str) -> Json:
        """Reach outside and give the answer. key: the same for every repetition. Raises: OutsideFailed."""
        raise NotImplementedError

    def finish(self, work: Work, step: StepDoc, run: Run, answer: Json) -> Outcome:
        """What follows from the answer."""
        return Done(answer)

    def rehearse(self, request: Json) -> Json:
        """The answer in a dry run for which none was given."""
        return {}

    def run(self, work: Work, step: StepDoc, run: Run) -> Outcome:
        """Not used: the engine takes the three parts."""
        raise AssertionError("the parts of an outside step are run one by one")


STEP_RUNNERS: Registry[StepRunner] = Registry("step runner")
"""Every runner by the kind of its steps; plugins add theirs."""


@dataclass
class Captured:
    """What a dry run kept from happening. calls: requests to the outside. messages: what would have been sent."""

    calls: list[dict[str, Json]] = field(default_factory=list)
    messages: list[dict[str, Json]] = field(default_factory=list)
