"""Keeping what a fold came to: moments, decisions and pairs, and the postings that differ from what is kept.

One Saving gathers the results of a group of holders and writes each table set-wise. Movements are never changed:
what a fold of the past came to differently is posted as a correction of the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera import faults
from tessera.engine import outbox
from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.posting import Delta, Poster
from tessera.engine.ledger.seals import seal
from tessera.engine.timeline.fold import Life, Outcome
from tessera.engine.timeline.lives import Prior
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.values import dump, pack, plain
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.timeline import decision, moment, pair, parked
from tessera.store.system.timeline import state as head_table

BEFORE_POST = faults.point("timeline.before_post")
AFTER_DECISIONS = faults.point("timeline.after_decisions")
AFTER_STATE = faults.point("timeline.after_state")

Effective: TypeAlias = "dict[tuple[Any, ...], Delta]"


@dataclass(slots=True)
class Result:
    """What a fold of one holder came to.

    outcomes: in order. life: where it ended, None when it stopped early because nothing was different any more.
    gone: sources of moments that are not there any more. effective: what is posted for the moments that were folded
    or are gone. folded: ids of the kept moments among them. cause: source of the moment that made it necessary.
    absent: ids of moments that are gone, while what they left stays where it is.
    """

    prior: Prior
    outcomes: list[Outcome]
    life: Life | None
    gone: dict[str, int] = field(default_factory=dict)
    effective: Effective = field(default_factory=dict)
    folded: frozenset[int] = frozenset()
    cause: str = ""
    absent: list[int] = field(default_factory=list)


class Saving:
    """Writes results of one timeline within one transaction."""

    def __init__(self, work: Work, program: Program) -> None:
        self.work = work
        self.program = program
        self.poster = Poster(work, program.ledgers)
        self.now: datetime = work.now

    def save(self, results: list[Result]) -> None:
        """Keep everything of these results."""
        faults.reach(BEFORE_POST)
        self._save_moments(results)
        self._save_decisions(results)
        faults.reach(AFTER_DECISIONS)
        for result in results:
            self._post(result)
        self.poster.flush()
        self._save_heads(results)
        faults.reach(AFTER_STATE)

    # Moments

    def _save_moments(self, results: list[Result]) -> None:
        fresh: list[tuple[Prior, Outcome]] = []
        changed: list[tuple[Any, ...]] = []
        for result in results:
            for outcome in result.outcomes:
                each = outcome.moment
                if each.kind in {"lapse", "settle"} and not outcome.postings:
                    continue
                each.id = result.prior.ids.get(each.key, 0)
                if not each.id:
                    fresh.append((result.prior, outcome))
                else:
                    hash_, pins = self._seal(result.prior, outcome), _pins(outcome)
                    changed.append((each.id, *each.place, each.day, each.content.hex(), True, pins, hash_,
                                    each.happened))
        gone = [(number,) for result in results for number in result.gone.values()]
        absent = [(number, False) for result in results for number in result.absent]
        self._insert_moments(fresh)
        tx = self.work.tx
        if changed:
            names = ("at", "rank", "key", "business_on", "content", "is_present", "pins", "hash", "happened_at")
            tx.update_many(moment, names, changed)
        if absent:
            tx.update_many(moment, ("is_present",), absent)
        if gone:
            tx.update_many(moment, ("is_present",), [(number, False) for (number,) in gone])
            tx.update_many(decision, ("is_current",), [(number, False) for (number,) in gone], key="moment_id")
        self._park(results, [row[0] for row in (*changed, *gone, *absent)])

    def _insert_moments(self, fresh: list[tuple[Prior, Outcome]]) -> None:
        rows = []
        for number, (prior, outcome) in zip(self.work.tx.allocate(moment.name, len(fresh)), fresh, strict=True):
            each = outcome.moment
            each.id = prior.ids[each.key] = number
            rows.append((number, self.program.doc.key, prior.holder, each.key, each.kind, *each.place, each.day,
                         each.entity or None, each.document_id or None, each.content.hex(), True, _pins(outcome),
                         self._seal(prior, outcome), dump(each.document) if each.kind == "change" else None,
                         each.happened, each.changes or None))
        if rows:
            self.work.tx.insert_many(
                moment,
                ("id", "timeline", "holder", "source", "kind", "at", "rank", "key", "business_on", "entity",
                 "document_id", "content", "is_present", "pins", "hash", "payload", "happened_at", "changes"),
                rows,
            )

    def _seal(self, prior: Prior, outcome: Outcome) -> str:
        each = outcome.moment
        values = (each.id, self.program.doc.key, prior.holder, each.key, each.kind, *each.place, each.day,
                  each.entity or None, each.document_id or None, each.content.hex())
        return moment_seal(values, (_pins(outcome), each.happened, each.changes or None))

    def _park(self, results: list[Result], touched: list[int]) -> None:
        known = set(_ids_in(self.work, sa.select(parked.c.moment_id), parked.c.moment_id, touched))
        if known:
            self.work.tx.delete_many(parked, sorted(known), key="moment_id")
        rows = [
            (each.moment.id, self.program.doc.key, result.prior.holder, self.now, each.error.code, each.error.message,
             dump(each.error.params))
            for result in results
            for each in result.outcomes
            if each.error is not None
        ]
        if rows:
            self.work.tx.insert_many(parked, (*PARKED, "hash"), [(*row, seal(row)) for row in rows])

    # Decisions

    def _save_decisions(self, results: list[Result]) -> None:
        rows: list[tuple[Any, ...]] = []
        pairs: list[tuple[Prior, Outcome, int]] = []
        outdated: list[tuple[int, bool]] = []
        asked: list[tuple[int, Outcome]] = []
        texts = _Texts(self.program)
        for result in results:
            for outcome in result.outcomes:
                if outcome.moment.kind not in _DECIDED:
                    continue
                kept = result.prior.decisions.get(outcome.moment.id)
                if outcome.error is not None:
                    if kept is not None and kept.is_current and not outcome.stands:
                        outdated.append((kept.id, False))
                    continue
                parts = texts.of(outcome)
                if kept is not None and kept.is_current and kept.hash[:_HASH_DIGITS] == parts[-1]:
                    continue
                if kept is not None and kept.is_current:
                    outdated.append((kept.id, False))
                if outcome.reviews and (kept is None or kept.reviews != parts[_REVIEWS]):
                    asked.append((result.prior.holder, outcome))
                revision = 1 if kept is None else kept.revision + 1
                rows.append((outcome.moment.id, revision, True, outcome.release, self.now, *parts))
                pairs.append((result.prior, outcome, len(rows) - 1))
        tx = self.work.tx
        if outdated:
            tx.update_many(decision, ("is_current",), outdated)
        numbers = tx.allocate(decision.name, len(rows))
        if rows:
            tx.insert_many(decision, _DECISION, [
                (number, *row[:-1], row[-1] + decision_seal(number, row[0], row[1], row[4]))
                for number, row in zip(numbers, rows, strict=True)
            ])
        self._save_pairs((prior, outcome, numbers[place]) for prior, outcome, place in pairs)
        self._tell_reviews(asked)

    def _tell_reviews(self, asked: list[tuple[int, Outcome]]) -> None:
        """Leave an event for each decision that asks a person to look at it, and did not ask that before."""
        by_entity: dict[str, list[tuple[int | None, Json]]] = {}
        for holder, outcome in asked:
            each = outcome.moment
            told = {"timeline": self.program.doc.name, "holder": holder, "moment": each.id, "reviews": outcome.reviews}
            by_entity.setdefault(each.entity, []).append((each.document_id or None, told))
        for entity, events in by_entity.items():
            outbox.emit(self.work, "review.opened", entity, events)

    def _save_pairs(self, found: Iterable[tuple[Prior, Outcome, int]]) -> None:
        rows = [
            (number, place, each.step, each.line, prior.ids[each.to.moment], each.to.index,
             str(each.before), str(each.after))
            for prior, outcome, number in found
            for place, each in enumerate(outcome.pairs)
        ]
        if rows:
            names = ("decision_id", "place", "step", "from_index", "to_moment_id", "to_index", "before", "after")
            self.work.tx.insert_many(pair, names, rows)

    # Postings and heads

    def _post(self, result: Result) -> None:
        effective = dict(result.effective)
        post: Callable[..., None] = self.poster.add
        cause = result.prior.ids.get(result.cause, 0)
        for outcome in result.outcomes:
            each = outcome.moment
            for posting in outcome.postings:
                key = (each.id, posting.ledger, posting.step, posting.round, posting.move, posting.name, each.place[0])
                post(result.prior, each, posting, effective.pop(key, None), outcome.release, cause)
        for key, known in effective.items():
            self.poster.take_back(result.prior, key, known, self.program.release, cause)
        if result.folded:
            accounts = result.prior.accounts
            opened = {(accounts[each.ledger][0], each.opened.source)
                      for outcome in result.outcomes for each in outcome.postings if each.opened}
            self.poster.end_lots(result.prior, result.folded, opened)
        if result.life is not None:
            self.poster.final_lots(result.prior, result.life)

    def _save_heads(self, results: list[Result]) -> None:
        rows = []
        for result in results:
            life = result.life
            if life is None:
                continue
            due = life.next_due()
            totals = {name: {key: total for key, total in book.totals.items() if total}
                      for name, book in life.books.items() if "@" not in name or not book.is_blank}
            row = (
                self.program.doc.key, result.prior.holder, *(life.last or (None, None, None)),
                dump({name: plain(value) for name, value in life.state.items()}), dump(totals),
                dump({uid: at.isoformat() for uid, at in life.fired.items()}), life.mix, life.hash().hex(),
                due.place[0] if due is not None else None,
            )
            rows.append((*row, seal(row)))
        if rows:
            self.work.tx.upsert_many(head_table, (*HEAD, "hash"), rows, key=("timeline", "holder"))


class _Texts:
    """Decisions as the texts that are kept."""

    def __init__(self, program: Program) -> None:
        self.scales = {each.name: each.scale for each in program.ledgers}

    def of(self, outcome: Outcome) -> tuple[Any, ...]:
        """inputs, values, lines, state, figures, reviews, mix, state hash, and the hash over all of them."""
        inputs = dump({"state": _plain(outcome.inputs), "ledgers": self._figures(outcome.before)})
        values = dump(_plain(outcome.values))
        lines = dump(outcome.line_values)
        state = dump(_plain(outcome.state))
        figures = dump(self._figures(outcome.figures))
        reviews = dump(outcome.reviews) if outcome.reviews else None
        pairs = [f"{each.step}:{each.line}:{each.to.moment}:{each.to.index}:{each.before}:{each.after}"
                 for each in outcome.pairs]
        texts = (inputs, values, lines, state, figures, reviews, outcome.mix, outcome.hash.hex())
        return *texts, decision_hash(outcome.moment.key, outcome.release, texts, pairs)

    def _figures(self, figures: dict[str, tuple[int, int]]) -> dict[str, list[str]]:
        return {
            name: [str(to_amount(balance, self.scales[name])), str(to_amount(debt, self.scales[name]))]
            for name, (balance, debt) in figures.items()
        }


_DECIDED = frozenset({"document", "fact", "due", "change"})
_DECISION = ("id", "moment_id", "revision", "is_current", "release", "decided_at", "inputs", "values", "lines", "state",
             "figures", "reviews", "mix", "state_hash", "hash")
HEAD = ("timeline", "holder", "at", "rank", "key", "state", "totals", "fired", "mix", "state_hash", "next_due_at")
MOMENT = ("id", "timeline", "holder", "source", "kind", "at", "rank", "key", "business_on", "entity", "document_id",
          "content")
"""What the hash of a moment is over, in its order."""
MORE = ("pins", "happened_at", "changes")
"""What it is over besides, of those that have any of it."""
PARKED = ("moment_id", "timeline", "holder", "since", "code", "message", "params")
"""What the hash of a parked moment is over, in its order."""
_HASH_DIGITS = 24
_REVIEWS = 5


def decision_hash(source: str, release: int, texts: Iterable[Any], pairs: Iterable[str]) -> str:
    """A hash over a decision: inputs, values, lines, state, figures, reviews, mix, state hash, and its pairs.

    source: of its moment.
    """
    text = "|".join([source, str(release), *map(str, texts), *pairs])
    return blake2b(text.encode(), digest_size=_HASH_DIGITS // 2).hexdigest()


def decision_seal(number: int, moment_id: int, revision: int, decided_at: datetime) -> str:
    """What follows the hash of a decision: another hash, over what differs though its content is the same."""
    return seal((number, moment_id, revision, decided_at))[:_HASH_DIGITS]


def moment_seal(values: Sequence[Any], more: Sequence[Any] = ()) -> str:
    """A hash over a moment's values, in the order of MOMENT, and what more there is of MORE."""
    return seal((*values, *more) if any(each is not None for each in more) else values)


def _pins(outcome: Outcome) -> str | None:
    """The values that the outside was told, as they are kept."""
    merged = {**outcome.moment.pins, **outcome.pins}
    return dump({key: pack(value) for key, value in merged.items()}) if merged else None


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _ids_in(work: Work, statement: Any, column: Any, ids: list[int]) -> Iterable[int]:
    for start in range(0, len(ids), 5_000):
        yield from work.tx.execute(statement.where(column.in_(ids[start : start + 5_000]))).scalars()

