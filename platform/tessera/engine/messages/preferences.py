"""What people want to be told, and when not: by category and channel, for oneself, or for a record one may change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import available_timezones

from tessera.engine import audit
from tessera.engine.access import rights
from tessera.engine.messages.recipients import ToRecord, ToUser, person_of
from tessera.engine.records.related import find, key_of
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem
from tessera.meta.channels import CHANNEL_KINDS
from tessera.meta.messages import CATEGORIES
from tessera.meta.model import Entity
from tessera.store.system import messages as stored

_HOUR_CHARACTERS = 5
_MOST_WISHES = 100
_NEEDED = frozenset({"category", "is_wanted"})


def own(work: Work) -> dict[str, Json]:
    """What the acting user wants."""
    return _shown(work, person_of(ToUser(work.ctx.actor.id)))


def set_own(work: Work, body: Mapping[str, Json]) -> dict[str, Json]:
    """Change what the acting user wants; what the body leaves out stays. Raises: Invalid."""
    person = person_of(ToUser(work.ctx.actor.id))
    _change(work, person, body)
    return _shown(work, person)


def of_record(work: Work, entity_name: str, key: Json) -> dict[str, Json]:
    """What the person of a record wants; for whoever may read the record. Raises: NotFound."""
    entity = work.entity(entity_name)
    return _shown(work, person_of(ToRecord(entity.key, _seen(work, entity, key))))


def set_of_record(work: Work, entity_name: str, key: Json, body: Mapping[str, Json]) -> dict[str, Json]:
    """Change what the person of a record wants; for whoever may change the record.

    Raises: NotFound, Forbidden, Invalid.
    """
    entity = work.entity(entity_name)
    number = _seen(work, entity, key)
    allowed = rights(work, entity)
    if not allowed.can_update:
        raise Forbidden(action="change")
    condition = allowed.condition_for("update")
    if condition is not None:
        row = find(work, entity, [("id", number)], condition.reads, seen=False)[("id", number)]
        if condition(row, work.host()) is not True:
            raise Forbidden(action="change")
    person = person_of(ToRecord(entity.key, number))
    _change(work, person, body)
    audit.write(work, "preferences.changed", entity.key, [audit.Entry(number, {"set": dict(body)})])
    return _shown(work, person)


def _seen(work: Work, entity: Entity, key: Json) -> int:
    """The id of a record that the actor may read. Raises: NotFound."""
    named = key_of(entity, key)
    found = find(work, entity, [named]) if named is not None else {}
    if named is None or named not in found:
        raise NotFound(what="record" if rights(work, entity).can_read else "entity")
    return int(found[named]["id"])


def _shown(work: Work, person: str) -> dict[str, Json]:
    row = stored.person_row(work.tx, person)
    wishes = [
        {"category": each["category"], "channel": each["channel"] or None, "is_wanted": each["is_wanted"]}
        for each in stored.preferences_of(work.tx, [person])
    ]
    has_quiet = row is not None and row["quiet_from"] is not None
    quiet = {"from": row["quiet_from"], "to": row["quiet_to"]} if row is not None and has_quiet else None
    return {"wishes": wishes, "quiet": quiet, "zone": row["zone"] if row is not None else None}


def _change(work: Work, person: str, body: Mapping[str, Json]) -> None:
    problems = list(_problems(body))
    if problems:
        raise Invalid(problems)
    rows = [
        (person, each["category"], each.get("channel") or "", each["is_wanted"], work.now, work.ctx.actor.id)
        for each in body.get("wishes", ())
    ]
    if rows:
        stored.put_preferences(work.tx, rows)
    values: dict[str, Any] = {}
    if "quiet" in body:
        quiet = body["quiet"] or {"from": None, "to": None}
        values |= {"quiet_from": quiet["from"], "quiet_to": quiet["to"]}
    if "zone" in body:
        values["zone"] = body["zone"]
    if values:
        stored.put_person(work.tx, person, values)


def _problems(body: Mapping[str, Json]) -> Iterator[Problem]:
    for name in sorted(body.keys() - {"wishes", "quiet", "zone"}):
        yield Problem("unknown_field", f"/{name[:60]}", "There is no such field here.")
    wishes = body.get("wishes", [])
    if not isinstance(wishes, list) or len(wishes) > _MOST_WISHES:
        yield Problem("wrong_value", "/wishes", f"This must be a list of at most {_MOST_WISHES} wishes.")
        wishes = []
    seen: set[tuple[Any, Any]] = set()
    for place, each in enumerate(wishes):
        yield from _wish_problems(each, f"/wishes/{place}", seen)
    quiet = body.get("quiet")
    if quiet is not None and not (isinstance(quiet, dict) and quiet.keys() == {"from", "to"} and _are_hours(quiet)):
        message = 'This must be null, or {"from", "to"} with two times of day, such as 21:00.'
        yield Problem("wrong_value", "/quiet", message)
    zone = body.get("zone")
    if zone is not None and (not isinstance(zone, str) or zone not in available_timezones()):
        yield Problem("unknown_zone", "/zone", "This must be null, or the IANA name of a time zone.")


def _wish_problems(wish: Json, pointer: str, seen: set[tuple[Any, Any]]) -> Iterator[Problem]:
    if not isinstance(wish, dict) or not _NEEDED <= wish.keys() <= {*_NEEDED, "channel"}:
        yield Problem("wrong_value", pointer, "A wish has category, is_wanted and perhaps channel.")
        return
    if wish["category"] not in CATEGORIES:
        yield Problem("wrong_value", f"{pointer}/category", f"This must be one of {', '.join(CATEGORIES)}.")
        return
    channel = wish.get("channel")
    if channel is not None and (not isinstance(channel, str) or channel not in CHANNEL_KINDS):
        yield Problem("unknown_channel", f"{pointer}/channel", "There is no such channel.")
        return
    if not isinstance(wish["is_wanted"], bool):
        yield Problem("wrong_value", f"{pointer}/is_wanted", "This must be true or false.")
    if (wish["category"], channel) in seen:
        yield Problem("repeated", pointer, "There is such a wish already.")
    seen.add((wish["category"], channel))


def _are_hours(quiet: Mapping[str, Json]) -> bool:
    return quiet["from"] != quiet["to"] and all(_is_hour(each) for each in quiet.values())


def _is_hour(text: Json) -> bool:
    if not isinstance(text, str) or len(text) != _HOUR_CHARACTERS or text[2] != ":" or not text.isascii():
        return False
    hours, minutes = text[:2], text[3:]
    return hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60
