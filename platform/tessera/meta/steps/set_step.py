"""Gives variables of the run new values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.meta.model import Label
from tessera.meta.schema import did_you_mean
from tessera.meta.steps.base import STEP_TYPES, VALUES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class Set:
    """The variables by name, with the formulas of their values; all formulas see the values before."""

    values: tuple[tuple[str, Formula], ...]


class SetStep(StepType):
    """Gives variables of the run new values, all at once."""

    name: ClassVar[str] = "set"
    label: ClassVar[Label] = Label("赋值", "Set variables")
    help: ClassVar[Label] = Label(
        "为流程的变量赋值；变量在流程的 variables 中声明。",
        "Gives variables of the run new values. They are declared under \"variables\" of the flow.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {"values": {**VALUES, "minProperties": 1}}
    required: ClassVar[tuple[str, ...]] = ("values",)
    example: ClassVar[Mapping[str, Json]] = {"values": {"tried": "tried + 1"}}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The formulas, each of the type of its variable."""
        found: list[tuple[str, Formula]] = []
        for name in item["values"]:
            here = (*at, "values", name)
            type_ = into.variables.get(name)
            if type_ is None:
                message = f'The flow has no variable "{name}".'
                hint = did_you_mean(name, into.variables) or 'Declare it under "variables".'
                into.problem("unknown_variable", here, message, hint)
                continue
            value = into.formula(item["values"], name, (*at, "values"), type_)
            if value is not None:
                found.append((name, value))
        return Compiled(Set(tuple(found))) if len(found) == len(item["values"]) else None


STEP_TYPES.add("set", SetStep())
