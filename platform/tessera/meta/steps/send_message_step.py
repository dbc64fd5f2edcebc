"""Sends a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import INTEGER, TEXT, Member, StaticShape, Type
from tessera.meta.messages import MessageDoc
from tessera.meta.model import Label
from tessera.meta.schema import did_you_mean
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, VALUES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

SENT = Type("record", nullable=False, shape=StaticShape("sent", (
    Member("id", INTEGER.required()), Member("state", TEXT.required()), Member("reason", TEXT),
)))  # fmt: skip
"""What the step gives. id: of the first delivery. state: waiting, merged or suppressed; reason: why it is that."""


@dataclass(frozen=True, slots=True)
class SendMessage:
    """message: key of its document. record: what it is about. to: a record or a user's id; to_entity: of a record."""

    message: str
    record: Formula | None
    to: Formula | None
    to_entity: str
    group: str
    values: tuple[tuple[str, Formula], ...]


class SendMessageStep(StepType):
    """Sends a message; it is written with the step, and delivered afterwards."""

    name: ClassVar[str] = "send_message"
    label: ClassVar[Label] = Label("发送消息", "Send a message")
    help: ClassVar[Label] = Label(
        "向记录所指的人、某个用户或某个群发送消息；随后按渠道、免打扰时间和频次投递。",
        "Sends a message to the person of a record, a user or a group; channels, quiet hours and caps decide the rest.",
    )
    category: ClassVar[str] = "people"
    schema: ClassVar[Mapping[str, Any]] = {
        "message": NAME,
        "record": {**FORMULA, "description": "What it is about; left out: the trigger's record."},
        "to": {**FORMULA, "description": "A record or the id of a user; left out: as the message says."},
        "group": {**NAME, "description": "A group in place of a person."},
        "values": VALUES,
    }
    required: ClassVar[tuple[str, ...]] = ("message",)
    example: ClassVar[Mapping[str, Json]] = {"message": "overdue", "values": {"fee": "record.total"}}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The message, what it is about, to whom it goes, and its values."""
        doc = into.linker.part("message", item["message"], into.pointer((*at, "message")))
        if not isinstance(doc, MessageDoc):
            return None
        record = self._record(doc, item, at, into)
        to, to_entity = self._to(doc, item, at, into)
        values = self._values(doc, item, at, into)
        if into.is_lacking(item, {"to": to}) or values is None or (doc.entity and record is None):
            return None
        if "to" in item and "group" in item:
            into.problem("two_recipients", (*at, "group"), "It goes to somebody or to a group, not to both.")
            return None
        return Compiled(SendMessage(doc.key, record, to, to_entity, item.get("group", ""), values), SENT)

    def _record(self, doc: MessageDoc, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler
                ) -> Formula | None:
        if not doc.entity:
            if "record" in item:
                into.problem("not_about", (*at, "record"), f'"{doc.name}" is about no record.')
            return None
        found = into.record(item, "record", at, into.linker.entity_of(doc.entity))
        return found[0] if found is not None else None

    def _to(self, doc: MessageDoc, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler
            ) -> tuple[Formula | None, str]:
        found = into.formula(item, "to", at)
        if found is None:
            return None, ""
        if found.type.kind == "record":
            entity = into.entity_of(found.type)
            if entity is not None and doc.to_entity in ("", entity.key):
                return found, entity.key
        elif found.type.kind == "number" and found.type.integer:
            return found, ""
        wanted = into.linker.entity_of(doc.to_entity) if doc.to_entity else None
        name = f'a record of "{wanted.name}"' if wanted is not None else "a record"
        into.problem("wrong_type", (*at, "to"), f"This must give {name}, or the id of a user.")
        return None, ""

    def _values(self, doc: MessageDoc, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler
                ) -> tuple[tuple[str, Formula], ...] | None:
        known = {each.name: each for each in doc.values}
        given: Mapping[str, str] = item.get("values", {})
        found: list[tuple[str, Formula]] = []
        for name, text in given.items():
            if name not in known:
                message = f'"{doc.name}" has no value "{name}".'
                into.problem("unknown_value", (*at, "values", name), message, did_you_mean(name, known))
                continue
            formula = into.text(text, (*at, "values", name), known[name].type)
            found += [(name, formula)] if formula is not None else []
        lacking = sorted(doc.required - given.keys())
        for name in lacking:
            into.problem("missing_value", at, f'"{doc.name}" needs the value "{name}".', name=name)
        return tuple(found) if len(found) == len(given) and not lacking else None


STEP_TYPES.add("send_message", SendMessageStep())
