"""Waits for a length of time, a moment, or an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, Member, StaticShape, Type
from tessera.meta.flows import seconds
from tessera.meta.model import Label
from tessera.meta.steps.base import DURATION, FORMULA, NAME, STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

TOPICS = ("record.created", "record.updated", "record.deleted")


@dataclass(frozen=True, slots=True)
class Awaited:
    """An event. topic: of the outbox; entity: its key; record: which one, None for any. where: true for those meant.

    found: type of the record that it is about.
    """

    topic: str
    entity: str
    record: Formula | None
    where: Formula | None
    found: Type


@dataclass(frozen=True, slots=True)
class WaitFor:
    """seconds: how long; until: a day or instant; event: what for. timeout_s: of an event, None for ever."""

    seconds: int | None
    until: Formula | None
    event: Awaited | None
    timeout_s: int | None


class WaitStep(StepType):
    """Waits: for a length of time, until a day or instant, or for an event with a time limit."""

    name: ClassVar[str] = "wait"
    label: ClassVar[Label] = Label("等待", "Wait")
    help: ClassVar[Label] = Label(
        "等待一段时间、等到某个时刻，或等待某个事件（可设时限）。",
        "Waits for a length of time, until a day or instant, or for an event, if wanted only for so long.",
    )
    category: ClassVar[str] = "time"
    schema: ClassVar[Mapping[str, Any]] = {
        "for": {**DURATION, "description": "How long."},
        "until": {**FORMULA, "description": "A day (its beginning) or an instant; one that has passed ends the wait."},
        "event": {
            "type": "object", "additionalProperties": False, "required": ["on", "entity"],
            "properties": {
                "on": {"enum": list(TOPICS)},
                "entity": NAME,
                "record": {**FORMULA, "description": "Which record; left out: any of the entity."},
                "where": {**FORMULA, "description": "Only when it is true; the event's record is `found`."},
            },
        },
        "at_most": {**DURATION, "description": "Of an event: after so long the run goes on without it."},
    }  # fmt: skip
    example: ClassVar[Mapping[str, Json]] = {
        "event": {"on": "record.updated", "entity": "task", "record": "record", "where": "found.state = 'done'"},
        "at_most": "3d",
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """What is waited for."""
        given = [key for key in ("for", "until", "event") if key in item]
        if len(given) != 1 or ("at_most" in item and "event" not in item):
            message = 'It needs one of "for", "until" and "event"; "at_most" belongs to an event.'
            into.problem("missing_key", at, message)
            return None
        members = [Member("timed_out", BOOLEAN)]
        until = into.formula(item, "until", at)
        if until is not None and until.type.kind not in ("date", "datetime"):
            into.problem("wrong_type", (*at, "until"), "It must be a day or an instant.")
            return None
        event = None
        if "event" in item:
            found = self._event(item["event"], (*at, "event"), into)
            if found is None:
                return None
            event, member = found
            members.append(member)
        if into.is_lacking(item, {"until": until}):
            return None
        limit = seconds(item["at_most"]) if "at_most" in item else None
        options = WaitFor(seconds(item["for"]) if "for" in item else None, until, event, limit)
        return Compiled(options, Type("record", nullable=False, shape=StaticShape("wait", tuple(members))))

    def _event(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler
               ) -> tuple[Awaited, Member] | None:
        entity = into.named_entity(item["entity"], (*at, "entity"))
        if entity is None:
            return None
        record = into.record(item, "record", at, entity) if "record" in item else None
        type_ = Type("record", shape=entity.shape)
        where = into.formula(item, "where", at, BOOLEAN, Member("found", type_))
        if into.is_lacking(item, {"record": record, "where": where}):
            return None
        return Awaited(item["on"], entity.key, record[0] if record else None, where, type_), Member("found", type_)


STEP_TYPES.add("wait", WaitStep())
