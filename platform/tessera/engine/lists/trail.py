"""The trail: who changed records, metadata, rights and settings, and who signed in, as one list, the latest first.

Two tables hold it: the audit of changes, and the log of sign-ins and rights. A page takes from both by the ids that
were seen last, so that each further page costs what the first one did.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from tessera.engine import audit
from tessera.engine.access import rights
from tessera.engine.audit import AuditRow
from tessera.engine.building.rights import ensure_may
from tessera.engine.lists.activity import told_change
from tessera.engine.personal.recent import titles_of
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta.model import Entity
from tessera.store.system import access
from tessera.store.system.access import auth_events
from tessera.store.system.records import audit as audits

KINDS = ("records", "metadata", "access", "other")
_SLACK = timedelta(minutes=10)
"""How much later than its neighbours in the order of ids a row may have been begun, at most."""
_METADATA = ("release.", "draft.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the trail is asked for; what is left out does not narrow it.

    kinds: some of KINDS. person: id of a user. entity and record: by name and id. since, until: instants.
    """

    kinds: tuple[str, ...] = KINDS
    person: int | None = None
    entity: str = ""
    record: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page goes on: the ids that were seen last in both tables, None for the beginning."""

    change: int | None = None
    event: int | None = None


def page(work: Work, wanted: Wanted, place: Place, limit: int) -> tuple[list[dict[str, Json]], Place | None]:
    """Rows of the trail, and where it goes on; None at its end. For who has the permission `audit`.

    A row: {"id", "kind", "at", "verb", "actor": {"id", "name", "title"}, "entity", "record", "title", "records",
    "release", "reason", "request", "address", "about", "fields", "detail"}. Rows about records that the actor may not
    see are left out, so that a page may be shorter than the limit. Raises: Forbidden("forbidden"), NotFound.
    """
    ensure_may(work, "audit")
    reader = _Reader(work, wanted)
    streams = (reader.changes(place.change, limit), reader.events(place.event, limit))
    merged = heapq.merge(*streams, key=lambda each: each["at"], reverse=True)
    found = [row for row, _ in zip(merged, range(limit), strict=False)]
    following = None
    if len(found) == limit:
        change = next((row["number"] for row in reversed(found) if row["source"] == "c"), place.change)
        event = next((row["number"] for row in reversed(found) if row["source"] == "e"), place.event)
        following = Place(change, event)
    return reader.told(found), following


def one(work: Work, number: int) -> dict[str, Json]:
    """What a change of a record said before and after, field by field, as far as the actor may see it.

    {"changes", "lines", "detail"}: as in a record's activity; detail of what is no record's change.
    Raises: Forbidden, NotFound.
    """
    ensure_may(work, "audit")
    row = work.tx.row(sa.select(audits).where(audits.c.id == number))
    if row is None:
        raise NotFound(what="entry")
    found = AuditRow(**row)
    entity = work.model.entities.get(found.entity)
    is_intact = audit.is_intact(found)
    if entity is None:
        return {"changes": [], "lines": [], "detail": _detail(orjson.loads(found.content)), "is_intact": is_intact}
    if not rights(work, entity).can_read or not _may_see(work, entity, found.record_id):
        raise NotFound(what="entry")
    told = told_change(work, entity, found)
    return {"changes": told["changes"], "lines": told["lines"], "detail": {}, "is_intact": is_intact}


class _Reader:
    """Reads both tables for one question."""

    def __init__(self, work: Work, wanted: Wanted) -> None:
        self.work, self.wanted = work, wanted
        self.entity = work.entity(wanted.entity) if wanted.entity else None

    def changes(self, after: int | None, limit: int) -> Iterator[dict[str, Any]]:
        """Rows of the audit, the latest first."""
        columns = audits.c
        conditions = [*self._kinds(), *self._period(audits, columns.at)]
        if after is not None:
            conditions.append(columns.id < after)
        if self.wanted.person is not None:
            conditions.append(columns.actor_id == self.wanted.person)
        if self.entity is not None:
            conditions.append(columns.entity == self.entity.key)
        if self.wanted.record is not None:
            conditions.append(columns.record_id == self.wanted.record)
        query = sa.select(audits).where(*conditions).order_by(columns.id.desc()).limit(limit)
        for row in self.work.tx.rows(query):
            yield {**row, "source": "c", "number": row["id"]}

    def events(self, after: int | None, limit: int) -> Iterator[dict[str, Any]]:
        """Rows of the log of sign-ins and rights, the latest first."""
        if "access" not in self.wanted.kinds or self.entity is not None or self.wanted.record is not None:
            return
        columns = auth_events.c
        conditions = self._period(auth_events, columns.at)
        if after is not None:
            conditions.append(columns.id < after)
        if self.wanted.person is not None:
            conditions.append(sa.or_(columns.by_id == self.wanted.person, columns.user_id == self.wanted.person))
        query = sa.select(auth_events).where(*conditions).order_by(columns.id.desc()).limit(limit)
        for row in self.work.tx.rows(query):
            yield {**row, "source": "e", "number": row["id"]}

    def told(self, rows: list[dict[str, Any]]) -> list[dict[str, Json]]:
        """The rows as they go out, with the names of people and records."""
        people = _names(self.work, {each for row in rows for each in _people(row)})
        titles: dict[tuple[str, int], Json] = {}
        for key in {row["entity"] for row in rows if row["source"] == "c"}:
            entity = self.work.model.entities.get(key)
            if entity is not None:
                about = {row["record_id"] for row in rows if row.get("entity") == key} - {None}
                found = titles_of(self.work, entity, sorted(about))
                titles.update({(key, number): title for number, title in found.items()})
        told = []
        for row in rows:
            if row["source"] == "e":
                told.append(_event_json(row, people))
            elif self._is_shown(row, titles):
                told.append(_change_json(self.work, row, people, titles))
        return told

    def _is_shown(self, row: Mapping[str, Any], titles: Mapping[tuple[str, int], Json]) -> bool:
        entity = self.work.model.entities.get(row["entity"])
        if entity is None or row["record_id"] is None:
            return True
        return (row["entity"], row["record_id"]) in titles or _may_see(self.work, entity, row["record_id"])

    def _kinds(self) -> list[sa.ColumnElement[bool]]:
        columns, kinds = audits.c, self.wanted.kinds
        seen = [key for key, each in self.work.model.entities.items() if rights(self.work, each).can_read]
        of_metadata = sa.or_(*(columns.verb.startswith(each) for each in _METADATA))
        parts: list[sa.ColumnElement[bool]] = []
        if "records" in kinds:
            is_record = columns.entity != ""
            parts.append(is_record if self.work.ctx.actor.is_admin else columns.entity.in_(seen))
        if "metadata" in kinds:
            parts.append(sa.and_(columns.entity == "", of_metadata))
        if "other" in kinds:
            parts.append(sa.and_(columns.entity == "", ~of_metadata))
        return [sa.or_(sa.false(), *parts)]

    def _period(self, table: sa.Table, at: sa.Column[datetime]) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        if self.wanted.since is not None:
            first = self._first_from(table, self.wanted.since - _SLACK)
            conditions += [at >= self.wanted.since, table.c.id >= first]
        if self.wanted.until is not None:
            last = self._first_from(table, self.wanted.until + _SLACK)
            conditions += [at < self.wanted.until, table.c.id <= last]
        return conditions

    def _first_from(self, table: sa.Table, instant: datetime) -> int:
        """The least id from that instant on: ids rise with time, so it is found by halving instead of by an index."""
        columns = table.c
        low, high = 0, int(self.work.tx.scalar(sa.select(sa.func.max(columns.id))) or 0)
        while low < high:
            middle = (low + high) // 2
            query = sa.select(columns.id, columns.at).where(columns.id >= middle).order_by(columns.id).limit(1)
            row = self.work.tx.row(query)
            if row is not None and row["at"] < instant:
                low = int(row["id"]) + 1
            else:
                high = middle
        return low


def _may_see(work: Work, entity: Entity, number: int | None) -> bool:
    """Whether a record that may be gone is the actor's to see: only where no condition narrows what he sees."""
    own = rights(work, entity)
    if own.row_condition is None or number is None:
        return True
    return number in titles_of(work, entity, [number])


