"""Something was posted on a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, INTEGER, NUMBER, TEXT, Member
from tessera.meta.model import Label
from tessera.meta.triggers.base import TRIGGER_TYPES, TriggerType
from tessera.meta.triggers.ledgers import COMMON, LEDGER, ledger_key

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

MOVES = (
    "grant",
    "take",
    "restore",
    "expire",
    "waive",
    "write_off",
    "settle",
    "extend",
    "freeze",
    "unfreeze",
    "correct",
)
"""What movements do."""


@dataclass(frozen=True, slots=True)
class LedgerPosted:
    """ledger: its key. moves and totals: which movements are meant; empty: any."""

    ledger: str
    moves: frozenset[str]
    totals: frozenset[str]

    def means(self, move: str, total: str) -> bool:
        """Whether a movement of that kind, under that total, is meant."""
        return (not self.moves or move in self.moves) and (not self.totals or total in self.totals)


class LedgerPostedTrigger(TriggerType):
    """A run for each movement on a ledger, about its holder."""

    name: ClassVar[str] = "ledger_posted"
    label: ClassVar[Label] = Label("账本入账时", "A ledger is posted on")
    help: ClassVar[Label] = Label(
        "账本上每记一笔就开始一次，record 是账户所有者；可只看某些动作或名目。历史重算产生的更正也算，"
        "event.is_correction 为真。",
        "A run for each movement on the ledger, in which record is the holder; if wanted only of certain moves or "
        "totals. Corrections count too, when history turns out differently: event.is_correction is true then.",
    )
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "moves": {
            "type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": [*MOVES]},
            "description": "Only these; left out: any.",
        },
        "totals": {
            "type": "array", "minItems": 1, "maxItems": 50, "uniqueItems": True, "items": {"$ref": f"{COMMON}name"},
            "description": "Only what counts under one of these names; left out: any.",
        },
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("ledger",)
    topic: ClassVar[str] = "ledger_posted"
    has_record: ClassVar[bool] = True
    event: ClassVar[tuple[Member, ...]] = (
        Member("ledger", TEXT.required()), Member("account", TEXT), Member("movement", INTEGER.required()),
        Member("move", TEXT.required()), Member("total", TEXT), Member("amount", NUMBER.required()),
        Member("effect", NUMBER.required()), Member("business_at", DATETIME.required()),
        Member("business_on", DATE.required()), Member("is_correction", BOOLEAN),
    )  # fmt: skip
    example: ClassVar[Mapping[str, Json]] = {
        "entity": "account",
        "ledger": "hours",
        "moves": ["grant"],
        "when": "event.amount >= 100",
    }

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> LedgerPosted | None:
        """The ledger and which movements."""
        key = ledger_key(item, at, into)
        moves, totals = frozenset(item.get("moves", ())), frozenset(item.get("totals", ()))
        return None if key is None else LedgerPosted(key, moves, totals)


TRIGGER_TYPES.add("ledger_posted", LedgerPostedTrigger())
