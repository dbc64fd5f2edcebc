"""Forms that somebody has begun to fill in: kept for him for 30 days, offered again, gone once they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
import sqlalchemy as sa

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem
from tessera.meta.model import Entity
from tessera.store.system.personal import form_draft

KEPT = timedelta(days=30)
MOST = 100
_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class FormDraft:
    """An unfinished form. record_id: 0 for a new record. record_version: of the record when the form was opened."""

    user_id: int
    entity: str
    record_id: int
    form: str | None
    body: Mapping[str, Json]
    record_version: int | None
    updated_at: datetime


def list_form_drafts(work: Work, entity_name: str = "") -> list[dict[str, Json]]:
    """The actor's unfinished forms, the latest first, without their values."""
    rows = form_draft.c
    where = [rows.user_id == work.ctx.actor.id, rows.updated_at >= work.now - KEPT]
    if entity_name:
        where.append(rows.entity == work.entity(entity_name).key)
    query = sa.select(form_draft).where(*where).order_by(rows.updated_at.desc()).limit(MOST)
    found = [FormDraft(**row) for row in work.tx.rows(query)]
    return [_json(work, each, with_body=False) for each in found if each.entity in work.model.entities]


def get_form_draft(work: Work, entity_name: str, key: Json) -> dict[str, Json]:
    """One unfinished form; key: of the record, "new" for a new one. Raises: NotFound."""
    entity, number = _of(work, entity_name, key)
    rows = form_draft.c
    where = _is(work, entity, number)
    row = work.tx.row(sa.select(form_draft).where(where, rows.updated_at >= work.now - KEPT))
    if row is None:
        raise NotFound(what="form draft")
    return _json(work, FormDraft(**row), with_body=True)


def put_form_draft(work: Work, entity_name: str, key: Json, given: Mapping[str, Json]) -> dict[str, Json]:
    """Keep an unfinished form: body, form, record_version. Raises: NotFound, Forbidden, Invalid."""
    entity, number = _of(work, entity_name, key)
    own = rights(work, entity)
    if not (own.can_update if number else own.can_create):
        raise Forbidden(action="update" if number else "create")
    body, form, version = given.get("body"), given.get("form"), given.get("record_version")
    problems = []
    if not isinstance(body, Mapping) or len(orjson.dumps(body, default=str)) > _BYTES:
        problems.append(Problem("wrong_value", "/body", f"This must be an object of at most {_BYTES} bytes."))
    if form is not None and (not isinstance(form, str) or len(form) > 60):
        problems.append(Problem("wrong_value", "/form", "This must be the name of a form."))
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        problems.append(Problem("wrong_value", "/record_version", "This must be a whole number."))
    if problems:
        raise Invalid(problems)
    work.tx.execute(sa.delete(form_draft).where(_is(work, entity, number)))
    row = {
        "user_id": work.ctx.actor.id, "entity": entity.key, "record_id": number, "form": form, "body": body,
        "record_version": version, "updated_at": work.now,
    }  # fmt: skip
    work.tx.execute(sa.insert(form_draft), [row])
    _tidy(work)
    return get_form_draft(work, entity_name, number or "new")


def delete_form_draft(work: Work, entity_name: str, key: Json) -> None:
    """Forget an unfinished form; nothing happens when there is none. Raises: NotFound."""
    entity, number = _of(work, entity_name, key)
    work.tx.execute(sa.delete(form_draft).where(_is(work, entity, number)))


def _of(work: Work, entity_name: str, key: Json) -> tuple[Entity, int]:
    entity = work.entity(entity_name)
    if not rights(work, entity).can_read:
        raise NotFound(what="entity")
    return entity, 0 if key == "new" else int(records.get(work, entity.name, key, fields=())["id"])


def _is(work: Work, entity: Entity, number: int) -> sa.ColumnElement[bool]:
    rows = form_draft.c
    return sa.and_(rows.user_id == work.ctx.actor.id, rows.entity == entity.key, rows.record_id == number)


def _tidy(work: Work) -> None:
    """Drop what is too old, of everybody, and what somebody has too many of."""
    rows = form_draft.c
    work.tx.execute(sa.delete(form_draft).where(rows.updated_at < work.now - KEPT))
    own = sa.select(form_draft).where(rows.user_id == work.ctx.actor.id).order_by(rows.updated_at.desc())
    for row in work.tx.rows(own)[MOST:]:
        same = sa.and_(rows.user_id == row["user_id"], rows.entity == row["entity"], rows.record_id == row["record_id"])
        work.tx.execute(sa.delete(form_draft).where(same))


def _json(work: Work, found: FormDraft, *, with_body: bool) -> dict[str, Json]:
    told: dict[str, Json] = {
        "entity": work.model.entities[found.entity].name, "record": found.record_id or None, "form": found.form,
        "record_version": found.record_version, "updated_at": found.updated_at,
    }  # fmt: skip
    return {**told, "body": dict(found.body)} if with_body else told
