"""Timelines: the history of each holder in total order, folded by rules, posted to ledgers.

Writing: changed records are noticed by themselves and settled before COMMIT; `deferred` and `settle_pending` do it
later in groups; `settle_due` lets time pass. Reading: `holder_figures`, `accounts`, `movements`, `lots`, `decision_of`,
`decisions_in_order`, `waiting`. Proving: `explain`, and `verify` and `rebuild` of the ledgers. `seen_…`: within rights.
"""

from __future__ import annotations

from tessera.engine.derived import side_readers
from tessera.engine.timeline.balances import balance_values
from tessera.engine.timeline.ending import Ending, Endings, ending
from tessera.engine.timeline.explaining import explain, explain_movement
from tessera.engine.timeline.facts import post, record_fact, take_back, withdraw_fact
from tessera.engine.timeline.figures import Figures, HolderFigures, holder_figures
from tessera.engine.timeline.holds import Hold, HoldOver, fact_of, hold, hold_of, holds_of, post_hold, release_hold
from tessera.engine.timeline.lot_reading import account_as_posted, lots
from tessera.engine.timeline.proof import verify
from tessera.engine.timeline.reading import (
    accounts,
    accounts_of,
    decision_of,
    decisions_in_order,
    movements,
    revisions,
    waiting,
)
from tessera.engine.timeline.reviewing import (
    Correction,
    ReviewOver,
    decide_review,
    decided_reviews,
    holder_of_review,
    reviews,
)
from tessera.engine.timeline.sight import (
    blank_unseen_beside,
    ensure_posting,
    parked_among,
    seen_among,
    seen_beside,
    seen_decision,
    seen_documents,
    seen_holder,
    seen_ledger,
    seen_proof,
    seen_record,
    seen_reviews,
    seen_timeline,
)
from tessera.engine.timeline.transfers import TooLateToUndo, Transfer, transfer, transfers_of, undo_transfer
from tessera.engine.timeline.watching import (
    deferred,
    moments_of,
    notice,
    pending_holders,
    refold,
    settle,
    settle_due,
    settle_pending,
    settle_portion,
    settle_released,
)

side_readers.add("balance", balance_values)

__all__ = [
    "Correction",
    "Ending",
    "Endings",
    "Figures",
    "Hold",
    "HoldOver",
    "HolderFigures",
    "ReviewOver",
    "TooLateToUndo",
    "Transfer",
    "account_as_posted",
    "accounts",
    "accounts_of",
    "blank_unseen_beside",
    "decide_review",
    "decided_reviews",
    "decision_of",
    "decisions_in_order",
    "deferred",
    "ending",
    "ensure_posting",
    "explain",
    "explain_movement",
    "fact_of",
    "hold",
    "hold_of",
    "holder_figures",
    "holder_of_review",
    "holds_of",
    "lots",
    "moments_of",
    "movements",
    "notice",
    "parked_among",
    "pending_holders",
    "post",
    "post_hold",
    "record_fact",
    "refold",
    "release_hold",
    "reviews",
    "revisions",
    "seen_among",
    "seen_beside",
    "seen_decision",
    "seen_documents",
    "seen_holder",
    "seen_ledger",
    "seen_proof",
    "seen_record",
    "seen_reviews",
    "seen_timeline",
    "settle",
    "settle_due",
    "settle_pending",
    "settle_portion",
    "settle_released",
    "take_back",
    "transfer",
    "transfers_of",
    "undo_transfer",
    "verify",
    "waiting",
    "withdraw_fact",
]
