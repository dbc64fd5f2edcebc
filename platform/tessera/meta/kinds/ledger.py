"""The kind `ledger`: a book in one unit, with an account for each holder."""

from __future__ import annotations

from decimal import Decimal

from tessera.meta.documents import Document
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.rule_scope import exact, ledger_shape
from tessera.meta.rules import LedgerDoc

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class LedgerKind(Kind):
    """How ledgers are understood."""

    name = "ledger"
    phase = 30

    def declare(self, document: Document, linker: Linker) -> None:
        """Its figures, for formulas."""
        linker.declare_shape("ledger", document.key, ledger_shape(document.key, _scale(document)))

    def compile(self, document: Document, linker: Linker) -> LedgerDoc | None:
        """The ledger; reports an unknown holder entity."""
        body = document.body
        holds, transfers = body.get("holds", {}), body.get("transfers", {})
        holders = _holders(document, linker)
        if holders is None:
            return None
        return LedgerDoc(
            key=document.key,
            uid=document.uid,
            name=document.name,
            label=linker.label(body, document.at()),
            per=holders[0],
            beside=holders[1:],
            scale=_scale(document),
            has_lots=bool(body.get("lots", False)),
            by_expiry=body.get("queue", ["created"])[0] == "expires_on",
            settles=body.get("debt", "settled_by_next_grant") == "settled_by_next_grant",
            floor=exact(body["floor"]) if "floor" in body else None,
            hold_fact=holds.get("fact", ""),
            hold_s=_seconds(holds.get("longest", "1d")),
            take_fact=transfers.get("take", ""),
            give_fact=transfers.get("give", ""),
            undo_s=_seconds(transfers["undo_within"]) if "undo_within" in transfers else None,
            aliases=tuple(body.get("aliases", ())),
        )


def _holders(document: Document, linker: Linker) -> tuple[str, ...] | None:
    """Keys of the entities that `per` names; None when one of them is wrong."""
    per = document.body["per"]
    names = [(per, document.at("per"))] if isinstance(per, str) else [
        (name, document.at("per", place)) for place, name in enumerate(per)
    ]
    found = [linker.entity(name, pointer) for name, pointer in names]
    return tuple(each.key for each in found if each is not None) if None not in found else None


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _UNITS_S[duration[-1]]


def _scale(document: Document) -> int:
    exponent = Decimal(str(document.body["unit"])).as_tuple().exponent
    assert isinstance(exponent, int), "the schema allows finite numbers only"
    return -exponent


KINDS.add("ledger", LedgerKind())
