"""An event that somebody outside sends to a hook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import JSON, TEXT, Member
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Webhook:
    """hook: its name."""

    hook: str


class WebhookTrigger(TriggerType):
    """An event from outside. Its inputs are found under their names in the body, which is a JSON object."""

    name: ClassVar[str] = "webhook.received"
    label: ClassVar[Label] = Label("收到网络钩子时", "A webhook is received")
    help: ClassVar[Label] = Label(
        "外部系统向钩子发来已签名的事件时开始；event.body 是其内容，输入按名称取自其中。",
        "A run when an outside system sends a signed event to a hook; event.body is what it sent, inputs are found in "
        "it by their names.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "hook": {
            "$ref": "urn:tessera:schema:common#/$defs/name",
            "description": "The hook, which an administrator makes: tessera hook add.",
        },
    }
    required: ClassVar[tuple[str, ...]] = ("hook",)
    topic: ClassVar[str] = "webhook.received"
    takes_input: ClassVar[bool] = True
    event: ClassVar[tuple[Member, ...]] = (
        Member("hook", TEXT.required()), Member("event_id", TEXT.required()), Member("body", JSON),
    )  # fmt: skip
    example: ClassVar[Mapping[str, Json]] = {
        "hook": "shop", "input": [{"uid": "number", "name": "number", "type": "text", "required": True}],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Webhook | None:
        """The hook; records cannot come in by a webhook."""
        for place, each in enumerate(item.get("input", ())):
            if each["type"] == "record":
                message = "What comes from outside is no record; take its key as a text."
                into.problem("wrong_type", (*at, "input", place, "type"), message)
                return None
        return Webhook(item["hook"])


TRIGGER_TYPES.add("webhook.received", WebhookTrigger())