def _people(row: Mapping[str, Any]) -> list[int]:
    if row["source"] == "c":
        return [row["actor_id"]]
    return [each for each in (row["by_id"], row["user_id"]) if each]


def _names(work: Work, ids: set[int]) -> dict[int, tuple[str, str]]:
    found = access.find_people(work.tx, text="", ids=sorted(each for each in ids if each), limit=1_000)
    return {row["id"]: (row["name"], row["display_name"] or row["name"]) for row in found}


def _change_json(
    work: Work, row: Mapping[str, Any], people: Mapping[int, tuple[str, str]], titles: Mapping[tuple[str, int], Json]
) -> dict[str, Json]:
    content = orjson.loads(row["content"])
    entity = work.model.entities.get(row["entity"])
    is_metadata = row["verb"].startswith(_METADATA)
    place = (row["entity"], row["record_id"])
    return {
        "id": f"c{row['id']}", "kind": "records" if row["entity"] else "metadata" if is_metadata else "other",
        "at": row["at"], "verb": row["verb"], "actor": _person(row["actor_id"], row["actor"], people),
        "entity": entity.name if entity is not None else row["entity"] or None,
        "label": {"zh": entity.label.zh, "en": entity.label.en} if entity is not None else None,
        "record": row["record_id"], "title": titles.get(place), "is_there": place in titles, "records": row["records"],
        "release": row["release"], "reason": content.get("reason"), "request": row["request_id"], "address": None,
        "about": None, "fields": _changed(work, entity, content),
        "detail": {} if entity is not None else _detail(content),
    }  # fmt: skip


def _event_json(row: Mapping[str, Any], people: Mapping[int, tuple[str, str]]) -> dict[str, Json]:
    actor = row["by_id"] or (row["user_id"] if row["event"] in ("login", "login_failed") else 0)
    return {
        "id": f"e{row['id']}", "kind": "access", "at": row["at"], "verb": row["event"],
        "actor": _person(actor or 0, "", people), "entity": None, "label": None, "record": None, "title": None,
        "is_there": False, "records": 0, "release": None, "reason": None, "request": row["request_id"],
        "address": row["address"] or None, "about": _person(row["user_id"], "", people) if row["user_id"] else None,
        "fields": [], "detail": row["detail"],
    }  # fmt: skip


def _person(number: int, name: str, people: Mapping[int, tuple[str, str]]) -> dict[str, Json]:
    known = people.get(number, (name or None, name or None))
    return {"id": number, "name": known[0], "title": known[1]}


def _changed(work: Work, entity: Entity | None, content: Mapping[str, Json]) -> list[Json]:
    """Names and labels of the fields that a change is about, of those that the actor may read."""
    if entity is None:
        return []
    own, parts = rights(work, entity), {**_object(content.get("set")), **_object(content.get("lines"))}
    return [
        {"name": each.name, "label": {"zh": each.label.zh, "en": each.label.en}}
        for each in entity.fields
        if each.uid in parts and own.may_read(each.name)
    ]


def _detail(content: Mapping[str, Json]) -> dict[str, Json]:
    known = {"at", "actor", "request", "verb", "entity", "record", "reason"}
    return {name: value for name, value in content.items() if name not in known}


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
