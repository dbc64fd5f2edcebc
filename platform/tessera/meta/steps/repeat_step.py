"""Repeats steps as long as a condition holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, INTEGER, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, STEPS, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

BLOCK = "do"
DEFAULT_MOST = 100


@dataclass(frozen=True, slots=True)
class Repeat:
    """going: asked before every round. most: rounds."""

    going: Formula
    most: int


class RepeatStep(StepType):
    """Repeats steps as long as a condition over variables holds: for work that is done in portions."""

    name: ClassVar[str] = "repeat"
    label: ClassVar[Label] = Label("重复执行", "Repeat")
    help: ClassVar[Label] = Label(
        "条件成立时反复执行步骤，用于分批处理；次数有上限，中断后从未完成的那一轮继续。",
        "Repeats steps while a condition holds, at most so many times: for work in portions. A run cut off goes on.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "while": {**FORMULA, "description": "Asked before every round, also the first; over variables that steps set."},
        "at_most": {"type": "integer", "minimum": 1, "maximum": 1000, "default": DEFAULT_MOST,
                    "description": "Rounds; after so many it ends, and its `is_cut` is true."},
        "steps": {**STEPS, "minItems": 1},
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("while", "steps")
    example: ClassVar[Mapping[str, Json]] = {
        "while": "record.effort > 0", "at_most": 10,
        "steps": [{"uid": "less", "do": "update_record", "values": {"effort": "record.effort - 1"}}],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The condition and the steps."""
        going = into.formula(item, "while", at, BOOLEAN)
        block = into.block(item["steps"], (*at, "steps"), BLOCK)
        if going is None:
            return None
        shape = StaticShape("repeat", (Member("count", INTEGER.required()), Member("is_cut", BOOLEAN.required())))
        result = Type("record", nullable=False, shape=shape)
        return Compiled(Repeat(going, item.get("at_most", DEFAULT_MOST)), result, {BLOCK: block})


STEP_TYPES.add("repeat", RepeatStep())
