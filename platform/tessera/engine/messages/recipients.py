"""Who gets a message: a record, a user or a group, with the addresses, language, zone and consent that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tessera.engine.messages.channels.webhook import GROUP
from tessera.engine.records.plan import plan_of
from tessera.engine.work import Work
from tessera.meta.model import EMPTY, Entity
from tessera.store.system import access

USERS = "tessera:user"
"""In the place of an entity's key, for the seals of users; no package is called so."""

_GROUPS = "tessera:group"
_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class ToRecord:
    """The person that a record is about. entity: its key."""

    entity: str
    id: int


@dataclass(frozen=True, slots=True)
class ToUser:
    """A user of the workspace."""

    id: int


@dataclass(frozen=True, slots=True)
class ToGroup:
    """A group that an administrator has named in secrets, such as a chat with a robot."""

    name: str


To: TypeAlias = ToRecord | ToUser | ToGroup
Subject: TypeAlias = tuple[str, int]
"""Whose key seals something: an entity's key and an id."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, as a message reaches him.

    person: the same text for the same recipient. addresses: by their kind. has_consent: a field of the record says so.
    seals: the subjects under whose keys is kept what he is told.
    """

    person: str
    title: str
    language: str
    zone: str
    addresses: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    entity: str = ""
    record_id: int | None = None
    user_id: int | None = None
    has_consent: bool = False
    seals: tuple[Subject, ...] = ()


def person_of(to: To) -> str:
    """The text by which a recipient is known to preferences and caps.

    >>> person_of(ToUser(5)), person_of(ToRecord("crm:person", 7))
    ('user:5', 'record:crm:person:7')
    """
    match to:
        case ToUser(number):
            return f"user:{number}"
        case ToRecord(entity, number):
            return f"record:{entity}:{number}"
        case ToGroup(name):
            return f"group:{name}"


def contact_paths(entity: Entity) -> set[tuple[str, ...]]:
    """What is read of a record to reach its person."""
    contact: Mapping[str, str] = entity.options.get("contact", EMPTY)
    names = {*contact.values(), entity.title, str(entity.options.get("subject") or "")} - {""}
    return {(name,) for name in names}


def of_record(work: Work, entity: Entity, row: Mapping[str, Any]) -> Recipient:
    """The recipient that a record (read with its contact_paths) stands for."""
    contact: Mapping[str, str] = entity.options.get("contact", EMPTY)
    known = {what: row.get(name) for what, name in contact.items()}
    addresses = {
        what: str(value) for what, value in known.items()
        if value is not None and what not in ("language", "zone", "consent")
    }  # fmt: skip
    user_id = known.get("user")
    number = int(row["id"])
    return Recipient(
        person=person_of(ToRecord(entity.key, number)),
        title=str(row.get(entity.title) or "") if entity.title else "",
        language=_language(work, known.get("language")),
        zone=_zone(work, known.get("zone")),
        addresses=addresses,
        entity=entity.key,
        record_id=number,
        user_id=user_id if isinstance(user_id, int) else None,
        has_consent=known.get("consent") is True,
        seals=(subject_of(work, entity, row),),
    )


def subject_of(work: Work, entity: Entity, row: Mapping[str, Any]) -> Subject:
    """Whose key seals what is personal of a record: that of the record which it names as its subject, or its own."""
    name = str(entity.options.get("subject") or "")
    given = row.get(name) if name else None
    number = given.get("id") if isinstance(given, Mapping) else given
    field = entity.field(name) if name else None
    if isinstance(number, int) and field is not None:
        return field.target, number
    return entity.key, int(row["id"])


def seals_of_about(work: Work, entity: Entity, row: Mapping[str, Any]) -> tuple[Subject, ...]:
    """The further subjects of a message about a record; none when nothing of it is personal."""
    if not plan_of(work.model, entity).seals and not entity.options.get("subject"):
        return ()
    return (subject_of(work, entity, row),)


def of_user(work: Work, user_id: int) -> Recipient | None:
    """The recipient that a user is; None when there is no such user, or he is not active."""
    row = access.user_by_id(work.tx, user_id)
    if row is None or not row["is_active"]:
        return None
    attributes: Mapping[str, Any] = row["attributes"]
    given = {what: attributes.get(what) for what in ("email", "phone", "url")}
    addresses = {what: value for what, value in given.items() if isinstance(value, str) and value}
    return Recipient(
        person=person_of(ToUser(user_id)),
        title=str(row["display_name"] or row["name"]),
        language=_language(work, row["language"]),
        zone=_zone(work, attributes.get("zone")),
        addresses={"user": str(user_id), **addresses},
        user_id=user_id,
        seals=((USERS, user_id),),
    )


def of_group(work: Work, name: str) -> Recipient:
    """The recipient that a group is."""
    return Recipient(
        person=person_of(ToGroup(name)), title=name, language=work.settings.language, zone=work.settings.zone,
        addresses={"group": name, "url": f"{GROUP}{name}"}, seals=((_GROUPS, 0),),
    )  # fmt: skip


def joined(first: Sequence[Subject], more: Sequence[Subject]) -> tuple[Subject, ...]:
    """Subjects, each once."""
    return tuple(dict.fromkeys((*first, *more)))


def _language(work: Work, given: Any) -> str:
    text = str(given or "")[:2].lower()
    return text if text in _LANGUAGES else work.settings.language


def _zone(work: Work, given: Any) -> str:
    try:
        return ZoneInfo(str(given)).key if given else work.settings.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return work.settings.zone
