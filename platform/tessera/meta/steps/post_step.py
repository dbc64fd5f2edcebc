"""Grants units to an account, or takes them from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import AMOUNT, AT, HOLDER, KEY, LEDGER, POSTED, compiled_ledger_step

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class PostStep(StepType):
    """Grants units to an account, or takes them from it."""

    name: ClassVar[str] = "post"
    label: ClassVar[Label] = Label("记账", "Post")
    help: ClassVar[Label] = Label(
        "向账户发放或扣减单位数。",
        "Grants units to an account, or takes them from it.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": HOLDER,
        "move": {"enum": ["grant", "take"]},
        "amount": AMOUNT,
        "total": {**NAME, "description": "The total under which it counts."},
        "at": AT,
        "key": KEY,
        "lot": {**NAME, "description": "Name of the lot that a grant opens."},
        "expires_on": {**FORMULA, "description": "The last day of that lot."},
        "available_from": {**FORMULA, "description": "The first day of that lot."},
        "may_owe": {"type": "boolean", "default": False, "description": "What a take does not find is owed."},
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "move", "amount", "total")
    example: ClassVar[Mapping[str, Json]] = {
        "ledger": "hours", "holder": "record.account", "move": "grant", "amount": "record.effort", "total": "worked",
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The account and what is posted."""
        formulas = ("amount", "at", "key", "expires_on", "available_from")
        options = compiled_ledger_step(item, at, into, formulas, ("move", "total", "lot", "may_owe"))
        return None if options is None else Compiled(options, POSTED)


STEP_TYPES.add("post", PostStep())
