"""What a kind of trigger is to the compiler of flows.

A trigger is the object {"on": <kind>, "entity", "when", "input", … keys of its kind} of a flow. A kind stands in a file
of its own, `meta/triggers/<kind>_trigger.py`, and looks like the kinds of steps do (see `meta/steps/base.py`):

    class RecordCreatedTrigger(TriggerType):
        name = "record.created"                # the value of "on"
        label = Label("记录新建", "A record is created")
        help = Label("…", "…")
        topic = "record.created"               # events of the outbox that it listens to, "" for none
        has_record = True                      # runs are about a record: "entity" is needed, `record` is there

        def compile(self, item, at, into):
            return Options(…) or None          # into: as for steps; `record`, `before`, `event` … are in its scope

    TRIGGER_TYPES.add("record.created", RecordCreatedTrigger())

Which events are meant is the engine's question: `engine/flows/triggers/` has a file for each kind with a topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Member
from tessera.meta.model import Label
from tessera.registry import Registry

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class TriggerType:
    """A kind of trigger.

    topic: of the events in the outbox that it listens to, "" when something else begins its runs. has_record: its runs
    are about a record of the entity that it names. takes_input: whoever begins a run may give values. has_before and
    has_after: formulas may ask for the record's values just before and just after the event. event: what further its
    formulas find in `event`.
    """

    name: ClassVar[str] = ""
    label: ClassVar[Label] = Label()
    help: ClassVar[Label] = Label()
    schema: ClassVar[Mapping[str, Any]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    topic: ClassVar[str] = ""
    has_record: ClassVar[bool] = False
    takes_input: ClassVar[bool] = False
    has_before: ClassVar[bool] = False
    has_after: ClassVar[bool] = False
    event: ClassVar[tuple[Member, ...]] = ()
    example: ClassVar[Mapping[str, Json]] = {}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Any:
        """The trigger's options, frozen; None when something of it is wrong, which `into` has reported."""
        return ()


TRIGGER_TYPES: Registry[TriggerType] = Registry("trigger kind")
"""Every kind of trigger by name; plugins add theirs."""
