"""Trying rules on a real document: what the version in force and the draft's each make of it, step by step. Nothing is
written; the life of the holder before the document is folded as it is, its postings are left in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.access import rights
from tessera.engine.ledger.amounts import to_amount
from tessera.engine.records.reading import get
from tessera.engine.records.related import find
from tessera.engine.rules.frame import LedgerView
from tessera.engine.rules.labels import labelled
from tessera.engine.rules.tracing import Trace, posting_json
from tessera.engine.timeline.fold import Life, Moment, Outcome, Place
from tessera.engine.timeline.lives import Prior, before
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.settle import Settler
from tessera.engine.timeline.values import plain
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound, TesseraError
from tessera.meta.model import Entity, Model
from tessera.meta.rules import TimelineDoc
from tessera.store.system.timeline import moment as moments


class NothingToTry(TesseraError):
    """The document takes no part in this timeline, in the release in force or in the draft."""

    code = "nothing_to_try"
    status = 422
    hint = "Take a document that has been decided, and a draft that knows its timeline."


class TooFarBack(TesseraError):
    """The holder has {count} moments before this one, more than {limit} that are folded for a trial."""

    code = "trial_too_long"
    status = 422


@dataclass(frozen=True, slots=True)
class Tried:
    """What a program made of the document. steps: the proof, as an explanation of a decision has it."""

    outcome: Outcome
    steps: list[dict[str, Json]]
    program: Program

    def to_json(self) -> dict[str, Json]:
        """The trial as it goes over the wire: amounts of postings in whole smallest units, figures as they are read."""
        scales = {each.name: each.scale for each in self.program.ledgers}
        figures = {
            name: {"balance": str(to_amount(balance, scales[name])), "debt": str(to_amount(debt, scales[name]))}
            for name, (balance, debt) in self.outcome.figures.items()
            if name in scales
        }
        error = self.outcome.error
        return {
            "ruleset": self.outcome.moment.run,
            "steps": self.steps,
            "postings": [posting_json(each) for each in self.outcome.postings],
            "values": {name: plain(value) for name, value in self.outcome.values.items()},
            "state": {name: plain(value) for name, value in self.outcome.state.items()},
            "figures": figures,
            "error": None if error is None else error.problems()[0].to_json(),
        }


def try_document(
    work: Work, entity_name: str, key: Json, model: Model, *, timeline: str = "", at: datetime | None = None
) -> dict[str, Json]:
    """What the rules in force and those of another Model make of a document, and where they differ.

    at: a supposed instant in place of the document's own. Raises: NotFound, Forbidden, NothingToTry, TooFarBack.
    {"entity", "record", "timeline", "at", "live": trial, "draft": trial, "differences": {"values", "state", "postings",
    "rows"}}; see Tried.to_json.
    """
    entity = work.entity(entity_name)
    number = get(work, entity.name, key, fields=())["id"]
    doc, later, row = _place_of(work, entity, number, model, timeline)
    live, draft = Program.of(work.model, doc), Program.of(model, later)
    _ensure_seen(work, doc, row.holder, {*_refs(live), *_refs(draft)})
    place = (row.at if at is None else at, row.rank, row.key)
    one = _tried(work, doc, work.model, live, row, place)
    other = _tried(work, doc, model, draft, row, place)
    return {
        "entity": entity.name, "record": number, "timeline": doc.name, "at": place[0].isoformat(),
        "live": one.to_json(), "draft": other.to_json(), "differences": _differences(one.to_json(), other.to_json()),
    }  # fmt: skip


def _place_of(
    work: Work, entity: Entity, number: int, model: Model, timeline: str
) -> tuple[TimelineDoc, TimelineDoc, Any]:
    """The timeline in force, that of the other Model, and the row of the document's moment."""
    where = [moments.c.entity == entity.key, moments.c.document_id == number, moments.c.is_present]
    named = work.model.part("timeline", timeline) if timeline else None
    if named is not None:
        where.append(moments.c.timeline == named.key)
    for row in work.tx.execute(sa.select(moments).where(*where).order_by(moments.c.id)):
        doc = work.model.parts.get("timeline", {}).get(row.timeline)
        later = model.parts.get("timeline", {}).get(row.timeline)
        if doc is not None and later is not None and any(each.of == entity.key for each in later.moments):
            return doc, later, row
    raise NothingToTry()


