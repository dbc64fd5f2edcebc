"""The pinned reading: a document is decided once, with the state found on arrival, and other decisions stand.

What comes in order is decided at its place. What comes late is decided where it arrives, by the rules of its own time.
A change of what was decided is decided again with the inputs that were stored; what that makes different is posted as a
moment of kind change where it arrives. With `replay_within` this holds for what is older than that, listed for review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from tessera.engine.ledger.amounts import to_units
from tessera.engine.timeline.changes import Key, changed_state, differences, state_differences
from tessera.engine.timeline.fold import MICROSECOND, Life, Moment, Outcome, Place
from tessera.engine.timeline.lives import Prior, tuples
from tessera.engine.timeline.saving import Result
from tessera.engine.timeline.values import dump
from tessera.errors import Json
from tessera.store.system.ledger import movement
from tessera.store.system.timeline import decision, moment

if TYPE_CHECKING:
    from tessera.engine.timeline.settle import Settler

CLOSED: Mapping[str, Json] = {
    "step": "", "round": "", "zh": "所属期间已关闭，按到达时的状态入账。",
    "en": "Its period was closed: it was posted where it arrived.",
}


@dataclass(slots=True)
class Change:
    """What becomes of one holder.

    new: moments that take part now. gone: ids of those that do not any more, by source. places: the earliest place at
    which each that changed stands or stood. kept: rows of those that were there.
    """

    new: dict[str, Moment] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> set[str]:
        """Sources of all that changed."""
        return set(self.places)

    @property
    def place(self) -> Place | None:
        """The earliest place that changed."""
        return min(self.places.values(), default=None)

    @property
    def cause(self) -> str:
        """The source of what changed there."""
        return min(self.places, key=lambda source: self.places[source], default="")

    def touch(self, place: Place, source: str) -> None:
        """Something changed at a place."""
        known = self.places.get(source)
        if known is None or place < known:
            self.places[source] = place

    def part(self, sources: set[str]) -> Change:
        """What these sources mean of it."""
        parts: list[Any] = [
            {source: value for source, value in each.items() if source in sources}
            for each in (self.new, self.gone, self.places, self.kept)
        ]
        return Change(*parts)


class Pinned:
    """Takes the changes of a timeline's holders that are not replayed. horizon: where the open period begins."""

    def __init__(self, settler: Settler) -> None:
        self.settler = settler
        self.program = settler.program
        self.lives = settler.lives
        self.work = settler.work
        doc = settler.program.doc
        self.is_all = doc.is_pinned
        days = doc.replay_within_days
        self.horizon: datetime | None = None if days is None or doc.is_pinned else self.work.now - timedelta(days=days)

    def split(self, prior: Prior, change: Change) -> tuple[Change, Change]:
        """What of a change is replayed, and what is taken under the pinned reading."""
        if self.is_all:
            return Change(), change
        head = prior.head
        if self.horizon is None or head is None or head.place is None:
            return change, Change()
        old = {source for source, place in change.places.items() if place[0] < self.horizon}
        old |= {source for source, each in change.new.items() if each.place[0] < self.horizon}
        return change.part(change.changed - old), change.part(old)

    def fold(self, prior: Prior, change: Change, *, is_decided: bool) -> Result | None:
        """Decide again what is decided already, or else decide what arrived; None when there is nothing of that."""
        known = self._decided(change)
        mine = change.part({source for source in change.changed if (source in known) is is_decided})
        if not mine.changed:
            return None
        is_begun = prior.head is not None and prior.head.place is not None
        life = self.lives.at_head(prior) if is_begun else Life(self.program, prior.holder)
        result = Result(prior, [], life)
        for source, row in mine.kept.items():
            prior.ids[source] = row.id
        if is_decided:
            for source in sorted(mine.changed, key=lambda each: mine.places[each]):
                self._decide_again(result, life, mine.kept[source], mine.new.get(source))
        else:
            for each in sorted(mine.new.values(), key=lambda each: each.place):
                result.outcomes += self._arrive(life, each)
            result.absent += [number for source, number in mine.gone.items() if source not in mine.new]
        result.outcomes += life.settle_until(self.settler.until)
        return result

    def _decided(self, change: Change) -> set[str]:
        numbers = {row.id: source for source, row in change.kept.items()}
        found: set[str] = set()
        wanted = sorted(numbers)
        for start in range(0, len(wanted), 5_000):
            some = sa.select(decision.c.moment_id).where(decision.c.moment_id.in_(wanted[start : start + 5_000]))
            found.update(numbers[number] for number in self.work.tx.execute(some.distinct()).scalars())
        return found

    # Arriving

    def _arrive(self, life: Life, each: Moment) -> Iterator[Outcome]:
        is_closed = self.horizon is not None and each.place[0] < self.horizon
        if not is_closed:
            yield from life.settle_until(each.place)
        if is_closed or (life.last is not None and each.place <= life.last):
            each.happened = each.place[0]
            self._place_now(life, each)
            yield from life.settle_until(each.place)
        outcome = life.fold(each)
        if is_closed and outcome.error is None:
            outcome.reviews.append(dict(CLOSED))
        yield outcome

    def _place_now(self, life: Life, each: Moment) -> None:
        """Give a moment the place where it arrives: behind everything."""
        at = self.work.now if life.last is None else max(self.work.now, life.last[0] + MICROSECOND)
        each.place = (at, *each.place[1:])
        each.day = self.program.day(at)

    # Deciding again

    def _decide_again(self, result: Result, life: Life, row: Any, each: Moment | None) -> None:
        payloads = changes_of(self.settler, row.id)
        first, latest = base_of(self.settler, row.id, payloads), _latest(self.settler, row.id)
        left = self.program.decode_state(orjson.loads(first.state))
        for payload in payloads:
            left.update(changed_state(self.program, left, payload["state"]))
        state = self.program.decode_state(orjson.loads(first.inputs)["state"])
        postings = []
        if each is None:
            result.absent.append(row.id)
        else:
            outcome = self._again(result.prior, row, each, first)
            if outcome.error is None:
                state, postings = outcome.state, outcome.postings
            result.prior.decisions[row.id] = latest
            result.outcomes.append(self._standing(outcome, latest))
        parts = differences(postings, posted_by_key(self.settler, result.prior, row.id)), state_differences(left, state)
        document = {
            "of": row.source, "base": first.id, "postings": parts[0], "state": parts[1],
            "reviews": [dict(CLOSED)] if self.horizon is not None and any(parts) else [],
        }
        made = self._change(life, row, document, len(payloads) + 1)
        result.outcomes += [*life.settle_until(made.place), life.fold(made)]

    def _again(self, prior: Prior, row: Any, each: Moment, first: Any) -> Outcome:
        scratch = Prior(prior.holder, None, prior.accounts)
        before = self.lives.as_decided(scratch, (row.at, row.rank, row.key), first)
        stand(each, row)
        each.is_first = False
        outcome = before.fold(each)
        prior.ids.update(scratch.ids)
        return outcome

    def _standing(self, outcome: Outcome, latest: Any) -> Outcome:
        """The new decision at the place of the old one: what the line goes on with is as it was."""
        outcome.stands = True
        outcome.postings = []
        outcome.state = self.program.decode_state(orjson.loads(latest.state))
        scales = {each.name: each.scale for each in self.program.ledgers}
        outcome.figures = {
            name: (to_units(Decimal(balance), scales[name]), to_units(Decimal(debt), scales[name]))
            for name, (balance, debt) in orjson.loads(latest.figures).items() if name in scales
        }
        outcome.mix, outcome.hash = latest.mix, bytes.fromhex(latest.state_hash)
        return outcome

    def _change(self, life: Life, row: Any, document: dict[str, Any], count: int) -> Moment:
        content = blake2b(dump(document).encode(), digest_size=12).digest()
        made = Moment(f"change:{row.source}#{count}", (row.at, row.rank, row.key), "change", row.business_on,
                      rank=row.rank, document=document, content=content, is_first=False, changes=row.id)
        self._place_now(life, made)
        return made


