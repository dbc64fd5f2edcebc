"""Takes what was held, or less of it; the rest is free again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import AT, HOLDER, LEDGER, POSTED, compiled_ledger_step

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class UseHoldStep(StepType):
    """Takes what was held, or less of it; the rest is free again."""

    name: ClassVar[str] = "use_hold"
    label: ClassVar[Label] = Label("使用预留", "Use a hold")
    help: ClassVar[Label] = Label(
        "扣减已预留的全部或部分，其余释放。",
        "Takes what was held, or less of it; the rest is free again.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": HOLDER,
        "key": {**FORMULA, "description": "The key of the hold."},
        "amount": {**FORMULA, "description": "How much of it; left out: all."},
        "at": AT,
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "key")
    example: ClassVar[Mapping[str, Json]] = {"ledger": "hours", "holder": "record.account", "key": "record.external"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The hold, and how much of it."""
        options = compiled_ledger_step(item, at, into, ("key", "amount", "at"))
        return None if options is None else Compiled(options, POSTED)


STEP_TYPES.add("use_hold", UseHoldStep())
