"""Notes what is to be done when the run fails later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import STEP_TYPES, STEPS, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

BLOCK = "undo"


class CompensateStep(StepType):
    """Notes steps that take back what was done before, for the case that the run fails or is cancelled later."""

    name: ClassVar[str] = "compensate"
    label: ClassVar[Label] = Label("登记补偿", "Compensate")
    help: ClassVar[Label] = Label(
        "登记撤回步骤：之后运行失败时，按相反顺序执行。",
        "Notes steps that take back what was done: when the run fails later they are run, the latest noted first.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {"steps": {**STEPS, "minItems": 1}}
    required: ClassVar[tuple[str, ...]] = ("steps",)
    example: ClassVar[Mapping[str, Json]] = {
        "steps": [{"uid": "back", "do": "update_record", "values": {"effort": "0"}}],
    }

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The block that takes back, and the names that it reads."""
        block = into.block(item["steps"], (*at, "steps"), BLOCK)
        return Compiled(into.names_read(at), None, {BLOCK: block})


STEP_TYPES.add("compensate", CompensateStep())
