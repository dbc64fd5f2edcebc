"""Calls another flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import Member, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.model import Label
from tessera.meta.rule_scope import VALUE_TYPES
from tessera.meta.schema import did_you_mean
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, VALUES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

_CALLABLE = frozenset({"call", "manual", "button"})


@dataclass(frozen=True, slots=True)
class CallFlow:
    """flow: its key. record: what it is about, None for nothing. inputs: by name. waits: for its end."""

    flow: str
    record: Formula | None
    inputs: tuple[tuple[str, Formula], ...]
    waits: bool


class CallFlowStep(StepType):
    """Calls another flow with values, and waits for what it gives back."""

    name: ClassVar[str] = "call_flow"
    label: ClassVar[Label] = Label("调用流程", "Call a flow")
    help: ClassVar[Label] = Label(
        "调用另一个流程并等待其返回值；也可以不等待。",
        "Calls another flow and waits for the values that it gives back, or only begins it.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "flow": NAME,
        "record": {**FORMULA, "description": "The record that the called flow is about."},
        "input": VALUES,
        "wait": {"type": "boolean", "default": True, "description": "Whether to wait for its end."},
    }
    required: ClassVar[tuple[str, ...]] = ("flow",)
    example: ClassVar[Mapping[str, Json]] = {"flow": "helper", "record": "record", "input": {"note": "'hello'"}}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The flow, the record and the values, as the called flow's trigger asks for them."""
        document = into.named_document("flow", item["flow"], (*at, "flow"))
        if document is None:
            return None
        trigger: Mapping[str, Json] = document.body.get("trigger", {})
        if trigger.get("on") not in _CALLABLE:
            message = f'The flow "{document.name}" begins with {trigger.get("on")}; it cannot be called.'
            into.problem("not_callable", (*at, "flow"), message, 'Give it the trigger "call".')
            return None
        record = self._record(item, at, into, trigger)
        inputs = self._inputs(item.get("input", {}), (*at, "input"), into, document)
        if inputs is None or (record is None and "entity" in trigger):
            return None
        members = tuple(Member(each["name"], VALUE_TYPES[each["type"]].optional())
                        for each in document.body.get("returns", ()) if each.get("type") in VALUE_TYPES)
        waits = item.get("wait", True)
        result = Type("record", nullable=False, shape=StaticShape("returned", members)) if waits else None
        return Compiled(CallFlow(document.key, record, inputs, waits), result)

    def _record(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler,
                trigger: Mapping[str, Json]) -> Formula | None:
        if "entity" not in trigger:
            if "record" in item:
                into.problem("unknown_key", (*at, "record"), "The called flow is about no record.")
            return None
        entity = into.linker.document("entity", str(trigger["entity"]))
        draft = into.linker.entity_of(entity.key) if entity is not None else None
        found = into.record(item, "record", at, draft) if draft is not None else None
        return found[0] if found is not None else None

    def _inputs(self, values: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler, document: Document
                ) -> tuple[tuple[str, Formula], ...] | None:
        asked = {each["name"]: each for each in document.body["trigger"].get("input", ()) if "name" in each}
        is_good = True
        found: list[tuple[str, Formula]] = []
        for name in values:
            here = (*at, name)
            if name not in asked:
                message = f'The flow "{document.name}" has no input "{name}".'
                into.problem("unknown_input", here, message, did_you_mean(name, asked))
                is_good = False
                continue
            into.linker.use(into.pointer(here), f"{document.key}.{asked[name]['uid']}", "key")
            value = into.formula(values, name, at, _type_of(asked[name], into))
            is_good = is_good and value is not None
            if value is not None:
                found.append((name, value))
        for name, each in asked.items():
            if each.get("required") and name not in values:
                into.problem("missing_key", at[:-1], f'The input "{name}" is missing.')
                is_good = False
        return tuple(found) if is_good else None


def _type_of(item: Mapping[str, Json], into: FlowCompiler) -> Type | None:
    if item["type"] != "record":
        return VALUE_TYPES.get(item["type"])
    document = into.linker.document("entity", str(item.get("of", "")))
    draft = into.linker.entity_of(document.key) if document is not None else None
    return Type("record", shape=draft.shape) if draft is not None else None


STEP_TYPES.add("call_flow", CallFlowStep())
