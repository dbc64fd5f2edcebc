"""What a kind of step is to the compiler of flows.

A step of a flow is an object {"uid", "do": <kind>, "label", "as", "when", "on_error", … keys of its kind}. A kind
stands in a file of its own, `meta/steps/<kind>_step.py`, and looks like this:

    @dataclass(frozen=True, slots=True)
    class SendNote:                            # what the engine gets as step.options: frozen, formulas compiled
        to: Formula
        note: str                              # key of a document, never its name

    class SendNoteStep(StepType):
        name = "send_note"                     # the value of "do"
        label = Label("发送便笺", "Send a note")
        help = Label("给一个人发送便笺。", "Sends a note to a person.")
        category = "outside"                   # where the palette shows it: one of CATEGORIES
        is_outside = True                      # its runner is an OutsideRunner
        schema = {"to": FORMULA, "note": NAME} # JSON Schemas of its own keys
        required = ("to", "note")
        example = {"note": "hello", "to": "record.owner"}

        def compile(self, item, at, into):
            to = into.formula(item, "to", at, TEXT)
            note = into.document("note", item["note"], (*at, "note"))
            if to is None or note is None:
                return None                    # what is wrong was reported by `into`
            return Compiled(SendNote(to, note.key), result=StaticShape(...) as a Type)

    STEP_TYPES.add("send_note", SendNoteStep())

The engine's side stands in `engine/flows/steps/send_note.py` (see its base.py). Nothing else has to be edited: the
schema of flows, the check, the reference page and the palette are made from the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import Type
from tessera.meta.flows import Block
from tessera.meta.model import EMPTY, Label
from tessera.registry import Registry

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

_COMMON = "urn:tessera:schema:common#/$defs/"

CATEGORIES: Mapping[str, Label] = {
    "records": Label("记录", "Records"),
    "control": Label("控制", "Control"),
    "time": Label("时间", "Time"),
    "ledgers": Label("账本", "Ledgers"),
    "people": Label("人员", "People"),
    "outside": Label("外部", "Outside"),
}
"""Groups of step kinds, in the order in which a palette shows them."""

FORMULA: Mapping[str, Json] = {"$ref": f"{_COMMON}formula"}
NAME: Mapping[str, Json] = {"$ref": f"{_COMMON}name"}
DURATION: Mapping[str, Json] = {"$ref": f"{_COMMON}duration"}
LABEL: Mapping[str, Json] = {"$ref": f"{_COMMON}label"}
UID: Mapping[str, Json] = {"$ref": f"{_COMMON}uid"}
STEPS: Mapping[str, Json] = {
    "type": "array", "maxItems": 200, "items": {"$ref": "urn:tessera:schema:step"},
}
"""A block of steps inside a step."""

VALUES: Mapping[str, Json] = {
    "type": "object", "propertyNames": NAME, "additionalProperties": FORMULA, "maxProperties": 500,
    "description": "For each name the formula of its value.",
}
"""Values by name: of the fields of a record, of the inputs of a flow."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What the compile of a kind gives.

    options: frozen, for the engine. result: type of its output, None when it gives nothing to name. blocks: the steps
    inside it by the block's name, made by `into.block`.
    """

    options: Any
    result: Type | None = None
    blocks: Mapping[str, Block] = field(default_factory=lambda: EMPTY)


class StepType:
    """A kind of step. schema: of its own keys; a "default" there is what a key that is left out means.

    is_outside: it reaches outside the database, so that it may have a timeout and "at_most_once". example: its own
    keys, for the documentation; it must compile in the flow of `tests/tidy/flow_examples.py`, which begins with a
    record called `record`.
    """

    name: ClassVar[str] = ""
    label: ClassVar[Label] = Label()
    help: ClassVar[Label] = Label()
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {}
    required: ClassVar[tuple[str, ...]] = ()
    is_outside: ClassVar[bool] = False
    example: ClassVar[Mapping[str, Json]] = {}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The step's options; None when something of it is wrong, which `into` has reported.

        item: the step as it stands in the document, fitting the schema. at: its place in the document. into: offers
        formulas in the scope of the step, look-ups by name, inner blocks and problems.
        """
        raise NotImplementedError


STEP_TYPES: Registry[StepType] = Registry("step kind")
"""Every kind of step by name; plugins add theirs."""
