"""Finds lots by their last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import DATE, INTEGER, NUMBER, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, STEP_TYPES, Compiled, StepType
from tessera.meta.steps.ledgers import LEDGER, holder_entity

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

DEFAULT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class FindLots:
    """ledger: its key. first, last: days between which lots end. least: what a holder must have on a day.

    after: id of the last holder of the portion before.
    """

    ledger: str
    first: Formula
    last: Formula
    least: Formula | None
    after: Formula | None
    limit: int


class FindLotsStep(StepType):
    """Finds who has how much of which last day, holders in their order."""

    name: ClassVar[str] = "find_lots"
    label: ClassVar[Label] = Label("查找到期批次", "Find lots")
    help: ClassVar[Label] = Label(
        "按持有者和到期日汇总在某段日期到期的批次余量，按持有者分批给出。",
        "Sums up what is left in lots that end within some days, by holder and day, in portions of holders.",
    )
    category: ClassVar[str] = "ledgers"
    schema: ClassVar[Mapping[str, Any]] = {
        "ledger": LEDGER,
        "from": {**FORMULA, "description": "The first of the last days that are meant."},
        "until": {**FORMULA, "description": "The last of them; left out: the same day."},
        "at_least": {**FORMULA, "description": "Sums below it are left out."},
        "after": {**FORMULA, "description": "Only holders with a greater id: `last` of the portion before."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": DEFAULT_LIMIT,
                  "description": "Holders of one portion."},
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("ledger", "from")
    example: ClassVar[Mapping[str, Json]] = {
        "ledger": "hours", "from": "TODAY()", "until": "TODAY() + 30", "at_least": "10", "as": "ending",
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """The ledger, the days, and the shape of what is found."""
        entity = holder_entity(item, at, into)
        document = into.linker.document("ledger", item["ledger"])
        first, last = into.formula(item, "from", at, DATE), into.formula(item, "until", at, DATE)
        least = into.formula(item, "at_least", at, NUMBER)
        after = into.formula(item, "after", at, INTEGER)
        if entity is None or document is None or first is None:
            return None
        if into.is_lacking(item, {"until": last, "at_least": least, "after": after}):
            return None
        row = StaticShape("ending", (
            Member("holder", Type("record", shape=entity.shape)), Member("on", DATE.required()),
            Member("amount", NUMBER.required()),
        ))  # fmt: skip
        shape = StaticShape("lots", (
            Member("rows", Type("list", nullable=False, shape=row)), Member("last", INTEGER.required()),
            Member("more", Type("boolean", nullable=False)),
        ))  # fmt: skip
        options = FindLots(document.key, first, last or first, least, after, item.get("limit", DEFAULT_LIMIT))
        return Compiled(options, Type("record", nullable=False, shape=shape))


STEP_TYPES.add("find_lots", FindLotsStep())
