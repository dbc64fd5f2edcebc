"""System tables of messages: deliveries with their state and receipt, what people want, and who has been locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tessera.store.column_types import BigInt, Boolean, Instant, JsonText, Text
from tessera.store.system.base import id_column, metadata
from tessera.store.system.outside import insert_missing

if TYPE_CHECKING:
    from tessera.store import Tx


def _partial(name: str, *columns: Any, where: str, is_unique: bool = False) -> sa.Index:
    return sa.Index(name, *columns, unique=is_unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


message = sa.Table(
    "tsr_message",
    metadata,
    id_column(),
    sa.Column("ref", Text, nullable=False),
    sa.Column("notice", BigInt, nullable=False),
    sa.Column("message", Text, nullable=False),
    sa.Column("release", BigInt, nullable=False),
    sa.Column("send_key", Text),
    sa.Column("category", Text, nullable=False),
    sa.Column("priority", sa.Integer(), nullable=False),
    sa.Column("channel", Text, nullable=False),
    sa.Column("person", Text, nullable=False),
    sa.Column("entity", Text),
    sa.Column("record_id", BigInt),
    sa.Column("user_id", BigInt),
    sa.Column("about_entity", Text),
    sa.Column("about_id", BigInt),
    sa.Column("language", Text, nullable=False),
    sa.Column("zone", Text, nullable=False),
    sa.Column("seals", JsonText, nullable=False),
    sa.Column("address", Text),
    sa.Column("place", Text),
    sa.Column("content", Text),
    sa.Column("others", Text),
    sa.Column("items", Text),
    sa.Column("policy", JsonText, nullable=False),
    sa.Column("cap_group", Text),
    sa.Column("dedupe", Text),
    sa.Column("merge_key", Text),
    sa.Column("merged_into", BigInt),
    sa.Column("state", Text, nullable=False),
    sa.Column("reason", Text),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("until", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("fence", BigInt, nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("begun_at", Instant),
    sa.Column("sent_at", Instant),
    sa.Column("read_at", Instant),
    sa.Column("receipt", JsonText),
    sa.Column("error", Text),
    sa.Column("source", Text),
    sa.Column("actor_id", BigInt, nullable=False),
    sa.Column("request_id", Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("send_key", name="tsr_message_send_key"),
    _partial("tsr_message_due", "priority", "due_at", "id", where="state = 'waiting'"),
    _partial("tsr_message_leased", "lease_until", where="state = 'sending'"),
    _partial("tsr_message_merging", "merge_key", where="state = 'waiting' AND merge_key IS NOT NULL", is_unique=True),
    _partial("tsr_message_inbox", "user_id", "id", where="channel = 'app' AND state = 'sent'"),
    _partial("tsr_message_unread", "user_id", where="channel = 'app' AND state = 'sent' AND read_at IS NULL"),
    _partial("tsr_message_dead", "id", where="state IN ('dead', 'review')"),
    _partial("tsr_message_capped", "person", "cap_group", "begun_at", where="cap_group IS NOT NULL"),
    _partial("tsr_message_dedupe", "person", "dedupe", "created_at", where="dedupe IS NOT NULL"),
    sa.Index("tsr_message_person", "person", "id"),
    sa.Index("tsr_message_about", "about_entity", "about_id", "id"),
    _partial("tsr_message_place", "channel", "place", "begun_at", where="place IS NOT NULL"),
    _partial("tsr_message_source", "source", where="source IS NOT NULL"),
    sa.Index("tsr_message_notice", "notice"),
)
"""One delivery: a message to a person on a channel.

