"""Moves units from one account to another, with the days of their lots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import KEY, LEDGER, MOVED, LedgerStep, compiled_ledger_step, holder_entity

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class TransferStep(StepType):
    """Moves units from one account to another, with the days of their lots."""

    name: ClassVar[str] = "transfer"
    label: ClassVar[Label] = Label("转移", "Transfer")
    help: ClassVar[Label] = Label(
        "把单位数从一个账户转到另一个账户，批次日期随同转移。",
        "Moves units from one account to another, with the days of their lots.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": {**FORMULA, "description": "From whose account; left out: the record of the trigger."},
        "to": {**FORMULA, "description": "To whose account."},
        "amount": {**FORMULA, "description": "How many units; left out: all, and debts."},
        "key": KEY,
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "to")
    example: ClassVar[Mapping[str, Json]] = {
        "ledger": "hours", "holder": "record.account", "to": "record.blocked_by.account", "amount": "1",
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The two accounts and how much."""
        options = compiled_ledger_step(item, at, into, ("amount", "key"))
        entity = holder_entity(item, at, into)
        target = into.record(item, "to", at, entity) if entity is not None else None
        if options is None or target is None:
            return None
        return Compiled(LedgerStep(options.ledger, options.holder, {**options.parts, "to": target[0]}, {}), MOVED)


STEP_TYPES.add("transfer", TransferStep())
