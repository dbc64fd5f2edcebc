"""Takes the first branch whose condition holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, TEXT
from tessera.meta.flows import Block
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, LABEL, STEP_TYPES, STEPS, UID, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Branch:
    """A way that a run may take. name: of its block."""

    name: str
    when: Formula
    label: Label


@dataclass(frozen=True, slots=True)
class Decide:
    """The branches in their order."""

    branches: tuple[Branch, ...]


class DecideStep(StepType):
    """Takes the first branch whose condition holds, otherwise the steps under "otherwise"."""

    name: ClassVar[str] = "decide"
    label: ClassVar[Label] = Label("判断", "Decide")
    help: ClassVar[Label] = Label(
        "走第一个条件成立的分支；都不成立时走「否则」。",
        "Takes the first branch whose condition holds, else the steps under \"otherwise\".",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "branches": {
            "type": "array", "minItems": 1, "maxItems": 50,
            "items": {
                "type": "object", "additionalProperties": False, "required": ["uid", "when", "steps"],
                "properties": {"uid": UID, "label": LABEL, "when": FORMULA, "steps": STEPS},
            },
        },
        OTHERWISE: {**STEPS, "description": "Steps for when no condition holds."},
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("branches",)
    example: ClassVar[Mapping[str, Json]] = {
        "branches": [{"uid": "big", "when": "record.effort > 100", "steps": [{"uid": "end", "do": "stop"}]}],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The branches, with a block for each."""
        branches: list[Branch | None] = []
        blocks: dict[str, Block] = {}
        for place, each in enumerate(item["branches"]):
            here = (*at, "branches", place)
            when = into.formula(each, "when", here, BOOLEAN)
            blocks[each["uid"]] = into.block(each["steps"], (*here, "steps"), each["uid"])
            branches.append(Branch(each["uid"], when, into.label(each, here)) if when is not None else None)
            if each["uid"] == OTHERWISE:
                into.problem("reserved_name", (*here, "uid"), f'"{OTHERWISE}" is the name of what stands under it.')
        blocks[OTHERWISE] = into.block(item.get(OTHERWISE, ()), (*at, OTHERWISE), OTHERWISE)
        good = tuple(each for each in branches if each is not None)
        return Compiled(Decide(good), TEXT.required(), blocks) if len(good) == len(branches) else None


STEP_TYPES.add("decide", DecideStep())
