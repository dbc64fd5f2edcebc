"""Delivering what is due: claimed in one transaction, handed over outside of any, and settled in another one.

A worker that dies between the two leaves a delivery of which nobody knows the end. When its lease is over it is claimed
again and repeated under the same key; a message that says at_most_once goes to review instead.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tessera import faults
from tessera.context import Context
from tessera.engine import outbox
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.messages import envelopes, gates
from tessera.engine.messages.channels import CHANNELS, Delivery, Receipt
from tessera.engine.messages.errors import DeliveryFailed
from tessera.engine.messages.sending import part_name, sealed_parts
from tessera.engine.outside import CallFailed, CallRefused, HostResting
from tessera.engine.process import Process
from tessera.engine.vault import SecretUnreadable, UnknownSecret
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.names import new_ref
from tessera.settings import BadSetting
from tessera.store.system import messages as stored

AFTER_CLAIM = faults.point("messages.after_claim")
AFTER_DELIVERY = faults.point("messages.after_delivery")
AFTER_SETTLE = faults.point("messages.after_settle")

AT_ONCE = 8
"""So many deliveries are claimed together."""

MOST_ATTEMPTS = 12
MOST_DEATHS = 4
"""Workers that died over a delivery, until it counts as dead itself."""

LEASE = timedelta(seconds=40)
"""For one delivery; those claimed together have it one after the other."""

FIRST_RETRY_S = 30
LONGEST_RETRY_S = 6 * 3_600
_MINUTE = timedelta(seconds=60)
_MARGIN_S = 22.0
"""What a delivery may take at most; one whose lease is nearer to its end is left for another claim."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process has claimed under a fence. leased_s: on the process's own clock, until when."""

    row: Row
    request: Delivery
    fence: int
    leased_s: float


def deliver_due(process: Process, ctx: Context, limit: int) -> int:
    """Deliver what is due, up to so many messages; how many were looked at. Safe with any number of workers at once."""
    done = 0
    while done < limit:
        with process.reading(ctx) as work:
            if not stored.is_anything_due(work.tx, work.now):
                return done
        looked, claims = _claimed(process, ctx, min(AT_ONCE, limit - done))
        faults.reach(AFTER_CLAIM)
        for claim in claims:
            if time.monotonic() + _MARGIN_S < claim.leased_s:
                _delivered(process, ctx, claim)
            else:
                _given_back(process, ctx, claim)
        done += looked
        if not looked:
            return done
    return done


CHORES.add("messages.deliver", Chore("messages.deliver", deliver_due, rank=40))


def deliver_captured(process: Process, ctx: Context, request_ids: Sequence[str]) -> int:
    """As `deliver_due`, of what requests of these ids wrote, with every delivery succeeding and none handed over."""

    def action(work: Work) -> int:
        rows = stored.due_of(work.tx, request_ids, work.now)
        _lock_people(work, rows)
        for row in rows:
            claim = _Gate(work, row).claim(0, 0.0)
            if claim is not None:
                _settled(work, claim, Receipt(), None)
        return len(rows)

    return process.write(ctx, action)


# Claiming


def _claimed(process: Process, ctx: Context, limit: int) -> tuple[int, list[Claim]]:
    """How many deliveries were looked at, and those that are to be handed over now."""
    begun_s = time.monotonic()

    def claim(work: Work) -> tuple[int, list[Claim]]:
        rows = stored.claimable(work.tx, work.now, limit)
        _lock_people(work, rows)
        claims: list[Claim] = []
        looked = 0
        for row in rows:
            # Alone goes what must not be repeated, just before it is handed over; and what a worker died over, so that
            # those beside it do not count as its cause.
            is_alone = row["policy"].get("at_most_once") or row["deaths"] or row["state"] == stored.SENDING
            if is_alone and claims:
                continue
            looked += 1
            made = _Gate(work, row).claim(len(claims), begun_s)
            claims += [made] if made is not None else []
            if made is not None and is_alone:
                break
        return looked, claims

    return process.write(ctx, claim)


def _lock_people(work: Work, rows: list[dict[str, Any]]) -> None:
    """Lock the people whose messages are counted, in order, so that two workers do not count past each other."""
    for person in sorted({row["person"] for row in rows if row["cap_group"] is not None}):
        stored.lock_person(work.tx, person)


