"""Runs several branches by turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.flows import Block
from tessera.meta.model import Label
from tessera.meta.steps.base import LABEL, STEP_TYPES, STEPS, UID, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class ParallelStep(StepType):
    """Runs several branches by turns and goes on when all have ended: what they wait for, they wait for together."""

    name: ClassVar[str] = "parallel"
    label: ClassVar[Label] = Label("并行", "In parallel")
    help: ClassVar[Label] = Label(
        "同时进行几个分支，全部结束后继续；各分支的等待互不耽误。",
        "Runs several branches and goes on when all have ended. They take turns; their waits overlap.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "branches": {
            "type": "array", "minItems": 2, "maxItems": 20,
            "items": {
                "type": "object", "additionalProperties": False, "required": ["uid", "steps"],
                "properties": {"uid": UID, "label": LABEL, "steps": {**STEPS, "minItems": 1}},
            },
        },
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("branches",)
    example: ClassVar[Mapping[str, Json]] = {
        "branches": [
            {"uid": "one", "steps": [{"uid": "rest", "do": "wait", "for": "1h"}]},
            {"uid": "two", "steps": [{"uid": "mark", "do": "update_record", "values": {"effort": "1"}}]},
        ],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """A block for each branch."""
        blocks: dict[str, Block] = {}
        for place, each in enumerate(item["branches"]):
            into.label(each, (*at, "branches", place))
            blocks[each["uid"]] = into.block(each["steps"], (*at, "branches", place, "steps"), each["uid"])
        return Compiled(tuple(blocks), None, blocks)


STEP_TYPES.add("parallel", ParallelStep())
