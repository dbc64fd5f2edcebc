"""Reviews: decisions that ask a person to look at them, and what was decided about each.

What is open is asked of the decisions, so a replay that comes to something else closes or opens reviews by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import orjson
import sqlalchemy as sa

from tessera.engine import audit
from tessera.engine.ledger import tallies
from tessera.engine.ledger.seals import seal
from tessera.engine.timeline.facts import post
from tessera.engine.timeline.figures import timeline_named
from tessera.engine.timeline.settle import Settler
from tessera.engine.work import Work
from tessera.errors import Conflict, NotFound
from tessera.store.system.timeline import decision, moment
from tessera.store.system.timeline import review as table

PAGE_ROWS = 100
REVIEW = ("id", "timeline", "moment_id", "reviews", "verdict", "note", "answer_id", "decided_at", "decided_by")
"""What the hash of a decided review is over, in its order."""
TALLY = "review:"
"""With the timeline's key the name of the tally of its decided reviews."""

ACCEPTED, CORRECTED = "accepted", "corrected"


class ReviewOver(Conflict):
    """This review is decided already, or there is nothing to review any more."""

    code = "review_over"
    hint = "Read the list of open reviews again."


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody posts to the holder's account because of a review; see `facts.post`."""

    ledger: str
    move: Literal["grant", "take"]
    amount: int | Decimal
    name: str
    expires_on: date | None = None
    may_owe: bool = False


def reviews(work: Work, timeline: str, *, limit: int = PAGE_ROWS, before: int | None = None) -> list[dict[str, Any]]:
    """Decisions that ask to be looked at, the latest first: id, moment_id, at, holder, entity, document_id, reviews.

    before: id of the last one of the page before. Of a change they name the document that changed.
    """
    doc = timeline_named(work, timeline)
    answered = sa.exists().where(table.c.moment_id == moment.c.id, table.c.reviews == decision.c.reviews)
    statement = _with_documents(decision.c.id, decision.c.moment_id, decision.c.decided_at, decision.c.reviews)
    statement = (
        statement.select_from(decision.join(moment, moment.c.id == decision.c.moment_id).outerjoin(
            _changed, _changed.c.id == moment.c.changes))
        .where(moment.c.timeline == doc.key, moment.c.is_present, decision.c.is_current,
               decision.c.reviews.is_not(None), sa.not_(answered))
        .order_by(decision.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(decision.c.id < before)
    return [_opened(row) for row in work.tx.rows(statement)]


def decided_reviews(work: Work, timeline: str, *, limit: int = PAGE_ROWS, before: int | None = None
                    ) -> list[dict[str, Any]]:
    """Reviews that were decided, the latest first, with verdict, note, answer_id, decided_at and decided_by."""
    doc = timeline_named(work, timeline)
    own = (table.c.id, table.c.moment_id, table.c.reviews, table.c.verdict, table.c.note, table.c.answer_id,
           table.c.decided_at, table.c.decided_by)
    statement = (
        _with_documents(*own)
        .select_from(table.join(moment, moment.c.id == table.c.moment_id).outerjoin(
            _changed, _changed.c.id == moment.c.changes))
        .where(table.c.timeline == doc.key)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(table.c.id < before)
    return [_opened(row) for row in work.tx.rows(statement)]


def decide_review(work: Work, timeline: str, decision_id: int, *, note: str = "", correction: Correction | None = None
                  ) -> int:
    """Let what a decision asked about stand, or correct it by a posting; the id of what is kept of it.

    Raises: NotFound for no such decision, ReviewOver("review_over"), and what the posting raises.
    """
    doc = timeline_named(work, timeline)
    Settler(work, doc).lock([holder_of_review(work, timeline, decision_id)])
    row = work.tx.execute(
        _of_decision(decision_id, doc.key, moment.c.holder, moment.c.is_present, decision.c.moment_id,
                     decision.c.reviews, decision.c.is_current)
    ).one()
    known = sa.select(table.c.id).where(table.c.moment_id == row.moment_id, table.c.reviews == row.reviews)
    if not (row.is_current and row.is_present) or work.tx.scalar(known) is not None:
        raise ReviewOver
    answer = None
    if correction is not None:
        answer = post(work, correction.ledger, row.holder, correction.move, correction.amount, name=correction.name,
                      key=f"review:{decision_id}", expires_on=correction.expires_on, may_owe=correction.may_owe)
    number = work.tx.allocate(table.name, 1)[0]
    verdict = ACCEPTED if correction is None else CORRECTED
    values = (number, doc.key, row.moment_id, row.reviews, verdict, note or None, answer, work.now, work.ctx.actor.id)
    hash_ = seal(values)
    work.tx.insert_many(table, (*REVIEW, "hash"), [(*values, hash_)])
    tallies.tell(work, f"{TALLY}{doc.key}", [hash_])
    told = {"timeline": doc.name, "moment": row.moment_id, "verdict": verdict}
    audit.write(work, "review.decided", "", [audit.Entry(None, told, records=0)])
    return number


def holder_of_review(work: Work, timeline: str, decision_id: int) -> int:
    """Whose decision asks to be looked at. Raises: NotFound for no such decision."""
    holder = work.tx.scalar(_of_decision(decision_id, timeline_named(work, timeline).key, moment.c.holder))
    if holder is None:
        raise NotFound(what="review")
    return int(holder)


_changed = moment.alias()


def _with_documents(*columns: Any) -> sa.Select[Any]:
    return sa.select(
        *columns, moment.c.at, moment.c.holder, moment.c.kind,
        sa.func.coalesce(moment.c.entity, _changed.c.entity).label("entity"),
        sa.func.coalesce(moment.c.document_id, _changed.c.document_id).label("document_id"),
    )


def _of_decision(number: int, timeline: str, *columns: Any) -> sa.Select[Any]:
    """Columns of a decision that asks to be looked at, and of its moment."""
    own = (decision.c.id == number, moment.c.timeline == timeline, decision.c.reviews.is_not(None))
    return sa.select(*columns).select_from(decision.join(moment, moment.c.id == decision.c.moment_id)).where(*own)


def _opened(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "reviews": orjson.loads(row["reviews"])}


def in_pages(work: Work, timeline: str, *, is_open: bool, before: int | None) -> Iterator[list[dict[str, Any]]]:
    """Page after page of reviews."""
    read = reviews if is_open else decided_reviews
    while rows := read(work, timeline, before=before):
        yield rows
        before = rows[-1]["id"]
