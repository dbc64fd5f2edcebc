"""What an actor may see of lives: accounts of the holders he sees, and decisions on documents whose inputs he may read.

A decision repeats what the rules read and concluded. To who may not read one of the fields that the rules read, it only
says that there is one; a proof is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.access import Rights, permissions_of, rights
from tessera.engine.records.reading import get
from tessera.engine.records.related import find
from tessera.engine.timeline.explaining import explain, explain_movement
from tessera.engine.timeline.program import Program
from tessera.engine.timeline.reading import decision_of, ledger_named, revisions
from tessera.engine.timeline.reviewing import in_pages
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound
from tessera.meta.model import Entity, Field
from tessera.meta.rules import LedgerDoc, TimelineDoc
from tessera.store.system.ledger import account, movement
from tessera.store.system.timeline import moment, parked

_CLOSED = ("moment", "revision", "release", "decided_at", "is_current")
"""What is left of a decision for who may not read all that the rules read."""


def seen_ledger(work: Work, name: str) -> LedgerDoc:
    """The ledger of that name, when the actor may see its holders' balances. Raises: NotFound("not_found")."""
    doc = ledger_named(work, name)
    entity = work.model.entities[doc.per]
    own = rights(work, entity)
    shown = [each for each in entity.fields if each.type == "balance" and _is_of(work, each, doc)]
    if not own.can_read or (shown and not any(_reads(own, each) for each in shown)):
        raise NotFound(what="ledger")
    return doc


def seen_holder(work: Work, doc: LedgerDoc | TimelineDoc, key: Json) -> int:
    """The id of a holder by its ref or business key. Raises: NotFound, also when the actor may not see it."""
    return int(get(work, work.model.entities[doc.per].name, key, fields=())["id"])


def seen_record(work: Work, entity_key: str, key: Json) -> int | None:
    """The id of a record that the actor sees, by its ref or business key; None when there is none."""
    try:
        return int(get(work, work.model.entities[entity_key].name, key, fields=())["id"])
    except NotFound:
        return None


def seen_beside(work: Work, doc: LedgerDoc, keys: Sequence[Json]) -> list[int]:
    """Of a ledger in which a holder has several accounts, the ids that say which: from refs or business keys.

    Raises: NotFound, also when the actor may not see one of them, or the ledger keeps no such accounts.
    """
    if not keys:
        return []
    if len(keys) != len(doc.beside):
        raise NotFound(what="account")
    entities = (work.model.entities[key] for key in doc.beside)
    return [int(get(work, each.name, key, fields=())["id"]) for each, key in zip(entities, keys, strict=True)]


def blank_unseen_beside(work: Work, doc: LedgerDoc, rows: Iterable[dict[str, Any]]) -> None:
    """Blank, in `beside` of each row, the ids of records that the actor may not see."""
    every = list(rows)
    for place, key in enumerate(doc.beside):
        entity = work.model.entities[key]
        told = {("id", row["beside"][place]) for row in every if row["beside"]}
        seen = {row["id"] for row in find(work, entity, told).values()}
        for row in every:
            if row["beside"] and row["beside"][place] not in seen:
                row["beside"] = [None if i == place else each for i, each in enumerate(row["beside"])]


def seen_among(work: Work, doc: LedgerDoc | TimelineDoc, holders: Iterable[int]) -> set[int]:
    """Those of these holders that the actor may see."""
    return {row["id"] for row in find(work, work.model.entities[doc.per], [("id", each) for each in holders]).values()}


def seen_timeline(work: Work, name: str) -> TimelineDoc:
    """The timeline of that name, when the actor may read its holders. Raises: NotFound("not_found")."""
    doc = work.model.part("timeline", name)
    if not isinstance(doc, TimelineDoc) or not rights(work, work.model.entities[doc.per]).can_read:
        raise NotFound(what="timeline")
    return doc


def ensure_posting(work: Work) -> None:
    """Refuse an actor who may not record what the outside did. Raises: Forbidden("forbidden")."""
    actor = work.ctx.actor
    if not actor.is_admin and "facts" not in permissions_of(work.model, actor.roles):
        raise Forbidden(action="record facts of")


