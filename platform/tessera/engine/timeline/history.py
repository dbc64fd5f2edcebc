"""What a release does to history: moments that it decides otherwise are folded again, records that it makes moments
are taken in. A few at once, within the transaction of the release; many wait for `settle_pending`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.derived.formulas import on_fill
from tessera.engine.packages.applying import on_apply
from tessera.engine.packages.proposing import History, Proposal, on_propose
from tessera.engine.packages.stored import load_model
from tessera.engine.records.hooks import Change
from tessera.engine.timeline.lives import tuples
from tessera.engine.timeline.watching import mark_whole, moments_of, refold, touch_later
from tessera.engine.work import Work
from tessera.formula import Formula
from tessera.meta.model import Entity, Model
from tessera.meta.rules import MomentDef, TimelineDoc
from tessera.store import Tx
from tessera.store.system import catalog
from tessera.store.system.timeline import moment

INSIDE = 200
"""So many holders or documents are settled within the transaction of the release itself."""

_RULING = ("timeline", "ruleset", "ledger")


def altered(tx: Tx, base: int, before: Model, after: Model, since: datetime) -> Iterator[History]:
    """Whose decided history rules that are in force from an instant on would alter: by timeline, how many."""
    for timeline in _altered_timelines(tx, base, before, after, since):
        mine = _decided_since(timeline, since)
        moments, holders = _counts(tx, mine)
        if moments:
            yield History(timeline.name, since, holders, moments)


def _counts(tx: Tx, chosen: sa.ColumnElement[bool]) -> tuple[int, int]:
    row = tx.row(
        sa.select(sa.func.count().label("moments"), sa.func.count(moment.c.holder.distinct()).label("holders")).where(
            chosen
        )
    )
    return (row["moments"], row["holders"]) if row else (0, 0)


def settle_release(work: Work, proposal: Proposal) -> None:
    """Fold the holders again whose history a release alters, and take in records that are moments from now on."""
    row = catalog.release(work.tx, proposal.after.number)
    assert row is not None, "the release is written before its hooks run"
    for timeline in _altered_timelines(work.tx, proposal.base, proposal.before, work.model, row.effective_from):
        chosen = sa.select(moment.c.holder).where(_decided_since(timeline, row.effective_from)).distinct()
        holders = list(work.tx.execute(chosen.order_by(moment.c.holder)).scalars())
        if len(holders) <= INSIDE:
            refold(work, timeline, holders)
        else:
            mark_whole(work, timeline, holders)
    for timeline in work.model.all("timeline"):
        for definition in _new_moments(proposal.before, timeline):
            _take_in(work, timeline, definition)
        _let_go(work, timeline, proposal.before.parts.get("timeline", {}).get(timeline.key))


def _altered_timelines(tx: Tx, base: int, before: Model, after: Model, since: datetime) -> list[TimelineDoc]:
    """Timelines without pinned history whose rules were others at any time since then."""
    rows = [row for row in catalog.releases(tx) if row.number <= base]
    first = catalog.in_force(rows, since)
    past = [before, *(load_model(tx, row.number) for row in rows if first <= row.number < base)]
    found = []
    for timeline in after.all("timeline"):
        kept = [model for model in past if timeline.key in model.parts.get("timeline", {})]
        if not timeline.is_pinned and any(_ruling(model, timeline) != _ruling(after, timeline) for model in kept):
            found.append(timeline)
    return found


def _ruling(model: Model, timeline: TimelineDoc) -> dict[str, Any]:
    """The documents that decide about moments of a timeline, by key."""
    own = model.parts.get("timeline", {}).get(timeline.key, timeline)
    parts = {each.key for each in model.all("ruleset") if each.timeline == own.name}
    parts |= {each.key for each in model.all("ledger") if each.name in own.ledgers} | {timeline.key}
    parts |= {each.key for each in model.all("table")}
    return {key: model.documents[key] for key in parts if key in model.documents}


def _decided_since(timeline: TimelineDoc, since: datetime) -> sa.ColumnElement[bool]:
    decided = moment.c.kind.in_(("document", "fact", "due"))
    return sa.and_(moment.c.timeline == timeline.key, moment.c.at >= since, moment.c.is_present, decided)


def _new_moments(before: Model, timeline: TimelineDoc) -> Iterator[MomentDef]:
    """Definitions of moments that the release before lacks or understood otherwise."""
    old = before.parts.get("timeline", {}).get(timeline.key)
    known = {each.of: _meaning(each) for each in old.moments} if old is not None else {}
    for each in timeline.moments:
        if each.of in before.entities and known.get(each.of) != _meaning(each):
            yield each


def _meaning(definition: MomentDef) -> Mapping[str, Any]:
    parts = {name: getattr(definition, name) for name in ("holder", "at", "where", "rank")}
    texts = {name: each.text if isinstance(each, Formula) else each for name, each in parts.items()}
    return {**texts, "key": [each.text for each in definition.key]}


def _take_in(work: Work, timeline: TimelineDoc, definition: MomentDef) -> None:
    entity: Entity = work.model.entities[definition.of]
    table = work.tables.of(entity)
    field = entity.field(definition.holder)
    assert field is not None, "check has found the field"
    holder = table.c[field.column or field.name]
    wanted = sa.select(holder, table.c.id).where(holder.is_not(None), table.c.deleted_at.is_(None)).order_by(table.c.id)
    touched: dict[int, set[tuple[str, int]]] = {}
    for number, document in (*tuples(work, wanted), *tuples(work, _kept(timeline, moment.c.entity == entity.key))):
        touched.setdefault(number, set()).add((entity.key, document))
    touch_later(work, timeline, touched, inside=INSIDE)


def _let_go(work: Work, timeline: TimelineDoc, before: TimelineDoc | None) -> None:
    """Take back what moments posted of entities and facts that the release removes; facts may come back by it, too."""
    if before is None:
        return
    touched: dict[int, set[tuple[str, int]]] = {}
    for entity in {each.of for each in before.moments} - {each.of for each in timeline.moments}:
        for holder, document in tuples(work, _kept(timeline, moment.c.entity == entity)):
            touched.setdefault(holder, set()).add((entity, document))
    for name in {each.uid for each in before.facts} ^ {each.uid for each in timeline.facts}:
        facts = sa.and_(moment.c.kind == "fact", moment.c.source.startswith(f"fact:{name}:", autoescape=True))
        for holder, number in tuples(work, _kept(timeline, facts, moment.c.id)):
            touched.setdefault(holder, set()).add(("", number))
    touch_later(work, timeline, touched, inside=INSIDE)


def _kept(
    timeline: TimelineDoc, which: sa.ColumnElement[bool], number: sa.Column[Any] = moment.c.document_id
) -> sa.Select[Any]:
    """Holder and number of moments that take part."""
    mine = (moment.c.timeline == timeline.key, moment.c.is_present, which)
    return sa.select(moment.c.holder, number).where(*mine).order_by(moment.c.id)


def _notice_filled(work: Work, entity: Entity, changes: Sequence[Change]) -> None:
    """A stored formula that a release filled anew may decide otherwise."""
    for timeline, definition in moments_of(work, entity):
        touched: dict[int, set[tuple[str, int]]] = {}
        for change in changes:
            holder = (change.after or {}).get(definition.holder)
            if holder is not None:
                touched.setdefault(holder, set()).add((entity.key, change.id))
        touch_later(work, timeline, touched, inside=INSIDE)


on_propose.append(altered)
on_fill.append(_notice_filled)
on_apply.append(settle_release)
