"""Ends the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import TEXT
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Stop:
    """reason: a text for the history, None for none."""

    reason: Formula | None


class StopStep(StepType):
    """Ends the run, as done."""

    name: ClassVar[str] = "stop"
    label: ClassVar[Label] = Label("结束", "Stop")
    help: ClassVar[Label] = Label("正常结束这次运行。", "Ends the run, as done.")
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {"reason": {**FORMULA, "description": "A text for the history."}}
    example: ClassVar[Mapping[str, Json]] = {"reason": "'nothing to do for ' & record.subject"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The reason."""
        reason = into.formula(item, "reason", at, TEXT)
        return None if into.is_lacking(item, {"reason": reason}) else Compiled(Stop(reason))


STEP_TYPES.add("stop", StopStep())
