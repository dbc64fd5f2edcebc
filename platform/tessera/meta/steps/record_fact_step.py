"""Records a fact, whose rules post for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import DATETIME, TEXT
from tessera.meta.model import Label
from tessera.meta.rules import TimelineDoc
from tessera.meta.schema import did_you_mean
from tessera.meta.steps.base import NAME, STEP_TYPES, VALUES, Compiled, StepType
from tessera.meta.steps.ledgers import AT, HOLDER, KEY, POSTED

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class RecordFact:
    """timeline: its key. fact: its uid. holder: on whose life. values: by the names of its fields."""

    timeline: str
    fact: str
    holder: Formula
    values: tuple[tuple[str, Formula], ...]
    at: Formula | None
    key: Formula | None


class RecordFactStep(StepType):
    """Records a fact on a holder's timeline; its rules post for it."""

    name: ClassVar[str] = "record_fact"
    label: ClassVar[Label] = Label("记录事实", "Record a fact")
    help: ClassVar[Label] = Label(
        "在时间线上记录一个事实，由其规则记账。", "Records a fact on a holder's timeline; its rules post for it."
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "timeline": NAME, "fact": NAME, "holder": HOLDER, "values": VALUES, "at": AT, "key": KEY,
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("timeline", "fact")
    example: ClassVar[Mapping[str, Json]] = {
        "timeline": "account_life", "fact": "gift", "holder": "record.account", "values": {"amount": "5"},
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The fact, its holder and its values."""
        document = into.named_document("timeline", item["timeline"], (*at, "timeline"))
        found: TimelineDoc | None = into.linker.parts().get("timeline", {}).get(document.key) if document else None
        if found is None:
            return None
        fact = next((each for each in found.facts if each.name == item["fact"]), None)
        if fact is None:
            message = f'The timeline "{found.name}" has no fact "{item["fact"]}".'
            known = [each.name for each in found.facts]
            into.problem("unknown_fact", (*at, "fact"), message, did_you_mean(item["fact"], known))
            return None
        holder = into.record(item, "holder", at, into.linker.entity_of(found.per))
        parts = {"at": into.formula(item, "at", at, DATETIME), "key": into.formula(item, "key", at, TEXT)}
        values: list[tuple[str, Formula]] = []
        for name in item.get("values", {}):
            member = fact.fields.member(name)
            if member is None:
                known = [each.name for each in fact.fields.members()]
                message = f'The fact "{fact.name}" has no field "{name}".'
                into.problem("unknown_field", (*at, "values", name), message, did_you_mean(name, known))
                continue
            value = into.formula(item["values"], name, (*at, "values"), member.type)
            if value is not None:
                values.append((member.name, value))
        if holder is None or into.is_lacking(item, parts) or len(values) < len(item.get("values", {})):
            return None
        options = RecordFact(found.key, fact.uid, holder[0], tuple(values), parts["at"], parts["key"])
        return Compiled(options, POSTED)


STEP_TYPES.add("record_fact", RecordFactStep())