def seen_documents(work: Work, rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    """Of the documents that rows name by entity and document_id, those that the actor sees, with the entity's name."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.get("document_id") is not None and row.get("entity") in work.model.entities:
            wanted.setdefault(row["entity"], set()).add(row["document_id"])
    found = {}
    for key, ids in wanted.items():
        entity = work.model.entities[key]
        own = rights(work, entity)
        if own.can_read and own.row_condition is not None:
            ids = {row["id"] for row in find(work, entity, [("id", each) for each in ids]).values()}
        if own.can_read:
            found.update({(key, each): entity.name for each in ids})
    return found


def seen_reviews(work: Work, timeline: str, *, is_open: bool = True, limit: int = 50, before: int | None = None
                 ) -> list[dict[str, Any]]:
    """Reviews of holders that the actor sees, the latest first, without what they say of ledgers that he does not see.

    Documents that he does not see are left blank.
    """
    doc = seen_timeline(work, timeline)
    ledgers = {name for name in doc.ledgers if _sees_ledger(work, name)}
    found: list[dict[str, Any]] = []
    for page in in_pages(work, doc.name, is_open=is_open, before=before):
        known, seen = seen_among(work, doc, {row["holder"] for row in page}), seen_documents(work, page)
        for row in page:
            row["reviews"] = [each for each in row["reviews"] if each.get("ledger", "") in {"", *ledgers}]
            if row["holder"] not in known or not row["reviews"]:
                continue
            row["entity"] = seen.get((row["entity"], row["document_id"]))
            row["document_id"] = row["document_id"] if row["entity"] else None
            found.append(row)
        if len(found) >= limit:
            break
    return found[:limit]


def _sees_ledger(work: Work, name: str) -> bool:
    try:
        seen_ledger(work, name)
    except NotFound:
        return False
    return True


def seen_decision(work: Work, entity_name: str, key: Json, *, with_revisions: bool = False, with_proof: bool = False
                  ) -> dict[str, Json]:
    """The decision on a document, as far as the actor may see it. Raises: NotFound; Forbidden for the proof."""
    entity = work.entity(entity_name)
    found = decision_of(work, entity.name, get(work, entity.name, key, fields=())["id"])
    if found is None:
        raise NotFound(what="decision")
    number = found["moment"]["id"]
    found["moment"]["entity"] = entity.name
    if not _sees_inputs(work, number):
        if with_proof:
            raise Forbidden(action="see the proof of")
        waits = found["parked"]
        open_parts = {name: found[name] for name in _CLOSED if name in found}
        return {**open_parts, "parked": waits and {"code": waits["code"], "since": waits["since"]}}
    if with_revisions:
        found["revisions"] = revisions(work, number)
    if with_proof:
        found["proof"] = explain(work, number)
    return found


def seen_proof(work: Work, movement_id: int) -> dict[str, Json]:
    """The proof of a movement. Raises: NotFound, also when the actor may not see its account; Forbidden."""
    statement = (
        sa.select(account.c.ledger, account.c.holder, movement.c.moment_id, moment.c.entity, moment.c.document_id)
        .join(account, account.c.id == movement.c.account_id)
        .join(moment, moment.c.id == movement.c.moment_id)
        .where(movement.c.id == movement_id)
    )
    row = work.tx.row(statement)
    doc = work.model.parts.get("ledger", {}).get(row["ledger"]) if row is not None else None
    if row is None or doc is None:
        raise NotFound(what="movement")
    try:
        seen_holder(work, seen_ledger(work, doc.name), row["holder"])
    except NotFound as error:
        raise NotFound(what="movement") from error
    is_open = row["document_id"] is None or seen_documents(work, [row])
    if not is_open or not _sees_inputs(work, row["moment_id"]):
        raise Forbidden(action="see the proof of")
    return explain_movement(work, movement_id)


def parked_among(work: Work, entity: Entity, ids: Iterable[int]) -> dict[int, dict[str, Json]]:
    """Of these documents, those whose rules fail, with code and message; settle before."""
    statement = (
        sa.select(moment.c.document_id, parked.c.code, parked.c.message)
        .join(parked, parked.c.moment_id == moment.c.id)
        .where(moment.c.entity == entity.key, moment.c.document_id.in_(list(ids)), moment.c.is_present)
    )
    return {row.pop("document_id"): row for row in work.tx.rows(statement)}


def _is_of(work: Work, field: Field, doc: LedgerDoc) -> bool:
    return ledger_named(work, field.options["ledger"]).key == doc.key


def _reads(own: Rights, field: Field) -> bool:
    return own.may_read(field.name) and field.name not in own.masks


def _sees_inputs(work: Work, moment_id: int) -> bool:
    """Whether the actor may read every field that the rules of the moment's timeline read, and its holder."""
    actor = work.ctx.actor
    if actor.is_admin:
        return True
    row = work.tx.row(sa.select(moment.c.timeline, moment.c.holder).where(moment.c.id == moment_id))
    doc = work.model.parts["timeline"].get(row["timeline"]) if row is not None else None
    if row is None or doc is None:
        return False
    holders = work.model.entities[doc.per]
    if not find(work, holders, [("id", row["holder"])]):
        return False
    kept: dict[Any, bool] = work.model.cache.setdefault("timeline.sight", {})
    key = (doc.key, actor.roles)
    if key not in kept:
        kept[key] = _reads_all(work, doc)
    return kept[key]


def _reads_all(work: Work, doc: TimelineDoc) -> bool:
    program = Program.of(work.model, doc)
    refs = doc.refs.union(*(rules.doc.refs for rules in program.rules.values()))
    own_kinds = {doc.per, *(each.of for each in doc.moments)}
    for entity in work.model.entities.values():
        read = [each for each in entity.fields if each.key in refs]
        own = rights(work, entity)
        is_whole = own.row_condition is None or entity.key in own_kinds or bool(entity.parent)
        if read and not (own.can_read and is_whole and all(_reads(own, each) for each in read)):
            return False
    return True
