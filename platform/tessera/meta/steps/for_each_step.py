"""Repeats steps for every member of a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import INTEGER, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, STEPS, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

BLOCK = "do"


@dataclass(frozen=True, slots=True)
class ForEach:
    """items: the list, evaluated once. item: name and type of its member in the steps."""

    items: Formula
    item: Member


class ForEachStep(StepType):
    """Repeats steps for every member of a list, one after the other."""

    name: ClassVar[str] = "for_each"
    label: ClassVar[Label] = Label("逐项处理", "For each")
    help: ClassVar[Label] = Label(
        "对列表的每一项依次执行步骤；列表只取一次，中断后从未完成的那一项继续。",
        "Repeats steps for every member of a list. The list is read once; a run cut off goes on with its member.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "in": {**FORMULA, "description": "The list: lines, found records, rows of a table."},
        "each": {**NAME, "default": "item", "description": "Name of the member in the steps."},
        "steps": {**STEPS, "minItems": 1},
    }
    required: ClassVar[tuple[str, ...]] = ("in", "steps")
    example: ClassVar[Mapping[str, Json]] = {
        "in": "record.items", "each": "line",
        "steps": [{"uid": "tell", "do": "create_record", "entity": "receipt", "values": {"memo": "line.item"}}],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The list and the steps."""
        items = into.formula(item, "in", at)
        if items is None:
            return None
        member = into.item_member(items, item.get("each", "item"), (*at, "in"))
        if member is None:
            return None
        block = into.block(item["steps"], (*at, "steps"), BLOCK, member)
        shape = StaticShape("for_each", (Member("count", INTEGER.required()),))
        return Compiled(ForEach(items, member), Type("record", nullable=False, shape=shape), {BLOCK: block})


STEP_TYPES.add("for_each", ForEachStep())
