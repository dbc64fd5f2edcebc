"""What may keep a message back: quiet hours, preferences and consent, and how often a person is disturbed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tessera.errors import Json
from tessera.meta.messages import MessageDoc, Quiet

IGNORED: Json = {"policy": "ignore"}


def end_of_quiet(now: datetime, zone: str, begins: time, ends: time) -> datetime | None:
    """When the quiet hours end in which an instant falls, in UTC; None when it falls in none.

    >>> end_of_quiet(datetime(2025, 3, 10, 14, 0, tzinfo=UTC), "Asia/Shanghai", time(21), time(9)).isoformat()
    '2025-03-11T01:00:00+00:00'
    """
    own = ZoneInfo(zone)
    local = now.astimezone(own)
    clock = local.time().replace(tzinfo=None)
    if begins < ends:
        is_quiet, day = begins <= clock < ends, local.date()
    else:
        is_quiet = clock >= begins or clock < ends
        day = local.date() if clock < ends else local.date() + timedelta(days=1)
    if not is_quiet:
        return None
    found = datetime.combine(day, ends, tzinfo=own).astimezone(UTC)
    return found if found > now else now.astimezone(UTC) + timedelta(minutes=1)


def quiet_json(quiet: Quiet | None) -> Json:
    """A message's quiet hours as they are kept with each delivery."""
    if quiet is None:
        return None
    if quiet.begins == quiet.ends:
        return IGNORED
    policy = "drop" if quiet.is_dropped else "postpone"
    return {"from": quiet.begins.isoformat("minutes"), "to": quiet.ends.isoformat("minutes"), "policy": policy}


def quiet_until(now: datetime, zone: str, quiet: Json, person: Mapping[str, Any] | None) -> datetime | None:
    """Until when a person is not to be disturbed; None for now. quiet: of the message; the person's own hours win."""
    if quiet == IGNORED:
        return None
    begins, ends = (str(quiet["from"]), str(quiet["to"])) if quiet else ("", "")
    if person is not None and person["quiet_from"] is not None:
        begins, ends = str(person["quiet_from"]), str(person["quiet_to"])
    if begins == ends:
        return None
    own = str(person["zone"]) if person is not None and person["zone"] else zone
    return end_of_quiet(now, own, time.fromisoformat(begins), time.fromisoformat(ends))


def wants(
    wishes: Iterable[Mapping[str, Any]], category: str, channel: str, *, needs_consent: bool, has_consent: bool
) -> bool:
    """Whether somebody wants messages of a category on a channel. wishes: rows of preferences of that person.

    What is said of the channel wins over what is said of all; where nothing is said, consent decides.
    """
    said = {each["channel"]: bool(each["is_wanted"]) for each in wishes if each["category"] == category}
    found = said.get(channel, said.get(""))
    return found if found is not None else has_consent or not needs_consent


def policy_of(doc: MessageDoc) -> dict[str, Json]:
    """What of a message's document is kept with each delivery, so that it holds for those under way."""
    policy: dict[str, Json] = {"at_most_once": doc.at_most_once, "needs_consent": doc.needs_consent}
    quiet = quiet_json(doc.quiet)
    if quiet is not None:
        policy["quiet"] = quiet
    if doc.cap is not None:
        policy["cap"] = {"most": doc.cap.most, "days": doc.cap.days, "is_postponed": doc.cap.is_postponed}
    if doc.is_forgotten:
        policy["is_forgotten"] = True
    return policy


def end_of(value: Any, zone: str) -> datetime | None:
    """The instant after which nothing is sent: a day counts whole, in the recipient's zone. None for a blank."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        following = value + timedelta(days=1)
        return datetime.combine(following, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return None
