"""A balance has come past a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import NUMBER, TEXT, Member
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType
from tessera.meta.triggers.ledgers import COMMON, LEDGER, ledger_key

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler


@dataclass(frozen=True, slots=True)
class BalanceCrosses:
    """ledger: its key. threshold: over the holder's record. direction: up, down or both."""

    ledger: str
    threshold: Formula
    direction: str

    def means(self, direction: str) -> bool:
        """Whether crossing up, or down, is meant."""
        return self.direction in (direction, "both")


class BalanceCrossesTrigger(TriggerType):
    """A run when a transaction brings a balance past a threshold, about its holder."""

    name: ClassVar[str] = "balance_crosses"
    label: ClassVar[Label] = Label("余额越过阈值时", "A balance crosses a threshold")
    help: ClassVar[Label] = Label(
        "账户余额升到阈值及以上（up）或降到阈值以下（down）时开始一次，record 是账户所有者；同一事务内来回变动不算。",
        "A run when a balance comes up to the threshold or beyond (up), or falls below it (down); record is the "
        "holder. What goes there and back within a transaction does not count.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "threshold": {"$ref": f"{COMMON}formula", "description": "A number; it may read the holder's `record`."},
        "direction": {"enum": ["up", "down", "both"], "default": "both"},
    }
    required: ClassVar[tuple[str, ...]] = ("ledger", "threshold")
    topic: ClassVar[str] = "balance_crosses"
    has_record: ClassVar[bool] = True
    event: ClassVar[tuple[Member, ...]] = (
        Member("ledger", TEXT.required()), Member("account", TEXT), Member("before", NUMBER.required()),
        Member("after", NUMBER.required()), Member("threshold", NUMBER), Member("direction", TEXT),
    )  # fmt: skip
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "account",
        "ledger": "hours",
        "threshold": "0",
        "direction": "down",
    }

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> BalanceCrosses | None:
        """The ledger and the threshold."""
        key = ledger_key(item, at, into)
        threshold = into.formula(item, "threshold", at, NUMBER)
        if key is None or threshold is None:
            return None
        return BalanceCrosses(key, threshold, item.get("direction", "both"))


TRIGGER_TYPES.add("balance_crosses", BalanceCrossesTrigger())
