"""Sets units of an account aside until an instant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import AMOUNT, HELD, HOLDER, KEY, LEDGER, compiled_ledger_step

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class HoldStep(StepType):
    """Sets units of an account aside until an instant."""

    name: ClassVar[str] = "hold"
    label: ClassVar[Label] = Label("预留", "Hold")
    help: ClassVar[Label] = Label(
        "在某个时刻之前预留账户的单位数。",
        "Sets units of an account aside until an instant.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": HOLDER,
        "amount": AMOUNT,
        "until": {**FORMULA, "description": "An instant; left out: as long as the ledger allows."},
        "key": KEY,
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "amount")
    example: ClassVar[Mapping[str, Json]] = {"ledger": "hours", "holder": "record.account", "amount": "5"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The account, how much and for how long."""
        options = compiled_ledger_step(item, at, into, ("amount", "until", "key"))
        return None if options is None else Compiled(options, HELD)


STEP_TYPES.add("hold", HoldStep())
