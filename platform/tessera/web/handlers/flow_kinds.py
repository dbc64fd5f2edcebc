"""What flows are made of: the kinds of triggers and steps, for a designer that knows none of them by itself."""

from __future__ import annotations

from tessera.engine.building.rights import ensure_may
from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps import STEP_TYPES, StepType
from tessera.meta.steps.base import CATEGORIES
from tessera.meta.triggers import TRIGGER_TYPES, TriggerType
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.routes import route


@route(
    "GET",
    "/api/v1/flows/kinds",
    tag="Flows",
    summary="List kinds of triggers and steps",
    scope="metadata",
    answer="Object",
)
def list_flow_kinds(call: Call) -> Answer:
    """The kinds of triggers and steps with labels, the JSON Schemas of their own keys and an example; categories in
    the order of a palette. For who may design."""
    ensure_may(call.work, "design")
    categories = [{"name": name, "label": _label(each)} for name, each in CATEGORIES.items()]
    steps = [_step(each) for _, each in STEP_TYPES.items()]
    triggers = [_trigger(each) for _, each in TRIGGER_TYPES.items()]
    return json_answer({"categories": categories, "steps": steps, "triggers": triggers})


def _label(label: Label) -> dict[str, Json]:
    return {"zh": label.zh, "en": label.en}


def _kind(each: StepType | TriggerType) -> dict[str, Json]:
    return {
        "name": each.name, "label": _label(each.label), "help": _label(each.help), "schema": dict(each.schema),
        "required": list(each.required), "example": dict(each.example),
    }  # fmt: skip


def _step(each: StepType) -> dict[str, Json]:
    return {**_kind(each), "category": each.category, "is_outside": each.is_outside}


def _trigger(each: TriggerType) -> dict[str, Json]:
    return {
        **_kind(each), "has_record": each.has_record, "takes_input": each.takes_input, "is_event": bool(each.topic),
        "has_before": each.has_before, "has_after": each.has_after,
    }  # fmt: skip
