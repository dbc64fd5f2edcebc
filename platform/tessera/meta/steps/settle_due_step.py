"""Settles what has fallen due on timelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import INTEGER, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import NAME, STEP_TYPES, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

DEFAULT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class SettleDue:
    """timeline: its key. limit: holders of one portion."""

    timeline: str
    limit: int


class SettleDueStep(StepType):
    """Posts what has fallen due on a timeline, for a portion of its holders; `count` says how many there were."""

    name: ClassVar[str] = "settle_due"
    label: ClassVar[Label] = Label("结算到期事项", "Settle what is due")
    help: ClassVar[Label] = Label(
        "为一批持有者记入已到期的批次和到期时点；余额无论是否结算都正确。",
        "Posts lots that have ended and due moments, for a portion of holders. Balances are right without it, too.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "timeline": NAME,
        "limit": {"type": "integer", "minimum": 1, "maximum": 5000, "default": DEFAULT_LIMIT,
                  "description": "Holders of one portion."},
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("timeline",)
    example: ClassVar[Mapping[str, Json]] = {"timeline": "account_life", "as": "settled"}

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The timeline."""
        document = into.named_document("timeline", item["timeline"], (*at, "timeline"))
        if document is None:
            return None
        shape = StaticShape("settled", (Member("count", INTEGER.required()),))
        options = SettleDue(document.key, item.get("limit", DEFAULT_LIMIT))
        return Compiled(options, Type("record", nullable=False, shape=shape))


STEP_TYPES.add("settle_due", SettleDueStep())