ref: what the outside knows it by, the same in every repetition. notice: id of the first of the deliveries that were
sent together. message: key of its document. person: who gets it, in one text. seals: [entity, id] of the subjects under
whose keys address, content, others and items are sealed. place: hash of the address. others: channels to try when this
one fails, with their texts. items: notices merged into it. policy: at_most_once, needs_consent, quiet, cap, keep.
state: waiting, sending, sent, failed (the next channel was tried), dead, review, suppressed, merged, cancelled.
fence: counts claims. deaths: of workers over it. begun_at: of the last attempt."""

preference = sa.Table(
    "tsr_preference",
    metadata,
    sa.Column("person", Text, primary_key=True),
    sa.Column("category", Text, primary_key=True),
    sa.Column("channel", Text, primary_key=True),
    sa.Column("is_wanted", Boolean, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("changed_by", BigInt, nullable=False),
    sqlite_with_rowid=False,
)
"""What a person wants to be told: by category, on a channel, or ("") on all of which nothing else is said."""

person = sa.Table(
    "tsr_person",
    metadata,
    sa.Column("person", Text, primary_key=True),
    sa.Column("quiet_from", Text),
    sa.Column("quiet_to", Text),
    sa.Column("zone", Text),
    sqlite_with_rowid=False,
)
"""A recipient: hours of quiet of its own, and the row that is locked while its messages are counted."""

WAITING, SENDING, SENT, DEAD, REVIEW = "waiting", "sending", "sent", "dead", "review"
PRIORITIES = (0, 1, 2)
"""Lower ones go first."""

_M = message.c


def insert(tx: Tx, values: Mapping[str, Any]) -> bool:
    """Add a delivery; False when one with its send_key, or one that it would merge with, is there already."""
    return insert_missing(tx, message, values)


def update(tx: Tx, number: int, values: Mapping[str, Any]) -> None:
    """Change a delivery."""
    tx.execute(sa.update(message).where(_M.id == number).values(**values))


def finish(tx: Tx, number: int, fence: int, values: Mapping[str, Any]) -> bool:
    """Change a delivery that is still claimed under that fence; False when somebody else has it."""
    mine = sa.update(message).where(_M.id == number, _M.fence == fence, _M.state == SENDING)
    return tx.execute(mine.values(**values)).rowcount == 1


def row(tx: Tx, number: int, *, lock: bool = False) -> dict[str, Any] | None:
    """One delivery. lock: until the end of the transaction."""
    statement = sa.select(message).where(_M.id == number)
    return tx.row(statement.with_for_update() if lock else statement)


def sent_under(tx: Tx, send_key: str) -> list[dict[str, Any]]:
    """The deliveries that were sent together with the one of that key."""
    notice = sa.select(_M.notice).where(_M.send_key == send_key).scalar_subquery()
    return tx.rows(sa.select(message).where(_M.notice == notice).order_by(_M.id))


def merging(tx: Tx, merge_key: str) -> dict[str, Any] | None:
    """The delivery that waits for others of that key, locked until the end."""
    statement = sa.select(message).where(_M.merge_key == merge_key, _M.state == WAITING)
    return tx.row(statement.with_for_update())


def claimable(tx: Tx, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Deliveries whose worker has gone, then those that are due, locked; what others look at is passed over."""
    gone = sa.select(message).where(_M.state == SENDING, _M.lease_until <= now).order_by(_M.lease_until)
    found = tx.rows(gone.limit(limit).with_for_update(skip_locked=True))
    for priority in PRIORITIES:
        if len(found) >= limit:
            break
        due = sa.select(message).where(_M.state == WAITING, _M.priority == priority, _M.due_at <= now)
        due = due.order_by(_M.due_at, _M.id).limit(limit - len(found))
        found += tx.rows(due.with_for_update(skip_locked=True))
    return found


def due_of(tx: Tx, request_ids: Sequence[str], now: datetime) -> list[dict[str, Any]]:
    """What is due of the deliveries that requests of these ids wrote."""
    due = sa.select(message).where(_M.request_id.in_(list(request_ids)), _M.state == WAITING, _M.due_at <= now)
    return tx.rows(due.order_by(_M.priority, _M.due_at, _M.id))


def next_due_of(tx: Tx, request_ids: Sequence[str], after: datetime) -> datetime | None:
    """When the next of these deliveries is due, later than an instant."""
    mine = _M.request_id.in_(list(request_ids)) & (_M.state == WAITING) & (_M.due_at > after)
    found: datetime | None = tx.scalar(sa.select(sa.func.min(_M.due_at)).where(mine))
    return found


def is_anything_due(tx: Tx, now: datetime) -> bool:
    """Whether there is anything to claim."""
    due = sa.select(_M.id).where(_M.state == WAITING, _M.priority.in_(PRIORITIES), _M.due_at <= now).limit(1)
    gone = sa.select(_M.id).where(_M.state == SENDING, _M.lease_until <= now).limit(1)
    return tx.scalar(due) is not None or tx.scalar(gone) is not None


def lock_person(tx: Tx, name: str) -> Mapping[str, Any]:
    """The row of a recipient, made when it is missing and locked until the end."""
    insert_missing(tx, person, {"person": name})
    found = tx.row(sa.select(person).where(person.c.person == name).with_for_update())
    assert found is not None, "it was just made"
    return found


def person_row(tx: Tx, name: str) -> Mapping[str, Any] | None:
    """The row of a recipient."""
    return tx.row(sa.select(person).where(person.c.person == name))


def put_person(tx: Tx, name: str, values: Mapping[str, Any]) -> None:
    """Set what a recipient wants besides its preferences."""
    columns = ("person", *values)
    tx.upsert_many(person, columns, [(name, *values.values())], key="person")


def begun_times(tx: Tx, name: str, cap_group: str, since: datetime) -> list[datetime]:
    """When messages of a group were begun for a person, each notice once, the earliest first."""
    first = sa.func.min(_M.begun_at).label("at")
    statement = sa.select(first).where(_M.person == name, _M.cap_group == cap_group, _M.begun_at > since)
    statement = statement.where(_M.state.in_((SENDING, SENT))).group_by(_M.notice).order_by(first)
    return [each["at"] for each in tx.rows(statement)]