class _Gate:
    """Decides what becomes of one delivery that is due."""

    def __init__(self, work: Work, row: dict[str, Any]) -> None:
        self.work, self.row = work, row
        self.policy: Mapping[str, Json] = row["policy"]

    def claim(self, place: int, begun_s: float) -> Claim | None:
        """The claim, when it is to be handed over now; else what became of it is written, and None."""
        row, work = self.row, self.work
        if row["state"] == stored.SENDING and self._was_cut_off():
            return None
        if not self._is_open():
            return None
        channel = CHANNELS.get(row["channel"])
        if channel is None:
            settle_failure(work, row, f"There is no channel {row['channel']} any more.")
            return None
        request = self._request()
        if request is None:
            self._set("suppressed", "erased")
            return None
        if channel.is_inside:
            now = {"begun_at": work.now, "sent_at": work.now, "attempts": 1, "fence": row["fence"] + 1}
            stored.update(work.tx, row["id"], {**now, "state": stored.SENT, "others": None, "items": None})
            return None
        lease = LEASE * (place + 1)
        values = {
            "state": stored.SENDING, "fence": row["fence"] + 1, "attempts": row["attempts"] + 1, "begun_at": work.now,
            "lease_until": work.now + lease, "deaths": row["deaths"], "merge_key": None,
        }  # fmt: skip
        stored.update(work.tx, row["id"], values)
        return Claim(row, request, row["fence"] + 1, begun_s + lease.total_seconds())

    def _was_cut_off(self) -> bool:
        """Settle a delivery whose worker has gone, unless it may be repeated."""
        if self.policy.get("at_most_once"):
            self._set(stored.REVIEW, "interrupted", lease_until=None)
            return True
        self.row["deaths"] += 1
        if self.row["deaths"] >= MOST_DEATHS:
            settle_failure(self.work, self.row, "It was cut off again and again.")
            return True
        return False

    def _is_open(self) -> bool:
        """Whether nothing keeps it back now; else that is written."""
        row, work, policy = self.row, self.work, self.policy
        if row["until"] is not None and row["until"] <= work.now:
            return self._shut("suppressed", "too_late")
        if row["state"] == stored.SENDING:
            return True  # it has passed already
        wishes = stored.preferences_of(work.tx, [row["person"]])
        # Whether the record's own field gave consent was looked at when it was sent.
        if not gates.wants(wishes, row["category"], row["channel"], needs_consent=False, has_consent=False):
            return self._shut("suppressed", "refused")
        quiet = policy.get("quiet")
        until = gates.quiet_until(work.now, row["zone"], quiet, stored.person_row(work.tx, row["person"]))
        if until is not None:
            if quiet and quiet.get("policy") == "drop":
                return self._shut("suppressed", "quiet")
            return self._postpone(until, "quiet")
        return self._is_within_cap() and self._is_within_rate()

    def _is_within_cap(self) -> bool:
        cap = self.policy.get("cap")
        if not cap or self.row["attempts"] > 0:
            return True
        span = timedelta(days=cap["days"])
        times = stored.begun_times(self.work.tx, self.row["person"], self.row["cap_group"], self.work.now - span)
        if len(times) < cap["most"]:
            return True
        if not cap["is_postponed"]:
            return self._shut("suppressed", "cap")
        return self._postpone(times[len(times) - cap["most"]] + span, "cap")

    def _is_within_rate(self) -> bool:
        """Whether its address has not had too many in the last minute."""
        channel, place = CHANNELS.get(self.row["channel"]), self.row["place"]
        if channel is None or not channel.per_minute or place is None:
            return True
        since = self.work.now - _MINUTE
        times = stored.begun_at_place(self.work.tx, self.row["channel"], place, since)
        if len(times) < channel.per_minute:
            return True
        return self._postpone(times[len(times) - channel.per_minute] + _MINUTE, "rate")

    def _request(self) -> Delivery | None:
        """What the channel is handed; None when its words were erased."""
        row, work = self.row, self.work
        address = envelopes.opened(work, row["seals"], row["address"], part_name(row["id"], "address"))
        content = envelopes.opened(work, row["seals"], row["content"], part_name(row["id"], "content"))
        if not isinstance(address, str) or not isinstance(content, dict) or "text" not in content:
            return None
        return Delivery(
            id=row["id"], key=row["ref"], message=row["message"], category=row["category"], address=address,
            subject=content["subject"], text=content["text"], language=row["language"], parts=content["parts"],
            attempt=row["attempts"] + 1,
        )  # fmt: skip

    def _postpone(self, until: datetime, reason: str) -> bool:
        stored.update(self.work.tx, self.row["id"], {"due_at": until, "reason": reason})
        return False

    def _shut(self, state: str, reason: str) -> bool:
        self._set(state, reason)
        return False

    def _set(self, state: str, reason: str, **more: Any) -> None:
        stored.update(self.work.tx, self.row["id"], {"state": state, "reason": reason, **more})


