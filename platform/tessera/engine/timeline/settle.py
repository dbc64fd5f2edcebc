"""Settling: what changed documents and facts mean for the lives of their holders, folded and posted.

A life is appended to when all that is new comes after its head; else it is folded again from the earliest changed
place, and what comes out differently is posted as corrections.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tessera.engine.ledger.amounts import to_amount
from tessera.engine.ledger.posting import DEBT, Delta
from tessera.engine.rules.failures import NotCovered
from tessera.engine.timeline.documents import Documents
from tessera.engine.timeline.fold import FACT_RANK, Life, Moment, Outcome, Place
from tessera.engine.timeline.kept import moment_of, note_rows, pins_of
from tessera.engine.timeline.lives import Head, Lives, Prior, before
from tessera.engine.timeline.pinned import Change, Pinned, stand
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.releases import Programs
from tessera.engine.timeline.saving import Result, Saving
from tessera.engine.work import Work
from tessera.errors import TesseraError
from tessera.meta.rules import TimelineDoc
from tessera.store.system.ledger import allocation, lot, movement
from tessera.store.system.timeline import decision, moment
from tessera.store.system.timeline import state as head_table

Touched: TypeAlias = "Mapping[int, set[tuple[str, int]]]"
"""Holder → (entity key, document id) of what changed; ("", id) is a fact's moment."""


class TooLong(TesseraError):
    """The change reaches {count} moments back, more than {limit}; it is settled as a job."""

    code = "replay_too_long"
    status = 409