def _refs(program: Program) -> Iterable[str]:
    yield from program.doc.refs
    for rules in program.rules.values():
        yield from rules.doc.refs


def _ensure_seen(work: Work, doc: TimelineDoc, holder: int, refs: set[str]) -> None:
    """Raises: Forbidden when the actor may not read the holder or one of the fields that the rules read."""
    if work.ctx.actor.is_admin:
        return
    if not find(work, work.model.entities[doc.per], [("id", holder)]):
        raise NotFound(what="record")
    for entity in work.model.entities.values():
        root = work.model.entities[entity.parent] if entity.parent else entity
        own = rights(work, root)
        prefix = f"{entity.parent_field}." if entity.parent else ""
        for each in entity.fields:
            name = prefix + each.name
            if each.key in refs and not (own.can_read and own.may_read(name) and name not in own.masks):
                raise Forbidden(action="see the proof of")


def _tried(work: Work, doc: TimelineDoc, model: Model, program: Program, row: Any, place: Place) -> Tried:
    settler = _settler(work, doc)
    prior = Prior(row.holder, None, settler.lives.accounts([row.holder]).get(row.holder, {}))
    life = _life_before(settler, prior, row, place)
    found = [each for each in settler.moments_at(prior, [row]) if each.key == row.source]
    if not found:
        raise NothingToTry()
    list(life.settle_until(place))
    wanted = _moment(settler, found[0], program, place)
    if program is not settler.program:
        life = _under(life, program)
    trace = Trace()
    outcome = life.fold(wanted, trace)
    return Tried(outcome, labelled(model, outcome.moment.run, trace.steps), program)


def replayed(
    work: Work, entity_name: str, key: Json, model: Model, *, timeline: str = "", most: int
) -> tuple[Tried, Any, list[Any]]:
    """What the rules of another Model make of a document when they have decided its holder's earlier documents, too.

    most: how many of these come first. Gives the trial, and the rows of the moments: its own, and the earlier ones.
    Raises: as try_document.
    """
    entity = work.entity(entity_name)
    number = get(work, entity.name, key, fields=())["id"]
    doc, later, row = _place_of(work, entity, number, model, timeline)
    program = Program.of(model, later)
    _ensure_seen(work, doc, row.holder, set(_refs(program)))
    settler = _settler(work, doc)
    prior = Prior(row.holder, None, {})
    place = (row.at, row.rank, row.key)
    query = sa.select(moments).where(settler.lives.mine(row.holder), before(place), moments.c.is_present,
                                     moments.c.kind == "document")  # fmt: skip
    latest = query.order_by(moments.c.at.desc(), moments.c.rank.desc(), moments.c.key.desc()).limit(most)
    earlier = list(work.tx.execute(latest))[::-1]
    life = Life(program, row.holder)
    trace = Trace()
    for each in settler.moments_at(prior, [*earlier, row]):
        list(life.settle_until(each.place))
        wanted = _moment(settler, each, program, each.place)
        outcome = life.fold(wanted, trace if each.key == row.source else None)
    return Tried(outcome, labelled(model, outcome.moment.run, trace.steps), program), row, earlier


def _settler(work: Work, doc: TimelineDoc) -> Settler:
    settler = Settler(work, doc)
    settler.documents.refs |= {each.key for entity in work.model.entities.values() for each in entity.fields}
    return settler


