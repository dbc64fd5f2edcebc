"""What the steps about ledgers share: which ledger, whose account, and the key that makes a repetition harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import DATE, DATETIME, INTEGER, NUMBER, TEXT, Member, StaticShape, Type
from tessera.meta.drafts import EntityDraft
from tessera.meta.steps.base import FORMULA, NAME

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

HOLDER: Mapping[str, Json] = {**FORMULA, "description": "Whose account; left out: the trigger's record."}
AMOUNT: Mapping[str, Json] = {**FORMULA, "description": "How many units."}
KEY: Mapping[str, Json] = {**FORMULA, "description": "A text that identifies it; left out: one made from the run."}
AT: Mapping[str, Json] = {**FORMULA, "description": "When it happened; left out: now."}

POSTED = Type("record", nullable=False, shape=StaticShape(
    "posted", (Member("moment", INTEGER.required()), Member("key", TEXT.required()))))  # fmt: skip
"""What the steps give that put something on a holder's timeline."""

HELD = Type("record", nullable=False, shape=StaticShape(
    "held", (Member("key", TEXT.required()), Member("amount", NUMBER.required()),
             Member("until", DATETIME.required()))))  # fmt: skip
"""What a hold gives."""

MOVED = Type("record", nullable=False, shape=StaticShape(
    "moved", (Member("key", TEXT.required()), Member("moved", NUMBER.required()))))  # fmt: skip
"""What a transfer gives."""

TYPES: Mapping[str, Type] = {
    "amount": NUMBER, "key": TEXT, "at": DATETIME, "until": DATETIME, "expires_on": DATE, "available_from": DATE,
    "may_owe": Type("boolean", nullable=False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """ledger: its key. holder: whose account. parts: further formulas by their keys. options: plain settings."""

    ledger: str
    holder: Formula
    parts: Mapping[str, Formula]
    options: Mapping[str, Any]


def compiled_ledger_step(
    item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler, formulas: tuple[str, ...],
    plain: tuple[str, ...] = (), holder: str = "holder",
) -> LedgerStep | None:
    """The ledger, the holder and the formulas of a step; None when one of them is wrong."""
    entity = holder_entity(item, at, into)
    if entity is None:
        return None
    found = into.record(item, holder, at, entity)
    parts = {key: into.formula(item, key, at, TYPES[key]) for key in formulas}
    document = into.linker.document("ledger", item["ledger"])
    if found is None or document is None or into.is_lacking(item, parts):
        return None
    good = {key: value for key, value in parts.items() if value is not None}
    return LedgerStep(document.key, found[0], good, {key: item[key] for key in plain if key in item})


def holder_entity(item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> EntityDraft | None:
    """The entity whose records hold the accounts of the step's ledger; reports an unknown ledger."""
    document = into.named_document("ledger", item["ledger"], (*at, "ledger"))
    per = document.body.get("per", "") if document is not None else ""
    entity = into.linker.document("entity", per if isinstance(per, str) else per[0])
    return into.linker.entity_of(entity.key) if entity is not None else None


LEDGER: Mapping[str, Json] = {**NAME, "description": "Name of the ledger."}