class Settler:
    """Settles holders of one timeline within one transaction."""

    def __init__(self, work: Work, timeline: TimelineDoc) -> None:
        self.work = work
        self.programs = Programs(work, timeline)
        self.program: Program = self.programs.head
        self.documents = Documents(work, self.programs)
        self.lives = Lives(work, self.program, self.documents)
        self.until: Place = (work.now, FACT_RANK * 2, "")
        self.new: set[int] = set()
        self.whole: frozenset[int] = frozenset()
        self.pinned = Pinned(self)

    def settle(self, touched: Touched, *, whole: Collection[int] = ()) -> list[Result]:
        """Fold and post what changed for these holders. whole: those that are folded from the beginning.

        Raises: what the rules of a document raise that must be refused rather than parked.
        """
        holders, self.whole = sorted(touched), frozenset(whole)
        priors = self._priors(holders)
        changes = self._changes(touched, priors)
        self._note_leftovers({holder: prior for holder, prior in priors.items() if holder not in whole})
        results = []
        apart: dict[int, Change] = {}
        for holder in holders:
            prior = priors[holder]
            change, apart[holder] = self.pinned.split(prior, changes.get(holder, Change()))
            place = self._beginning() if holder in whole else change.place
            if place is None:
                place = self._place_of_due(prior)
            if place is None:
                continue
            result = self._fold(prior, change, place)
            if result is not None:
                results.append(result)
        self._save(results, touched)
        apart = {holder: change for holder, change in apart.items() if change.changed}
        for is_decided in (True, False):
            results += self._settle_apart(apart, is_decided, touched)
        return results

    def _settle_apart(self, apart: Mapping[int, Change], is_decided: bool, touched: Touched) -> list[Result]:
        """Take these changes under the pinned reading."""
        if not apart:
            return []
        priors = self._priors(sorted(apart))
        found = [self.pinned.fold(priors[holder], change, is_decided=is_decided) for holder, change in apart.items()]
        results = [each for each in found if each is not None]
        self._save(results, touched)
        return results

    def _save(self, results: list[Result], touched: Touched) -> None:
        self._reject(results, touched)
        Saving(self.work, self.program).save(results)

    def _beginning(self) -> Place | None:
        """From where a whole life is folded again: what is pinned stays."""
        if self.pinned.is_all:
            return None
        return _BEGINNING if self.pinned.horizon is None else (self.pinned.horizon, -FACT_RANK, "")

    def lock(self, holders: list[int]) -> None:
        """Hold these lives until the transaction ends; whoever else changes them waits."""
        self._ensure_heads(sorted(holders))
        self.lives.heads(sorted(holders), lock=True)

    # What changed

    def _priors(self, holders: list[int]) -> dict[int, Prior]:
        self.new = self._ensure_heads(holders)
        heads = self.lives.heads(holders, lock=True)
        known = [holder for holder in holders if holder not in self.new]
        accounts = self.lives.accounts(known) if known else {}
        return {holder: Prior(holder, heads[holder], accounts.get(holder, {})) for holder in holders}

    def _ensure_heads(self, holders: list[int]) -> set[int]:
        """A row for each holder, which is what concurrent transactions lock; the holders that had none yet."""
        known = set(self.lives.heads(holders, lock=False))
        insert: Any = postgresql.insert if self.work.tx.dialect == "postgresql" else sqlite.insert
        rows = [
            {"timeline": self.program.doc.key, "holder": holder, "state": "{}", "totals": "{}", "fired": "{}",
             "mix": 0, "state_hash": ""}
            for holder in holders
            if holder not in known
        ]
        made: set[int] = set()
        for start in range(0, len(rows), 1_000):
            statement = insert(head_table).values(rows[start : start + 1_000]).on_conflict_do_nothing()
            made.update(self.work.tx.execute(statement.returning(head_table.c.holder)).scalars())
        return made

    def _note_leftovers(self, priors: dict[int, Prior]) -> None:
        """Note whose lives have moments behind their heads: they took part once, and what they posted is kept."""
        known = [holder for holder in priors if holder not in self.new]
        behind = sa.tuple_(moment.c.at, moment.c.rank, moment.c.key) > sa.tuple_(
            head_table.c.at, head_table.c.rank, head_table.c.key
        )
        for start in range(0, len(known), 1_000):
            statement = (
                sa.select(head_table.c.holder)
                .join(moment, sa.and_(moment.c.timeline == head_table.c.timeline,
                                      moment.c.holder == head_table.c.holder))
                .where(head_table.c.timeline == self.program.doc.key,
                       head_table.c.holder.in_(known[start : start + 1_000]), behind, sa.not_(moment.c.is_present))
                .distinct()
            )
            for holder in self.work.tx.execute(statement).scalars():
                priors[holder].has_leftovers = True

    def _changes(self, touched: Touched, priors: dict[int, Prior]) -> dict[int, Change]:
        changes = {holder: Change() for holder in touched}
        by_entity: dict[str, set[int]] = {}
        for items in touched.values():
            for entity, number in items:
                by_entity.setdefault(entity, set()).add(number)
        for entity, numbers in sorted(by_entity.items()):
            if entity:
                self._changed_documents(entity, numbers, touched, priors, changes)
            else:
                self._changed_facts(numbers, priors, changes)
        return changes

    def _changed_documents(self, entity: str, numbers: set[int], touched: Touched, priors: dict[int, Prior],
                           changes: dict[int, Change]) -> None:
        present: dict[tuple[int, str], Moment] = {}
        for found in self.documents.moments(entity, numbers):
            if found.holder in changes:
                present[found.holder, found.moment.key] = found.moment
        kept = self._kept(entity, numbers, [holder for holder in priors if holder not in self.new])
        for (holder, source), row in kept.items():
            if (holder, source) not in present and (entity, row.document_id) in touched[holder] and row.is_present:
                changes[holder].touch((row.at, row.rank, row.key), source)
                changes[holder].gone[source] = row.id
                changes[holder].kept[source] = row
        for (holder, source), each in present.items():
            row = kept.get((holder, source))
            if row is not None:
                priors[holder].ids[source] = row.id
                each.pins = pins_of(row)
                own = (row.happened_at or row.at, row.rank, row.key)
                if row.is_present and own == each.place and row.content == each.content.hex():
                    continue
                changes[holder].touch((row.at, row.rank, row.key), source)
                changes[holder].kept[source] = row
            changes[holder].touch(each.place, source)
            changes[holder].new[source] = each

    def _kept(self, entity: str, numbers: set[int], holders: list[int]) -> dict[tuple[int, str], Any]:
        if not holders:
            return {}
        found = {}
        wanted = sorted(numbers)
        for start in range(0, len(wanted), 5_000):
            statement = sa.select(moment).where(
                moment.c.timeline == self.program.doc.key,
                moment.c.entity == entity,
                moment.c.document_id.in_(wanted[start : start + 5_000]),
            )
            for row in self.work.tx.execute(statement):
                found[row.holder, row.source] = row
        mine = set(holders)
        return {key: row for key, row in found.items() if key[0] in mine}

    def _changed_facts(self, numbers: set[int], priors: dict[int, Prior], changes: dict[int, Change]) -> None:
        for row in self.work.tx.execute(sa.select(moment).where(moment.c.id.in_(sorted(numbers)))):
            change = changes[row.holder]
            priors[row.holder].ids[row.source] = row.id
            change.touch((row.at, row.rank, row.key), row.source)
            change.kept[row.source] = row
            fact = moment_of(self.program, row) if row.is_present else None
            if fact is not None:
                change.new[row.source] = fact
            else:
                change.gone[row.source] = row.id

    def _place_of_due(self, prior: Prior) -> Place | None:
        """Where to go on when nothing changed but time has passed."""
        head = prior.head
        return head.place if head is not None else None

    # Folding

    def _fold(self, prior: Prior, change: Change, place: Place) -> Result | None:
        head = prior.head
        assert head is not None, "every holder that is settled has a head"
        new = sorted(change.new.values(), key=lambda each: each.place)
        if prior.holder in self.new:
            return self._run(Life(self.program, prior.holder), Result(prior, [], None, cause=change.cause), new)
        if head.place is None:
            place = _BEGINNING
        elif place > head.place or (not change.changed and place is not _BEGINNING):
            if not prior.has_leftovers:
                return self._run(self.lives.at_head(prior), Result(prior, [], None, cause=""), new)
            place = head.place
        if self.program.needs_whole_life and self.pinned.horizon is None:
            place = _BEGINNING
        return self._refold(prior, change, place, head)

    def _refold(self, prior: Prior, change: Change, place: Place, head: Head) -> Result:
        rows = self._rows_from(prior, place)
        self._note_rows(prior, rows)
        moments = [each for each in self._moments_of(prior, rows, change) if each.key not in change.gone]
        moments.sort(key=lambda each: each.place)
        self._note_decisions(prior)
        for each in moments:
            number = prior.ids.get(each.key, 0)
            each.is_first = number not in prior.decisions
        life = Life(self.program, prior.holder) if place is _BEGINNING else self.lives.at_place(prior, place)
        life.pins = prior.pins
        for name, (number, _, _) in prior.accounts.items():
            life.book(name).held = self.lives.held.get(number, 0)
        result = Result(prior, [], None, dict(change.gone), cause=change.cause)
        last = max((each.place for each in moments if each.key in change.changed), default=place)
        stop = {} if prior.holder in self.whole else self._early_stop(prior, change, rows, last)
        result = self._run(life, result, moments, stop)
        reached = {
            prior.ids.get(each.moment.key, 0)
            for each in result.outcomes
            if each.postings or each.moment.kind not in {"lapse", "settle"}
        }
        end = result.outcomes[-1].moment.place if result.life is None else None
        for row in rows:
            is_behind = end is not None and (row.at, row.rank, row.key) > end
            if row.id in reached or is_behind or row.source in change.gone:
                continue
            if row.is_present:
                result.gone[row.source] = row.id
        folded = [row.id for row in rows if end is None or (row.at, row.rank, row.key) <= end]
        result.folded = frozenset({*folded, *change.gone.values()})
        result.effective = self._effective(prior, sorted(result.folded))
        return result

    def _early_stop(self, prior: Prior, change: Change, rows: list[Any], last: Place) -> dict[str, str]:
        """State hashes at which folding may stop: of moments after the last change, by source."""
        last = max([last, *((row.at, row.rank, row.key) for row in rows if row.source in change.changed)])
        found = {}
        for row in rows:
            kept = prior.decisions.get(row.id)
            if kept is not None and kept.is_current and (row.at, row.rank, row.key) > last:
                found[row.source] = kept.state_hash
        return found

    def _run(self, life: Life, result: Result, moments: list[Moment], stop: Mapping[str, str] | None = None) -> Result:
        for outcome in self._outcomes(life, moments):
            result.outcomes.append(outcome)
            if stop and stop.get(outcome.moment.key) == outcome.hash.hex():
                return result
        result.life = life
        return result

    def _outcomes(self, life: Life, moments: list[Moment]) -> Iterator[Outcome]:
        for each in moments:
            yield from life.settle_until(each.place)
            yield life.fold(each)
        yield from life.settle_until(self.until)

    def _rows_from(self, prior: Prior, place: Place) -> list[Any]:
        statement = sa.select(moment).where(self.lives.mine(prior.holder))
        if place is not _BEGINNING:
            statement = statement.where(sa.not_(before(place)))
        rows = list(self.work.tx.execute(statement.order_by(moment.c.at, moment.c.rank, moment.c.key)))
        limit = self.work.settings.limits.replay_moments
        if len(rows) > limit and not self.work.scratch.get("timeline.unlimited"):
            raise TooLong(count=len(rows), limit=limit)
        return rows

    def _note_rows(self, prior: Prior, rows: list[Any]) -> None:
        note_rows(prior, rows)
        numbers = [number for number, _, _ in prior.accounts.values()]
        from_here = sa.select(lot).where(lot.c.account_id.in_(numbers), lot.c.moment_id.in_([row.id for row in rows]))
        for row in self.work.tx.execute(from_here):
            prior.lots[row.account_id, row.source] = row

    def _moments_of(self, prior: Prior, rows: Iterable[Any], change: Change) -> Iterator[Moment]:
        yield from change.new.values()
        by_entity: dict[str, list[int]] = {}
        rows = list(rows)
        standing = {row.source: row for row in rows if row.happened_at is not None or self.pinned.is_all}
        for row in rows:
            if row.source in change.new or not row.is_present:
                continue
            if row.kind == "document":
                by_entity.setdefault(row.entity, []).append(row.document_id)
            elif (known := moment_of(self.program, row)) is not None:
                yield known
        for entity, numbers in by_entity.items():
            if entity not in self.program.moments:
                continue
            for found in self.documents.moments(entity, numbers):
                if found.holder == prior.holder:
                    found.moment.pins = prior.pins.get(found.moment.key, {})
                    if found.moment.key in standing:
                        stand(found.moment, standing[found.moment.key])
                    yield found.moment

    def moments_at(self, prior: Prior, rows: list[Any]) -> list[Moment]:
        """The moments that these kept rows of a holder stand for, in order."""
        note_rows(prior, rows)
        return sorted(self._moments_of(prior, rows, Change()), key=lambda each: each.place)

    def moments_before(self, prior: Prior, place: Place) -> list[Moment]:
        """Every document and fact of a holder before a place, in order."""
        statement = sa.select(moment).where(self.lives.mine(prior.holder), before(place), moment.c.is_present)
        return self.moments_at(prior, list(self.work.tx.execute(statement)))

    def _note_decisions(self, prior: Prior) -> None:
        numbers = sorted(prior.ids.values())
        for start in range(0, len(numbers), 5_000):
            statement = (
                sa.select(decision.c.id, decision.c.moment_id, decision.c.revision, decision.c.is_current,
                          decision.c.hash, decision.c.state_hash, decision.c.reviews)
                .where(decision.c.moment_id.in_(numbers[start : start + 5_000]))
                .order_by(decision.c.moment_id, decision.c.revision)
            )
            for row in self.work.tx.execute(statement):
                prior.decisions[row.moment_id] = row

    def _effective(self, prior: Prior, moments: list[int]) -> dict[tuple[Any, ...], Delta]:
        """What is posted for these moments, summed by key."""
        names = {number: name for name, (number, _, _) in prior.accounts.items()}
        found: dict[tuple[Any, ...], Delta] = {}
        keys: dict[int, Delta] = {}
        for start in range(0, len(moments), 5_000):
            part = movement.c.moment_id.in_(moments[start : start + 5_000])
            mine = sa.and_(part, movement.c.account_id.in_(list(names)))
            for row in self.work.tx.execute(sa.select(movement).where(mine).order_by(movement.c.id)):
                key = (row.moment_id, names[row.account_id], row.step, row.round, row.move, row.name, row.business_at)
                known = found.setdefault(key, Delta())
                known.amount += row.amount
                known.effect += row.effect
                known.count += 1
                known.last, known.business_on, known.of = row.id, row.business_on, row.of or ""
                keys[row.id] = known
            lines = (
                sa.select(allocation, lot.c.source, movement.c.account_id)
                .join(movement, movement.c.id == allocation.c.movement_id)
                .outerjoin(lot, lot.c.id == allocation.c.lot_id)
                .where(mine)
                .order_by(allocation.c.movement_id)
            )
            for row in self.work.tx.execute(lines):
                source = row.source if row.lot_id else DEBT
                known = keys[row.movement_id]
                known.allocations[source] = known.allocations.get(source, 0) + row.amount
                if row.expires_on is not None:
                    known.moved[source] = row.expires_on
                self._ensure_lot(prior, row.account_id, source)
        return found

    def _ensure_lot(self, prior: Prior, account_id: int, source: str) -> None:
        if source != DEBT and (account_id, source) not in prior.lots:
            self.lives.lot_rows(prior, lot.c.source == source, with_absent=True)

    def _reject(self, results: list[Result], touched: Touched) -> None:
        """Raise what is against a document or fact of this transaction that must be refused rather than parked.

        That is what its rules say, or that later takes, which the outside was promised, would not be covered any more.
        """
        for result in results:
            is_new = False
            for outcome in result.outcomes:
                each = outcome.moment
                if each.is_first and each.kind in {"document", "fact"}:
                    mine = (each.entity, each.document_id) if each.kind == "document" else ("", each.id)
                    rules = (each.program or self.program).rules_of(each.run)
                    if not rules.doc.rejects or mine not in touched[result.prior.holder]:
                        continue
                    if outcome.error is not None:
                        raise outcome.error
                    is_new = True
                    _ensure_held(result)
                elif is_new and outcome.reviews:
                    kept = result.prior.decisions.get(result.prior.ids.get(each.key, 0))
                    _ensure_covered(outcome, kept.reviews if kept is not None else None)


def _ensure_held(result: Result) -> None:
    """What is held stays covered, wherever in history something new takes."""
    books = result.life.books if result.life is not None else {}
    for name, book in books.items():
        balance = result.prior.accounts.get(name, (0, 0, 0))[1]
        missing = book.held - (book.balance - book.pending)
        if book.held and missing > 0 and book.balance < balance:
            raise NotCovered(ledger=name, shortfall=str(to_amount(missing, book.rules.scale)), step="")


def _ensure_covered(outcome: Outcome, before: str | None) -> None:
    known = [(each["step"], each["round"]) for each in orjson.loads(before or "[]") if "missing" in each]
    for each in outcome.reviews:
        if "missing" in each and (each["step"], each["round"]) not in known:
            raise NotCovered(ledger=each["ledger"], shortfall=each["missing"], step=each["step"])


_BEGINNING: Any = ()
