"""Takes a posting back, as if it had never been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import HOLDER, LEDGER, compiled_ledger_step

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class ReverseStep(StepType):
    """Takes a posting back, as if it had never been."""

    name: ClassVar[str] = "reverse"
    label: ClassVar[Label] = Label("冲销", "Reverse")
    help: ClassVar[Label] = Label(
        "撤销一笔记账，如同从未发生。",
        "Takes a posting back, as if it had never been.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": HOLDER,
        "key": {**FORMULA, "description": "The key of the posting."},
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "key")
    example: ClassVar[Mapping[str, Json]] = {"ledger": "hours", "holder": "record.account", "key": "record.external"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The account and the key."""
        options = compiled_ledger_step(item, at, into, ("key",))
        return None if options is None else Compiled(options)


STEP_TYPES.add("reverse", ReverseStep())