def changes_of(settler: Settler, number: int) -> list[dict[str, Any]]:
    """What the changes of a moment say, the first one first."""
    statement = sa.select(moment.c.payload).where(moment.c.changes == number).order_by(moment.c.id)
    return [orjson.loads(text) for text in settler.work.tx.execute(statement).scalars()]


def base_of(settler: Settler, number: int, changes: list[dict[str, Any]]) -> Any:
    """The decision whose inputs count for a moment: the one that stood when it changed first; else its latest."""
    if not changes:
        return _latest(settler, number)
    return settler.work.tx.execute(sa.select(decision).where(decision.c.id == changes[0]["base"])).one()


def _latest(settler: Settler, number: int) -> Any:
    mine = sa.select(decision).where(decision.c.moment_id == number)
    return settler.work.tx.execute(mine.order_by(decision.c.revision.desc()).limit(1)).first()


def posted_by_key(settler: Settler, prior: Prior, number: int) -> dict[Key, tuple[int, int]]:
    """Amount and effect of all that is posted for a moment and its changes, by key; nothing where both are 0."""
    names = {account_id: name for name, (account_id, _, _) in prior.accounts.items()}
    columns = (movement.c.account_id, movement.c.step, movement.c.round, movement.c.name)
    changes = sa.select(moment.c.id).where(moment.c.changes == number)
    statement = (
        sa.select(*columns, sa.func.sum(movement.c.amount), sa.func.sum(movement.c.effect))
        .where(sa.or_(movement.c.moment_id == number, movement.c.moment_id.in_(changes)))
        .group_by(*columns)
    )
    found: dict[Key, tuple[int, int]] = {}
    for account_id, step, round_, name, amount, effect in tuples(settler.work, statement):
        key = (names[account_id], step, round_.removesuffix("+"), name)
        known = found.get(key, (0, 0))
        found[key] = (known[0] + int(amount), known[1] + int(effect))
    return {key: sums for key, sums in found.items() if any(sums)}


def stand(each: Moment, row: Any) -> None:
    """Put a moment where its row says that it stands, whenever it happened."""
    if each.place[0] != row.at:
        each.happened = each.place[0]
    each.place = (row.at, row.rank, row.key)
    each.day = row.business_on