# Handing over


def _given_back(process: Process, ctx: Context, claim: Claim) -> None:
    """Leave a delivery that was not begun, since those before it took long, to the next claim."""
    values = {"state": stored.WAITING, "lease_until": None, "attempts": claim.row["attempts"]}
    process.write(ctx, lambda work: stored.finish(work.tx, claim.row["id"], claim.fence, values))


def _delivered(process: Process, ctx: Context, claim: Claim) -> None:
    """Hand a claimed delivery over, and settle it."""
    failure: DeliveryFailed | None = None
    receipt = Receipt()
    try:
        receipt = CHANNELS[claim.row["channel"]].deliver(claim.request, process)
    except DeliveryFailed as error:
        failure = error
    except HostResting as error:
        failure = DeliveryFailed("its host is left alone.", after_s=error.retry_after_s, was_tried=False)
    except CallFailed as error:
        failure = DeliveryFailed(str(error.params["why"]), retry=error.retry, after_s=error.retry_after_s)
    except CallRefused as error:
        failure = DeliveryFailed(str(error.params["why"]), retry=False)
    except (UnknownSecret, SecretUnreadable, BadSetting) as error:
        failure = DeliveryFailed(error.message)
    except Exception as error:  # a plugin's channel: whatever goes wrong in it is a failure of this one delivery
        failure = DeliveryFailed(f"the channel broke ({type(error).__name__}).")
    faults.reach(AFTER_DELIVERY)
    process.write(ctx, lambda work: _settled(work, claim, receipt, failure))
    faults.reach(AFTER_SETTLE)


def _settled(work: Work, claim: Claim, receipt: Receipt, failure: DeliveryFailed | None) -> None:
    """Write how it went, if nobody else has claimed it meanwhile."""
    row = claim.row
    if failure is None:
        values: dict[str, Any] = {
            "state": stored.SENT, "sent_at": work.now, "lease_until": None, "reason": None, "error": None,
            "receipt": {"id": receipt.id, "note": receipt.note}, "others": None, "items": None,
        }  # fmt: skip
        if row["policy"].get("is_forgotten"):
            values |= {"content": None, "address": None}
        stored.finish(work.tx, row["id"], claim.fence, values)
        return
    attempts = row["attempts"] + failure.was_tried
    if failure.retry and attempts < MOST_ATTEMPTS:
        due_at = work.now + timedelta(seconds=failure.after_s or retry_after_s(attempts))
        values = {
            "state": stored.WAITING, "due_at": due_at, "lease_until": None, "error": failure.params["why"],
            "attempts": attempts, "deaths": 0,
        }  # fmt: skip
        stored.finish(work.tx, row["id"], claim.fence, values)
        return
    if stored.finish(work.tx, row["id"], claim.fence, {"lease_until": None}):
        settle_failure(work, row, str(failure.params["why"]))


def retry_after_s(attempts: int) -> int:
    """How long to wait after so many attempts, in seconds: doubled each time, a little more or less."""
    doubled = min(FIRST_RETRY_S * 2 ** max(attempts - 1, 0), LONGEST_RETRY_S)
    return int(doubled * random.uniform(0.8, 1.2))


def settle_failure(work: Work, row: Row, error: str) -> None:
    """A delivery failed for good: the next channel is tried, or it is dead and waits for a person."""
    others: Json = envelopes.opened(work, row["seals"], row["others"], part_name(row["id"], "others"))
    ways = [way for way in others if way["channel"] in CHANNELS] if isinstance(others, list) else []
    if not ways:
        dead = {"state": stored.DEAD, "reason": "failed", "error": error, "lease_until": None}
        stored.update(work.tx, row["id"], dead)
        return
    number = work.tx.allocate(stored.message.name, 1)[0]
    seals = [(str(each[0]), int(each[1])) for each in row["seals"]]
    way = ways[0]
    values = {
        **row, "id": number, "ref": new_ref(), "send_key": None, "merge_key": None, "items": None,
        "channel": way["channel"], "state": stored.WAITING, "reason": None, "due_at": work.now, "lease_until": None,
        "fence": 0, "attempts": 0, "deaths": 0, "begun_at": None, "error": None, "created_at": work.now,
        **sealed_parts(work, seals, number, way, ways[1:]),
    }  # fmt: skip
    stored.insert(work.tx, values)
    kept = {"state": "failed", "reason": "next_channel", "error": error, "lease_until": None, "others": None}
    stored.update(work.tx, row["id"], kept)
    outbox.ring(work)