def has_dedupe(tx: Tx, name: str, dedupe: str, since: datetime) -> bool:
    """Whether a person was sent something under that key since then."""
    statement = sa.select(_M.id).where(_M.person == name, _M.dedupe == dedupe, _M.created_at > since)
    return tx.scalar(statement.where(_M.state.not_in(("suppressed", "cancelled"))).limit(1)) is not None


def begun_at_place(tx: Tx, channel: str, place: str, since: datetime) -> list[datetime]:
    """When deliveries to an address were begun on a channel, the earliest first."""
    statement = sa.select(_M.begun_at).where(_M.channel == channel, _M.place == place, _M.begun_at > since)
    return [each["begun_at"] for each in tx.rows(statement.order_by(_M.begun_at))]


def preferences_of(tx: Tx, people: Iterable[str]) -> list[dict[str, Any]]:
    """What these people want."""
    among = preference.c.person.in_(sorted(set(people)))
    order = (preference.c.person, preference.c.category, preference.c.channel)
    return tx.rows(sa.select(preference).where(among).order_by(*order))


def put_preferences(tx: Tx, rows: Sequence[tuple[str, str, str, bool, datetime, int]]) -> None:
    """Set wishes: person, category, channel, whether it is wanted, when, by whom."""
    columns = ("person", "category", "channel", "is_wanted", "changed_at", "changed_by")
    tx.upsert_many(preference, columns, rows, key=columns[:3])


def delete_preferences(tx: Tx, name: str) -> None:
    """Forget what a person wanted."""
    tx.execute(sa.delete(preference).where(preference.c.person == name))


def inbox_rows(tx: Tx, user_id: int, *, unread: bool, before: int, limit: int) -> list[dict[str, Any]]:
    """What was delivered into a user's inbox, the latest first. before: id of the last one seen, 0 for none."""
    statement = sa.select(message).where(_M.user_id == user_id, _M.channel == "app", _M.state == SENT)
    statement = statement.where(_M.read_at.is_(None)) if unread else statement
    statement = statement.where(_M.id < before) if before else statement
    return tx.rows(statement.order_by(_M.id.desc()).limit(limit))


def count_unread(tx: Tx, user_id: int) -> int:
    """How many messages of a user's inbox are not read."""
    mine = (_M.user_id == user_id) & (_M.channel == "app") & (_M.state == SENT) & _M.read_at.is_(None)
    return int(tx.scalar(sa.select(sa.func.count()).select_from(message).where(mine)))


def mark_read(tx: Tx, user_id: int, now: datetime | None, *, ids: Sequence[int] = (), up_to: int = 0) -> int:
    """Mark messages of a user's inbox as read (None: as unread), by their ids or up to one; how many there were."""
    mine = sa.update(message).where(_M.user_id == user_id, _M.channel == "app", _M.state == SENT)
    mine = mine.where(_M.read_at.is_(None) if now is not None else _M.read_at.is_not(None))
    mine = mine.where(_M.id.in_(list(ids)) if ids else _M.id <= up_to)
    return tx.execute(mine.values(read_at=now)).rowcount


def listed(
    tx: Tx, wanted: Mapping[str, Any], *, before: int, limit: int, states: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Deliveries, the latest first. wanted: values of columns. before: id of the last one seen, 0 for none."""
    statement = sa.select(message).where(*(_M[name] == value for name, value in wanted.items()))
    statement = statement.where(_M.state.in_(list(states))) if states else statement
    statement = statement.where(_M.id < before) if before else statement
    return tx.rows(statement.order_by(_M.id.desc()).limit(limit))


def just_written(tx: Tx, request_ids: Sequence[str], among: int) -> list[dict[str, Any]]:
    """What was written under these request ids, among so many of the newest deliveries, the earliest first."""
    newest = sa.select(sa.func.max(_M.id)).scalar_subquery()
    mine = _M.request_id.in_(list(request_ids)) & (_M.id > newest - among)
    return tx.rows(sa.select(message).where(mine).order_by(_M.id))


def counts(tx: Tx) -> dict[str, int]:
    """How many deliveries there are in each state."""
    statement = sa.select(_M.state, sa.func.count().label("n")).group_by(_M.state)
    return {each["state"]: int(each["n"]) for each in tx.rows(statement)}


def cancel(tx: Tx, source: str) -> int:
    """Cancel what waits of a source; how many deliveries."""
    mine = sa.update(message).where(_M.source == source, _M.state == WAITING)
    return tx.execute(mine.values(state="cancelled", reason="cancelled")).rowcount
