"""What happened to a record: each change with who and when, and what fields said before and after it.

Within the reader's rights: fields that are hidden from him are not told, masked ones show the part that he may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tessera.engine import audit, records
from tessera.engine.access import Rights, rights
from tessera.engine.access.masking import masked
from tessera.engine.audit import AuditRow
from tessera.engine.mapping import source_of
from tessera.engine.personal.recent import titles_of
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Entity, Field
from tessera.store.system import access

MOST = 100


@dataclass
class _Reader:
    """Turns audit rows of one entity into what is shown. wanted: ids of records and users whose names are needed."""

    work: Work
    entity: Entity
    own: Rights
    wanted: dict[str, set[int]] = field(default_factory=dict)
    people: set[int] = field(default_factory=set)

    def told(self, row: AuditRow) -> dict[str, Json]:
        """One change, names of references and people still as ids."""
        content = audit.opened(self.work, self.entity, row)
        self.people.add(row.actor_id)
        return {
            "id": row.id, "at": row.at, "verb": row.verb, "actor": {"id": row.actor_id, "name": row.actor},
            "release": row.release, "reason": content.get("reason"), "request": row.request_id,
            "changes": self.changes(self.entity, content.get("set") or {}, self.own, is_new=row.verb == "created"),
            "lines": self.lines(content.get("lines") or {}),
        }  # fmt: skip

    def changes(
        self, entity: Entity, values: Mapping[str, Json], own: Rights, *, is_new: bool
    ) -> list[dict[str, Json]]:
        """Fields with what they said before and after; of a new record only after."""
        by_uid = {each.uid: each for each in entity.fields}
        found = []
        for uid, value in values.items():
            known = by_uid.get(uid)
            if known is None or not own.may_read(known.name):
                continue
            before, after = (None, value) if is_new or not isinstance(value, list) or len(value) != 2 else value
            mask = own.masks.get(known.name)
            found.append({
                "field": known.name, "label": {"zh": known.label.zh, "en": known.label.en}, "type": known.type,
                "before": self._value(known, before, mask), "after": self._value(known, after, mask),
            })  # fmt: skip
        return found

    def lines(self, content: Mapping[str, Any]) -> list[dict[str, Json]]:
        """Lines that were added, changed or removed, by their field."""
        by_uid = {each.uid: each for each in self.entity.fields if each.type == "lines"}
        found = []
        for uid, parts in content.items():
            known = by_uid.get(uid)
            if known is None or not self.own.may_read(known.name):
                continue
            lower, own = self.work.model.entities[known.target], self.own.below(known.name)
            told: dict[str, Json] = {"field": known.name, "label": {"zh": known.label.zh, "en": known.label.en}}
            for name in ("added", "removed"):
                told[name] = [
                    {"id": line["id"], "changes": self.changes(lower, _without_id(line), own, is_new=True)}
                    for line in parts.get(name, ())
                ]
            told["changed"] = [
                {"id": int(number), "changes": self.changes(lower, values, own, is_new=False)}
                for number, values in parts.get("changed", {}).items()
            ]
            found.append(told)
        return found

    def _value(self, known: Field, value: Json, mask: str | None) -> Json:
        if value is None:
            return None
        if mask is not None:
            return masked(mask, value)
        if known.type in ("reference", "multi_reference"):
            ids = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)]
            self.wanted.setdefault(known.target, set()).update(ids)
            return [{"id": each} for each in ids] if isinstance(value, list) else {"id": value}
        if known.type == "user" and isinstance(value, int):
            self.people.add(value)
            return {"user": value}
        return value


def _without_id(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "id"}


def activity_of(work: Work, entity_name: str, key: Json, *, before: int = 0, limit: int = 50) -> dict[str, Json]:
    """The changes of a record, the latest first: {"data": [change], "next", "source"}.

    A change: {"id", "at", "verb", "actor": {"id", "name", "title"}, "release", "reason", "request", "changes":
    [{"field", "label", "type", "before", "after"}], "lines": [{"field", "label", "added", "removed", "changed"}]}.
    source: the import that the record came from, None without one. Raises: NotFound.
    """
    entity = work.entity(entity_name)
    number = int(records.get(work, entity.name, key, fields=())["id"])
    rows = audit.history(work, entity, number, limit=limit + 1, before=before)
    reader = _Reader(work, entity, rights(work, entity))
    told = [reader.told(row) for row in rows[:limit]]
    _put_names(work, reader, told)
    return {
        "data": told, "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        "source": source_of(work, entity.name, number),
    }  # fmt: skip


def told_change(work: Work, entity: Entity, row: AuditRow) -> dict[str, Json]:
    """One change of an entity's record as its activity tells it; the caller has checked the rights on the record."""
    reader = _Reader(work, entity, rights(work, entity))
    told = reader.told(row)
    _put_names(work, reader, [told])
    return told


def _put_names(work: Work, reader: _Reader, told: Sequence[dict[str, Any]]) -> None:
    titles: dict[int, Json] = {}
    for key, ids in reader.wanted.items():
        target = work.model.entities.get(key)
        if target is not None and rights(work, target).can_read:
            titles.update(titles_of(work, target, sorted(ids)))
    names = {number: _name(work, number) for number in reader.people if number}
    for each in told:
        each["actor"]["title"] = names.get(each["actor"]["id"])
        for change in _all_changes(each):
            for side in ("before", "after"):
                change[side] = _named(change[side], titles, names)


def _all_changes(told: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    yield from told["changes"]
    for lines in told["lines"]:
        for part in ("added", "removed", "changed"):
            for line in lines[part]:
                yield from line["changes"]


def _named(value: Json, titles: Mapping[int, Json], names: Mapping[int, Json]) -> Json:
    if isinstance(value, list):
        return [_named(each, titles, names) for each in value]
    if isinstance(value, dict) and value.keys() == {"id"}:
        return {**value, "title": titles.get(value["id"])}
    if isinstance(value, dict) and value.keys() == {"user"}:
        return {"id": value["user"], "title": names.get(value["user"])}
    return value


def _name(work: Work, number: int) -> Json:
    row = access.user_by_id(work.tx, number)
    return None if row is None else row["display_name"] or row["name"]
