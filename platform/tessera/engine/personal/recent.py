"""What a user looked at last, as far as he may still see it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.building.drafts import get_draft
from tessera.engine.dashboards import dashboard_named
from tessera.engine.records.related import find
from tessera.engine.views import view_named
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem, TesseraError
from tessera.meta.model import Entity
from tessera.store.system.personal import recent

MOST = 100
KINDS = ("record", "view", "dashboard", "draft")


def note_recent(work: Work, kind: Json, target: Json, record: Json = None) -> None:
    """Note that the actor looked at something: a record (entity and key), a view, a dashboard or a draft.

    Raises: Invalid, NotFound.
    """
    if kind not in KINDS or not isinstance(target, str | int) or isinstance(target, bool):
        raise Invalid([Problem("wrong_value", "/kind", f"This must be one of {', '.join(KINDS)}, with a target.")])
    number = 0
    name = str(target)
    if kind == "record":
        entity = work.entity(name)
        number = int(records.get(work, entity.name, record, fields=())["id"])
        key = entity.key
    elif kind == "view":
        key = view_named(work, name).key
    elif kind == "dashboard":
        key = dashboard_named(work, name).key
    elif name.isascii() and name.isdigit() and len(name) < 18:
        key = str(get_draft(work, int(name)).id)
    else:
        raise NotFound(what="draft")
    user = work.ctx.actor.id
    rows = recent.c
    same = sa.and_(rows.user_id == user, rows.kind == kind, rows.target == key, rows.record_id == number)
    work.tx.execute(sa.delete(recent).where(same))
    row = {"user_id": user, "kind": kind, "target": key, "record_id": number, "at": work.now}
    work.tx.execute(sa.insert(recent), [row])
    _tidy(work, user)


def list_recent(work: Work, *, limit: int = 20, kinds: tuple[str, ...] = KINDS) -> list[dict[str, Json]]:
    """What the actor looked at last, the latest first: kind, target, record, title and at."""
    rows = recent.c
    query = sa.select(recent).where(rows.user_id == work.ctx.actor.id, rows.kind.in_(kinds))
    found = work.tx.rows(query.order_by(rows.at.desc()).limit(MOST))
    titles = _titles(work, [row for row in found if row["kind"] == "record"])
    shown: list[dict[str, Json]] = []
    for row in found:
        told = _told(work, row, titles)
        if told is not None:
            shown.append({"kind": row["kind"], **told, "at": row["at"]})
    return shown[:limit]


def _told(work: Work, row: dict[str, Any], titles: dict[tuple[str, int], Json]) -> dict[str, Json] | None:
    if row["kind"] == "record":
        place = (row["target"], row["record_id"])
        if place not in titles:
            return None
        return {"target": work.model.entities[row["target"]].name, "record": row["record_id"], "title": titles[place]}
    try:
        if row["kind"] == "draft":
            found = get_draft(work, int(row["target"]))
            return {"target": str(found.id), "record": None, "title": found.name} if found.state == "open" else None
        part = (view_named if row["kind"] == "view" else dashboard_named)(work, row["target"])
    except TesseraError:
        return None
    return {"target": part.name, "record": None, "title": {"zh": part.label.zh, "en": part.label.en}}


def _titles(work: Work, rows: list[dict[str, Any]]) -> dict[tuple[str, int], Json]:
    """By entity and id, what the records are called that the actor may still see."""
    found: dict[tuple[str, int], Json] = {}
    for key in {row["target"] for row in rows}:
        entity = work.model.entities.get(key)
        if entity is not None and rights(work, entity).can_read:
            ids = [row["record_id"] for row in rows if row["target"] == key]
            found.update({(key, number): title for number, title in titles_of(work, entity, ids).items()})
    return found


def titles_of(work: Work, entity: Entity, ids: list[int]) -> dict[int, Json]:
    """What the records of these ids are called, of those that the actor may see; None where he may not read that."""
    own = rights(work, entity)
    field = entity.field(entity.title) if entity.title else None
    is_shown = field is not None and own.may_read(field.name) and field.name not in own.masks
    paths = [(field.name,)] if field is not None and is_shown else []
    rows = find(work, entity, [("id", number) for number in ids], paths)
    if field is None or not is_shown:
        return {key[1]: None for key in rows}
    return {key[1]: None if row.get(field.name) is None else str(field.dump(row[field.name]))
            for key, row in rows.items()}  # fmt: skip


def _tidy(work: Work, user: int) -> None:
    rows = recent.c
    kept = work.tx.rows(sa.select(recent).where(rows.user_id == user).order_by(rows.at.desc()))
    for row in kept[MOST:]:
        same = sa.and_(rows.user_id == user, rows.kind == row["kind"], rows.target == row["target"],
                       rows.record_id == row["record_id"])  # fmt: skip
        work.tx.execute(sa.delete(recent).where(same))
