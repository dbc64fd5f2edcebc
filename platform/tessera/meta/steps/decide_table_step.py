"""Picks a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class DecideTable:
    """table: its name in the run's release. where: true for the row meant. needs_row: none is a failure."""

    table: str
    where: Formula
    needs_row: bool


class DecideTableStep(StepType):
    """Gives the first row of a released table for which a condition holds."""

    name: ClassVar[str] = "decide_table"
    label: ClassVar[Label] = Label("查决策表", "Decide by a table")
    help: ClassVar[Label] = Label(
        "给出决策表中第一个符合条件的行；条件中先认列名，再认 record 等名称。",
        "Gives the first row of a table for which the condition holds. The condition names its columns directly.",
    )
    category: ClassVar[str] = "control"
    schema: ClassVar[Mapping[str, Any]] = {
        "table": NAME,
        "where": {**FORMULA, "description": "True for the row meant; names of its columns come first."},
        "none": {"enum": ["blank", "fail"], "default": "blank", "description": "What follows when no row is meant."},
    }
    required: ClassVar[tuple[str, ...]] = ("table", "where")
    example: ClassVar[Mapping[str, Json]] = {"table": "grades", "where": "least <= record.effort", "as": "grade"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The table and the condition."""
        document = into.named_document("table", item["table"], (*at, "table"))
        shape = into.linker.shape("table", document.name) if document is not None else None
        if document is None or shape is None:
            return None
        where = into.row_formula(item, "where", at, shape, BOOLEAN)
        if where is None:
            return None
        needs_row = item.get("none") == "fail"
        return Compiled(DecideTable(document.name, where, needs_row), Type("record", not needs_row, shape=shape))


STEP_TYPES.add("decide_table", DecideTableStep())
