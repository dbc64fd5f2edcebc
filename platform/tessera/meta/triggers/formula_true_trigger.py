"""A formula has become true of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

_BY_OTHERS = frozenset({"rollup", "lookup", "balance"})
_BY_TIME = frozenset({"TODAY", "NOW"})


@dataclass(frozen=True, slots=True)
class FormulaTrue:
    """formula: over `record`."""

    formula: Formula


class FormulaTrueTrigger(TriggerType):
    """A formula becomes true of a record: a run at the change that makes it so, not at further ones."""

    name: ClassVar[str] = "formula_true"
    label: ClassVar[Label] = Label("条件变为成立时", "A formula becomes true")
    help: ClassVar[Label] = Label(
        "记录的修改使条件由不成立变为成立时开始一次，之后保持成立不再开始；新建即成立也算。",
        "A run when a change of a record makes the formula true that was not before, or when a new record comes with "
        "it; none while it stays true.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "formula": {
            "$ref": "urn:tessera:schema:common#/$defs/formula",
            "description": "What becomes true of `record`.",
        },
    }
    required: ClassVar[tuple[str, ...]] = ("formula",)
    topic: ClassVar[str] = "record.updated"
    has_record: ClassVar[bool] = True
    has_after: ClassVar[bool] = True
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "task",
        "formula": "record.state = 'open' AND record.day <> BLANK",
    }

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> FormulaTrue | None:
        """The formula, of what changes with the record itself."""
        assert into.entity is not None, "the schema demands one"
        found = into.formula(item, "formula", at, BOOLEAN)
        if found is None:
            return None
        names = {path[1] for path in found.reads if path[0] == "record" and len(path) > 1}
        fields = [field for name in sorted(names) if (field := into.entity.field(name)) is not None]
        derived = [field.name for field in fields if field.type.name in _BY_OTHERS]
        moving = sorted(_BY_TIME & found.calls)
        for name in (*derived, *moving):
            message = f'"{name}" changes without a change of this record, so nobody would notice.'
            hint = "Use schedule or date_reached." if name in moving else "Use a trigger of what it is derived from."
            into.problem("not_kept", (*at, "formula"), message, hint)
        foreign = [path[0] for path in found.reads if path[0] in ("event", "after", "before")]
        if foreign:
            message = (
                f"It is asked of the record before and after the change, so it reads `record`, not `{foreign[0]}`."
            )
            into.problem("not_kept", (*at, "formula"), message, "Ask that in `when`.")
        return None if derived or moving or foreign else FormulaTrue(found)


TRIGGER_TYPES.add("formula_true", FormulaTrueTrigger())