def _life_before(settler: Settler, prior: Prior, row: Any, place: Place) -> Life:
    """The holder's life before a place, without the document itself."""
    own = (row.at, row.rank, row.key)
    doc = settler.program.doc
    is_pinned = doc.is_pinned or doc.replay_within_days is not None
    if is_pinned or (place <= own and not settler.program.needs_whole_life):
        return settler.lives.at_place(prior, place)
    limit = settler.work.settings.limits.replay_moments
    count = settler.work.tx.scalar(
        sa.select(sa.func.count()).where(settler.lives.mine(prior.holder), moments.c.is_present)
    )
    if count > limit:
        raise TooFarBack(count=count, limit=limit)
    life = Life(settler.program, prior.holder)
    for each in settler.moments_before(prior, place):
        if each.key != row.source:
            for _ in life.settle_until(each.place):
                pass
            life.fold(each)
    return life


def _moment(settler: Settler, found: Moment, program: Program, place: Place) -> Moment:
    """The document's moment at a place, to be decided by a program."""
    definition = program.moments[found.entity]
    found.program, found.is_first = program, False
    if definition.run in program.rules:
        found.run = definition.run
    if place != found.place:
        found.place, found.happened, found.day = place, None, program.day(place[0])
        paths = definition.at.reads
        if len(paths) == 1 and definition.at.text.strip() == ".".join(next(iter(paths))):
            found.document[next(iter(paths))[0]] = place[0] if definition.at.type.kind == "datetime" else found.day
    names = program.names.get(found.entity, {})
    entity = settler.work.model.entities[found.entity]
    _rename(found.document, entity, names, program, settler.work.model)
    return found


def _rename(
    record: dict[str, Any], entity: Entity, names: Mapping[str, str], program: Program, model: Model
) -> None:
    """Let fields stand under the names of the program, too; those that it has besides are blank."""
    for each in entity.fields:
        name = names.get(each.key, each.name)
        if each.name in record and name != each.name:
            record[name] = record[each.name]
        if each.type == "lines":
            for line in record.get(each.name, ()):
                _rename(line, model.entities[each.target], program.names.get(each.target, {}), program, model)
    for name in names.values():
        record.setdefault(name, None)


def _under(life: Life, program: Program) -> Life:
    """The life as it is, under another program: its books and state, as far as that knows them."""
    made = Life(program, life.holder)
    for name, book in life.books.items():
        if name in made.books:
            book.rules = made.books[name].rules
            made.books[name] = book
    made.views = {name: LedgerView(book) for name, book in made.books.items()}
    for each in program.doc.state:
        if each.name not in life.state:
            continue
        value = life.state[each.name]
        if each.table and isinstance(value, Mapping):
            value = next((row for row in program.tables[each.table] if row["id"] == value["id"]), value)
        made.state[each.name] = value
    made.fired, made.past, made.mix, made.last = life.fired, life.past, life.mix, life.last
    return made


def _differences(live: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Json]:
    """Where two trials differ: values, state, sums of postings, and rows of factors that apply in only one of them."""
    return {
        "values": _unlike(live["values"], draft["values"]),
        "state": _unlike(live["state"], draft["state"]),
        "postings": [
            {"ledger": key[0], "move": key[1], "as": key[2], **pair}
            for key, pair in _pairs(_sums(live["postings"]), _sums(draft["postings"]))
        ],
        "rows": [
            {"step": key[0], "row": key[1], **pair}
            for key, pair in _pairs(_rows(live["steps"]), _rows(draft["steps"]))
        ],
    }


def _unlike(live: Mapping[str, Json], draft: Mapping[str, Json]) -> list[dict[str, Json]]:
    return [{"name": name, **pair} for name, pair in _pairs(live, draft)]


def _pairs(live: Mapping[Any, Json], draft: Mapping[Any, Json]) -> list[tuple[Any, dict[str, Json]]]:
    every = dict.fromkeys((*live, *draft))
    return [
        (key, {"live": live.get(key), "draft": draft.get(key)}) for key in every if live.get(key) != draft.get(key)
    ]


def _sums(postings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for each in postings:
        key = (each["ledger"], each["move"], each["as"])
        found[key] = found.get(key, 0) + each["amount"]
    return found


def _rows(steps: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Json]]:
    return {
        (step["uid"], row["uid"]): {name: row.get(name) for name in ("applies", "why", "value", "values")}
        for step in steps
        for row in step.get("rows", ())
    }
