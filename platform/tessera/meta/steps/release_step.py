"""Frees what is held; one that is free already is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import HOLDER, LEDGER, compiled_ledger_step

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


class ReleaseStep(StepType):
    """Frees what is held; one that is free already is left alone."""

    name: ClassVar[str] = "release"
    label: ClassVar[Label] = Label("释放预留", "Release a hold")
    help: ClassVar[Label] = Label(
        "释放预留；已释放的不受影响。",
        "Frees what is held; one that is free already is left alone.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "holder": HOLDER,
        "key": {**FORMULA, "description": "The key of the hold."},
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "key")
    example: ClassVar[Mapping[str, Json]] = {"ledger": "hours", "holder": "record.account", "key": "record.external"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The hold."""
        options = compiled_ledger_step(item, at, into, ("key",))
        return None if options is None else Compiled(options)


STEP_TYPES.add("release", ReleaseStep())
