"""Ends the run as failed."""

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
class FailWith:
    """message: a text that says why."""

    message: Formula


class FailStep(StepType):
    """Ends the run as failed; what it has noted to take back is taken back."""

    name: ClassVar[str] = "fail"
    label: ClassVar[Label] = Label("失败", "Fail")
    help: ClassVar[Label] = Label(
        "以失败结束这次运行，并执行已登记的补偿。",
        "Ends the run as failed; what \"compensate\" has noted is taken back.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {"message": {**FORMULA, "description": "A text that says why."}}
    required: ClassVar[tuple[str, ...]] = ("message",)
    example: ClassVar[Mapping[str, Json]] = {"message": "'too much effort: ' & record.effort"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The message."""
        message = into.formula(item, "message", at, TEXT)
        return None if message is None else Compiled(FailWith(message))


STEP_TYPES.add("fail", FailStep())
