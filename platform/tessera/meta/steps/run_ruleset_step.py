"""Gives what rules have decided about a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import NUMBER, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.rules import FactorStep, LetStep, RulesetDoc
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

_PLAIN = frozenset({"number", "text", "boolean", "date", "datetime"})


@dataclass(frozen=True, slots=True)
class RunRuleset:
    """entity: key of the documents' entity. record: which of them. values: kind of each value by its name."""

    entity: str
    record: Formula
    values: tuple[tuple[str, str], ...]


class RunRulesetStep(StepType):
    """Gives the values that a ruleset has named for a record, once its holder's timeline is settled."""

    name: ClassVar[str] = "run_ruleset"
    label: ClassVar[Label] = Label("取规则结果", "Run a ruleset")
    help: ClassVar[Label] = Label(
        "结算记录所在的时间线，并给出规则集为它算出的各个值。",
        "Settles the timeline that a record belongs to, and gives the values that the ruleset has named for it.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ruleset": NAME,
        "record": {**FORMULA, "description": "The document; left out: the trigger's record."},
    }
    required: ClassVar[tuple[str, ...]] = ("ruleset",)
    example: ClassVar[Mapping[str, Json]] = {"ruleset": "on_task", "as": "decided"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The document and the values that the ruleset names."""
        document = into.named_document("ruleset", item["ruleset"], (*at, "ruleset"))
        found: RulesetDoc | None = into.linker.parts().get("ruleset", {}).get(document.key) if document else None
        if found is None:
            return None
        if not found.entity:
            message = f'The rules "{found.name}" are about no record.'
            into.problem("wrong_entity", (*at, "ruleset"), message)
            return None
        record = into.record(item, "record", at, into.linker.entity_of(found.entity))
        if record is None:
            return None
        members = [Member(each.name, each.value.type.optional() if isinstance(each, LetStep) else NUMBER)
                   for each in found.steps if isinstance(each, LetStep | FactorStep) and not each.over]  # fmt: skip
        plain = [each for each in members if each.type.kind in _PLAIN]
        options = RunRuleset(found.entity, record[0], tuple((each.name, each.type.kind) for each in plain))
        return Compiled(options, Type("record", nullable=False, shape=StaticShape("decided", tuple(plain))))


STEP_TYPES.add("run_ruleset", RunRulesetStep())
