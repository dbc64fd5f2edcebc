"""Sending a message: deliveries are written in the transaction of the sender; nothing leaves within it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson

from tessera.engine import outbox
from tessera.engine.flows.packing import pack, unpack
from tessera.engine.flows.reading import read_records
from tessera.engine.messages import envelopes, gates, wording
from tessera.engine.messages import recipients as people
from tessera.engine.messages.channels import CHANNELS
from tessera.engine.messages.errors import NoRecipient
from tessera.engine.messages.recipients import Recipient, To, ToGroup, ToRecord, ToUser
from tessera.engine.messages.wording import Notice
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.meta.messages import MessageDoc
from tessera.meta.model import EMPTY, Entity
from tessera.names import new_ref
from tessera.store.system import messages as stored


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message. ids: of its deliveries. state: waiting, merged, suppressed … and why."""

    ids: tuple[int, ...]
    state: str
    reason: str = ""

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {"ids": list(self.ids), "state": self.state, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class _Way:
    """A channel on which a recipient can be reached, with what it would be told there."""

    channel: str
    address: str
    content: Json

    def to_json(self) -> dict[str, Json]:
        return {"channel": self.channel, "address": self.address, "content": self.content}


def message_doc(work: Work, name: str) -> MessageDoc:
    """The message of that name, older name or key. Raises: NotFound("not_found")."""
    found = work.model.part("message", name) or work.model.parts.get("message", EMPTY).get(name)
    if not isinstance(found, MessageDoc):
        raise NotFound(what=f'message "{name}"')
    return found


def send(
    work: Work, message: str, to: To | None = None, values: Mapping[str, Any] = EMPTY, key: str = "", *,
    about: int | None = None, source: str = "",
) -> Sent:
    """Send a message; in this transaction its deliveries are written, and a worker delivers them afterwards.

    message: name or key of its document. to: its recipient; left out, the one that the document leads to from the
    record `about` (an id). values: what its texts name, as formulas know them. key: sends it once, however often this
    is called with it. source: what sent it, such as "run:17", so that it can be cancelled.
    Raises: NotFound, Invalid for values that it does not know or lacks, NoRecipient("no_recipient").
    """
    doc = message_doc(work, message)
    _ensure_values(doc, values)
    if key:
        before = stored.sent_under(work.tx, key)
        if before:
            return _result(before)
    return _Sending(work, doc, dict(values), key, source).to(to, about)


def _ensure_values(doc: MessageDoc, values: Mapping[str, Any]) -> None:
    known = {each.name for each in doc.values}
    problems = [
        Problem("unknown_field", f"/values/{name}", f'The message has no value "{name}".')
        for name in sorted(values.keys() - known)
    ]
    problems += [
        Problem("required", f"/values/{name}", f'The message needs the value "{name}".')
        for name in sorted(doc.required) if values.get(name) is None
    ]  # fmt: skip
    if problems:
        raise Invalid(problems)


def _result(rows: Sequence[Mapping[str, Any]]) -> Sent:
    return Sent(tuple(row["id"] for row in rows), rows[0]["state"], rows[0]["reason"] or "")


def cancel(work: Work, source: str) -> int:
    """Cancel the deliveries of a source that are not under way yet; how many there were."""
    return stored.cancel(work.tx, source)


@dataclass
class _Sending:
    """One message on its way to the table."""

    work: Work
    doc: MessageDoc
    values: dict[str, Any]
    key: str
    source: str
    record: Mapping[str, Any] | None = None
    env: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    recipient: Recipient | None = None

    def to(self, to: To | None, about: int | None) -> Sent:
        """Resolve recipient and record, then write."""
        self.record = self._read_record(about)
        to = to or self._recipient_of_document()
        recipient, row = self._recipient(to)
        if recipient is None:
            return self._suppressed(people.person_of(to) if to is not None else "", "no_recipient")
        entity = self._entity_of_record()
        if entity is not None and self.record is not None:
            seals = people.joined(recipient.seals, people.seals_of_about(self.work, entity, self.record))
            recipient = replace(recipient, seals=seals)
        self.recipient = recipient
        blanks = {each.name: None for each in self.doc.values}
        self.env = {"record": self.record, "to": row, "recipient": recipient.title, **blanks, **self.values}
        return self._written(recipient)

    # Recipient and record

    def _entity_of_record(self) -> Entity | None:
        return self.work.model.entities.get(self.doc.entity) if self.doc.entity else None

    def _read_record(self, about: int | None) -> Mapping[str, Any] | None:
        entity = self._entity_of_record()
        if entity is None or about is None:
            return None
        paths = wording.paths_below(self.doc, "record") | people.contact_paths(entity)
        if self.doc.to:
            paths.add(self.doc.to)
        found = read_records(self.work, entity, [about], paths).get(about)
        if found is None:
            raise NotFound(what="record")
        return found

    def _recipient_of_document(self) -> To | None:
        """Whom the document names; None when the way to him ends before. Raises: NoRecipient."""
        doc = self.doc
        if doc.group:
            return ToGroup(doc.group)
        if self.record is None:
            raise NoRecipient(message=doc.name, why="it is about no record, and nobody was named.")
        if not doc.to:
            return ToRecord(doc.entity, int(self.record["id"]))
        value: Any = self.record
        for name in doc.to:
            value = value.get(name) if isinstance(value, Mapping) else None
        number = value.get("id") if isinstance(value, Mapping) else value
        if not isinstance(number, int):
            return None
        target = self._target()
        return ToUser(number) if target is None else ToRecord(target, number)

    def _target(self) -> str | None:
        """Key of the entity at the end of the path to the recipient; None when a user stands there."""
        here = self._entity_of_record()
        for name in self.doc.to:
            field = here.field(name) if here is not None else None
            if field is None or not field.target:
                return None
            here = self.work.model.entities.get(field.target)
        return here.key if here is not None else None

    def _recipient(self, to: To | None) -> tuple[Recipient | None, Mapping[str, Any] | None]:
        """The recipient and, when he is one, his record."""
        match to:
            case ToUser(number):
                return people.of_user(self.work, number), None
            case ToGroup(name):
                return people.of_group(self.work, name), None
            case ToRecord(key, number):
                entity = self.work.model.entities.get(key)
                if entity is None:
                    raise NotFound(what="entity")
                paths = wording.paths_below(self.doc, "to") | people.contact_paths(entity)
                row = read_records(self.work, entity, [number], paths).get(number)
                if row is None or row.get("deleted_at") is not None:
                    return None, None
                return people.of_record(self.work, entity, row), row
        return None, None

    # Writing

    def _written(self, recipient: Recipient) -> Sent:
        doc, work = self.doc, self.work
        host = work.host()
        until = gates.end_of(doc.until(self.env, host), recipient.zone) if doc.until is not None else None
        if until is not None and until <= work.now:
            return self._suppressed(recipient.person, "too_late")
        dedupe = self._dedupe(recipient, host)
        if dedupe is not None or doc.merge is not None:
            stored.lock_person(work.tx, recipient.person)
            before = stored.sent_under(work.tx, self.key) if self.key else ()
            if before:
                return _result(before)
        if dedupe is not None and doc.dedupe is not None:
            since = work.now - timedelta(seconds=doc.dedupe.within_s)
            if stored.has_dedupe(work.tx, recipient.person, dedupe, since):
                return self._suppressed(recipient.person, "duplicate")
        channels, reason = self._channels(recipient)
        if not channels:
            return self._suppressed(recipient.person, reason)
        envelopes.ensure_keys(work, recipient.seals)
        common = {**self._common(recipient.person), "dedupe": dedupe, "until": until}
        sent = self._merged(recipient, channels, common) if doc.merge is not None else None
        if sent is None:
            contents = wording.worded(work, doc, recipient, self.env, channels)
            ways = [_Way(each, recipient.addresses[_kind_of(each)], contents[each]) for each in channels]
            sent = self._inserted(recipient, ways, common)
        outbox.ring(work)
        return sent

    def _dedupe(self, recipient: Recipient, host: Any) -> str | None:
        if self.doc.dedupe is None:
            return None
        value = self.doc.dedupe.key(self.env, host)
        return None if value is None else _mark(self.work, "dedupe", recipient.person, value)

    def _channels(self, recipient: Recipient) -> tuple[list[str], str]:
        """The channels on which the recipient can be reached and wants to be; else why there is none."""
        wishes = stored.preferences_of(self.work.tx, [recipient.person])
        known = [each for each in self.doc.channels if each in CHANNELS and recipient.addresses.get(_kind_of(each))]
        wanted = [
            each for each in known
            if gates.wants(wishes, self.doc.category, each, needs_consent=self.doc.needs_consent,
                           has_consent=recipient.has_consent)
        ]  # fmt: skip
        return wanted, "" if wanted else "refused" if known else "no_address"

    def _common(self, person: str) -> dict[str, Any]:
        """What all deliveries of this message share."""
        doc, work, recipient = self.doc, self.work, self.recipient
        quiet = gates.quiet_json(doc.quiet)
        due_at = work.now
        if recipient is not None:
            until = gates.quiet_until(work.now, recipient.zone, quiet, stored.person_row(work.tx, person))
            due_at = until or work.now
        return {
            "message": doc.key, "release": work.model.number, "category": doc.category, "priority": doc.priority,
            "person": person, "entity": (recipient.entity or None) if recipient is not None else None,
            "record_id": recipient.record_id if recipient is not None else None,
            "user_id": recipient.user_id if recipient is not None else None,
            "about_entity": doc.entity if self.record is not None else None,
            "about_id": int(self.record["id"]) if self.record is not None else None,
            "language": recipient.language if recipient is not None else work.settings.language,
            "zone": recipient.zone if recipient is not None else work.settings.zone,
            "seals": [list(each) for each in recipient.seals] if recipient is not None else [],
            "policy": gates.policy_of(doc), "cap_group": doc.cap.group if doc.cap is not None else None,
            "state": stored.WAITING, "due_at": due_at, "fence": 0, "attempts": 0, "source": self.source or None,
            "actor_id": work.ctx.actor.id, "request_id": work.ctx.request_id, "created_at": work.now,
        }  # fmt: skip

    def _suppressed(self, person: str, reason: str) -> Sent:
        """Note that it is not sent, and why."""
        number = self.work.tx.allocate(stored.message.name, 1)[0]
        values = {
            **self._common(person), "id": number, "notice": number, "ref": new_ref(), "send_key": self.key or None,
            "channel": self.doc.channels[0], "state": "suppressed", "reason": reason, "cap_group": None,
        }  # fmt: skip
        if not stored.insert(self.work.tx, values):
            return _result(stored.sent_under(self.work.tx, self.key))
        return Sent((number,), "suppressed", reason)

    def _inserted(self, recipient: Recipient, ways: Sequence[_Way], common: Mapping[str, Any]) -> Sent:
        """Write deliveries on all ways, or on the first one with the others in reserve."""
        heads = ways if self.doc.is_all else ways[:1]
        ids = self.work.tx.allocate(stored.message.name, len(heads))
        for place, (number, way) in enumerate(zip(ids, heads, strict=True)):
            values = {
                **common, "id": number, "notice": ids[0], "ref": new_ref(),
                "send_key": self.key or None if place == 0 else None, "channel": way.channel,
                **sealed_parts(self.work, recipient.seals, number, way.to_json(),
                               [] if self.doc.is_all else [each.to_json() for each in ways[1:]]),
            }  # fmt: skip
            if not stored.insert(self.work.tx, values):
                return _result(stored.sent_under(self.work.tx, self.key))
        return Sent(tuple(ids), stored.WAITING)

    # Merging

    def _merged(self, recipient: Recipient, channels: Sequence[str], common: dict[str, Any]) -> Sent | None:
        """Put this notice into one that waits; or write the first one, which others are put into."""
        heads = list(channels) if self.doc.is_all else list(channels[:1])
        texts = wording.item_texts(self.work, self.doc, recipient, self.env, channels)
        notice = Notice(dict(self.values), texts)
        found = []
        for place, head in enumerate(heads):
            # The key stands with the first of the deliveries, which tells of all of them.
            own = {**common, "send_key": self.key or None if place == 0 else None}
            found.append(self._merged_on(recipient, head, channels, notice, own))
        ids = tuple(number for number, _ in found)
        states = {state for _, state in found}
        return Sent(ids, stored.WAITING if stored.WAITING in states else "merged")

    def _merged_on(
        self, recipient: Recipient, head: str, channels: Sequence[str], notice: Notice, common: Mapping[str, Any]
    ) -> tuple[int, str]:
        assert self.doc.merge is not None
        by = self.doc.merge.by(self.env, self.work.host()) if self.doc.merge.by is not None else None
        merge_key = _mark(self.work, "merge", recipient.person, self.doc.key, head, by)
        ways = [head] if self.doc.is_all else list(channels)
        # The recipient is locked: nobody else merges for him at the same time.
        leader = stored.merging(self.work.tx, merge_key)
        if leader is not None:
            return self._put_into(leader, recipient, ways, notice, common)
        return self._lead(recipient, head, ways, notice, common, merge_key), stored.WAITING

    def _lead(
        self, recipient: Recipient, head: str, ways: Sequence[str], notice: Notice, common: Mapping[str, Any],
        merge_key: str,
    ) -> int:
        """The first notice, which waits for others."""
        assert self.doc.merge is not None
        number = self.work.tx.allocate(stored.message.name, 1)[0]
        due_at = max(common["due_at"], self.work.now + timedelta(seconds=self.doc.merge.wait_s))
        values = {
            **common, "id": number, "notice": number, "ref": new_ref(), "channel": head, "due_at": due_at,
            "merge_key": merge_key,
            **self._merged_parts(recipient, number, ways, [notice]),
        }
        is_new = stored.insert(self.work.tx, values)
        assert is_new, "neither the key nor the one to merge with was there"
        return number

    def _put_into(
        self, leader: Mapping[str, Any], recipient: Recipient, ways: Sequence[str], notice: Notice,
        common: Mapping[str, Any],
    ) -> tuple[int, str]:
        """This notice becomes part of one that waits."""
        assert self.doc.merge is not None
        seals = people.joined([(each[0], each[1]) for each in leader["seals"]], recipient.seals)
        envelopes.ensure_keys(self.work, seals)
        kept: Json = envelopes.opened(self.work, leader["seals"], leader["items"], part_name(leader["id"], "items"))
        before = [Notice(unpack(each["values"]), each["texts"]) for each in kept] if isinstance(kept, list) else []
        notices = [*before, notice]
        together = replace(recipient, seals=seals)
        values = {
            **self._merged_parts(together, leader["id"], ways, notices), "seals": [list(each) for each in seals],
            "merge_key": None if len(notices) >= self.doc.merge.most else leader["merge_key"],
        }
        stored.update(self.work.tx, leader["id"], values)
        number = self.work.tx.allocate(stored.message.name, 1)[0]
        own = {
            **common, "id": number, "notice": number, "ref": new_ref(), "channel": leader["channel"],
            "state": "merged", "merged_into": leader["id"], "cap_group": None,
        }  # fmt: skip
        is_new = stored.insert(self.work.tx, own)
        assert is_new, "the key was not there"
        return number, "merged"

    def _merged_parts(
        self, recipient: Recipient, number: int, ways: Sequence[str], notices: Sequence[Notice]
    ) -> dict[str, Any]:
        contents = wording.worded(self.work, self.doc, recipient, self.env, ways, notices)
        made = [_Way(each, recipient.addresses[_kind_of(each)], contents[each]) for each in ways]
        kept: Json = [{"values": pack(dict(each.values)), "texts": dict(each.texts)} for each in notices]
        rest = [each.to_json() for each in made[1:]]
        return {
            **sealed_parts(self.work, recipient.seals, number, made[0].to_json(), rest),
            "items": envelopes.sealed(self.work, recipient.seals, kept, part_name(number, "items")),
        }


def sealed_parts(
    work: Work, seals: Sequence[people.Subject], number: int, way: Mapping[str, Json], others: Json
) -> dict[str, Any]:
    """The columns of a delivery that tell of persons, sealed. way: its channel, address and content.

    others: ways in reserve.
    """
    channel, address = str(way["channel"]), str(way["address"])
    is_counted = channel in CHANNELS and CHANNELS[channel].per_minute > 0
    return {
        "address": envelopes.sealed(work, seals, address, part_name(number, "address")),
        "place": _mark(work, "place", channel, address) if is_counted else None,
        "content": envelopes.sealed(work, seals, way["content"], part_name(number, "content")),
        "others": envelopes.sealed(work, seals, others or None, part_name(number, "others")),
    }


def part_name(number: int, what: str) -> str:
    """What is sealed: which delivery, and what of it."""
    return f"message:{number}:{what}"


def _kind_of(channel: str) -> str:
    return CHANNELS[channel].kind.address


def _mark(work: Work, *parts: Any) -> str:
    """A text that is the same for the same parts and tells nothing of them."""
    whole = orjson.dumps([pack(each) for each in parts])
    return hmac.new(work.settings.secret_key.encode(), whole, hashlib.sha256).hexdigest()[:40]
