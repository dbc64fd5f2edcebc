"""Explaining: the full proof of a decision, computed again from the log, and whether it is what was posted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tessera.engine.rules.labels import labelled
from tessera.engine.rules.tracing import Trace, posting_json
from tessera.engine.timeline.changes import postings_by_key
from tessera.engine.timeline.fold import Life, Moment, Outcome
from tessera.engine.timeline.kept import pins_of
from tessera.engine.timeline.lives import Prior
from tessera.engine.timeline.pinned import base_of, changes_of, posted_by_key
from tessera.engine.timeline.settle import Settler
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.store.system.ledger import movement
from tessera.store.system.timeline import moment


def explain_movement(work: Work, movement_id: int) -> dict[str, Json]:
    """The proof of the moment that a movement belongs to. Raises: NotFound("not_found")."""
    number = work.tx.scalar(sa.select(movement.c.moment_id).where(movement.c.id == movement_id))
    if number is None:
        raise NotFound(what="movement")
    return {**explain(work, number), "movement": movement_id}


def explain(work: Work, moment_id: int) -> dict[str, Json]:
    """The proof of a moment: every step, what it read and gave, rows that did not apply and why, and its postings.

    Keys: moment, at, release, ruleset, steps (see rules.tracing), postings, error, and agrees: whether exactly this is
    posted.
    Raises: NotFound("not_found").
    """
    row = work.tx.execute(sa.select(moment).where(moment.c.id == moment_id, moment.c.is_present)).first()
    if row is None:
        raise NotFound(what="moment")
    settler = Settler(work, work.model.parts["timeline"][row.timeline])
    trace = Trace()
    outcome = _fold_again(settler, row, trace)
    postings = [posting_json(each) for each in outcome.postings]
    accounts = settler.lives.accounts([row.holder]).get(row.holder, {})
    posted = posted_by_key(settler, Prior(row.holder, None, accounts), moment_id)
    wanted = {key: sums for key, sums in postings_by_key(outcome.postings).items() if any(sums)}
    return {
        "moment": moment_id,
        "at": row.at.isoformat(),
        "release": outcome.release,
        "ruleset": outcome.moment.run,
        "steps": labelled(work.model, outcome.moment.run, trace.steps),
        "postings": postings,
        "error": None if outcome.error is None else outcome.error.problems()[0].to_json(),
        "agrees": wanted == posted,
    }


def _fold_again(settler: Settler, row: Any, trace: Trace) -> Outcome:
    place = (row.at, row.rank, row.key)
    prior = Prior(row.holder, None, settler.lives.accounts([row.holder]).get(row.holder, {}))
    life, wanted = _life_before(settler, prior, row, place), _moment(settler, prior, row, place)
    life.pins = {row.source: pins_of(row)}
    for outcome in life.settle_until(place):
        if outcome.moment.key == row.source:
            return outcome
    if wanted is None:
        wanted = life.next_due()
    assert wanted is not None, "a moment that is present comes again"
    wanted.is_first = False
    return life.fold(wanted, trace)


def _life_before(settler: Settler, prior: Prior, row: Any, place: Any) -> Life:
    doc = settler.program.doc
    is_pinned = doc.is_pinned or doc.replay_within_days is not None
    if is_pinned and row.kind in {"document", "fact"}:
        changes = changes_of(settler, row.id)
        first = base_of(settler, row.id, changes) if doc.is_pinned or changes else None
        if first is not None:
            return settler.lives.as_decided(prior, place, first)
    if is_pinned or not settler.program.needs_whole_life:
        return settler.lives.at_place(prior, place)
    life = Life(settler.program, prior.holder)
    for each in settler.moments_before(prior, place):
        for _ in life.settle_until(each.place):
            pass
        life.fold(each)
    return life


def _moment(settler: Settler, prior: Prior, row: Any, place: Any) -> Moment | None:
    if row.kind not in {"document", "fact", "change"}:
        return None
    found = [each for each in settler.moments_at(prior, [row]) if each.place == place]
    if not found:
        raise NotFound(what="document")
    return found[0]
