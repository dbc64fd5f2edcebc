"""Messages: one's inbox and preferences, channels, and deliveries for those who look after them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tessera.engine.messages import CHANNELS, deliveries, inbox, preferences
from tessera.errors import Invalid, Json, Problem
from tessera.meta.channels import CHANNEL_KINDS
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.handlers.records import entity_of
from tessera.web.routes import Body, Parameter, route, text_of

_MOST_ID = 2**63 - 1
_BEFORE = Parameter("before", {"type": "integer", "minimum": 0, "maximum": _MOST_ID}, "The `next` of the page before.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_TEXT = {"type": "string", "maxLength": 100}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": _MOST_ID}
_MOST_MARKS = 1_000


@route(
    "GET", "/api/v1/inbox", tag="Messages", summary="List my inbox", answer="InboxPage",
    parameters=(
        Parameter("unread", {"type": "boolean"}, "Only what is not read."), _BEFORE, _LIMIT,
    ),
)  # fmt: skip
def list_inbox(call: Call) -> Answer:
    """What one was told, the latest first. next is the value of `before` for the page that follows; unread counts all
    that is not read."""
    limit = call.whole("limit", 50, least=1, most=200)
    found = inbox.inbox(call.work, unread=call.flag("unread"), before=call.whole("before", 0), limit=limit + 1)
    return json_answer({**_page(found, limit), "unread": inbox.unread_count(call.work)})


@route("GET", "/api/v1/inbox/unread", tag="Messages", summary="Count what is not read", answer="UnreadCount")
def count_unread(call: Call) -> Answer:
    """How many messages of one's inbox are not read: one cheap look-up, fit to be asked for often."""
    return json_answer({"count": inbox.unread_count(call.work)})


@route(
    "POST", "/api/v1/inbox/read", tag="Messages", summary="Mark as read", mode="write", scope="read",
    body=Body("InboxMarks"), answer="ChangedCount",
)
def mark_inbox(call: Call) -> Answer:
    """Mark messages of one's inbox as read, by their ids or all up to one; with is_read false, as unread."""
    body = call.pick("ids", "up_to", "is_read")
    listed, is_read = body.get("ids", []), body.get("is_read", True)
    ids = [_id(each) for each in listed] if isinstance(listed, list) and len(listed) <= _MOST_MARKS else [0]
    up_to = _id(body["up_to"]) if "up_to" in body else 0
    problems = []
    if 0 in ids:
        problems.append(Problem("wrong_value", "/ids", f"This must be a list of at most {_MOST_MARKS} ids."))
    if "up_to" in body and not up_to:
        problems.append(Problem("wrong_value", "/up_to", "This must be an id."))
    if not isinstance(is_read, bool):
        problems.append(Problem("wrong_value", "/is_read", "This must be true or false."))
    if problems:
        raise Invalid(problems)
    return json_answer({"changed": inbox.mark(call.work, ids=ids, up_to=up_to, is_read=is_read)})


@route("GET", "/api/v1/my/preferences", tag="Messages", summary="Get my preferences", answer="Preferences")
def get_my_preferences(call: Call) -> Answer:
    """What one wants to be told on which channels, and when not. What is not said there is wanted, but for messages
    that need consent."""
    return json_answer(preferences.own(call.work))


@route(
    "PATCH", "/api/v1/my/preferences", tag="Messages", summary="Change my preferences", mode="write", scope="read",
    body=Body("PreferenceChanges"), answer="Preferences",
)
def change_my_preferences(call: Call) -> Answer:
    """Change what one wants to be told; what the body leaves out stays as it is."""
    return json_answer(preferences.set_own(call.work, call.object()))


@route(
    "GET", "/api/v1/{entity}/{key}/preferences", tag="Messages", summary="Get what the person of a record wants",
    answer="Preferences", errors=(404,),
)
def get_record_preferences(call: Call) -> Answer:
    """What the person that a record is about wants to be told; for whoever may read the record."""
    return json_answer(preferences.of_record(call.work, entity_of(call).name, call.args["key"]))


@route(
    "PATCH", "/api/v1/{entity}/{key}/preferences", tag="Messages", summary="Change what the person of a record wants",
    mode="write", scope="write", body=Body("PreferenceChanges"), answer="Preferences", errors=(404,),
)
def change_record_preferences(call: Call) -> Answer:
    """Change what the person that a record is about wants to be told; for whoever may change the record."""
    found = preferences.set_of_record(call.work, entity_of(call).name, call.args["key"], call.object())
    return json_answer(found)


@route("GET", "/api/v1/channels", tag="Messages", summary="List channels", answer="ChannelList")
def list_channels(call: Call) -> Answer:
    """Every way to reach people: what each asks for, the parts that a message may give it, and how often one address
    may be reached in a minute (0: without limit)."""
    data = [
        {
            "name": name, "label": {"zh": kind.label.zh, "en": kind.label.en},
            "help": {"zh": kind.help.zh, "en": kind.help.en}, "address": kind.address, "parts": dict(kind.parts),
            "has_subject": kind.has_subject, "most_characters": kind.most_characters,
            "per_minute": CHANNELS[name].per_minute if name in CHANNELS else 0,
        }
        for name, kind in CHANNEL_KINDS.items()
    ]  # fmt: skip
    return json_answer({"data": data})


@route(
    "GET", "/api/v1/deliveries", tag="Messages", summary="List deliveries", answer="DeliveryPage",
    parameters=(
        Parameter("state", text_of("states"), "One state or several, with commas between.", example="dead,review"),
        Parameter("message", _TEXT, "Name of the message."), Parameter("channel", _TEXT, "Name of the channel."),
        Parameter("entity", _TEXT, "Whom it goes to: the entity of a record."),
        Parameter("record", _NUMBER, "And the record's id."), Parameter("user", _NUMBER, "Or the id of a user."),
        Parameter("about_entity", _TEXT, "What it is about: the entity of a record."),
        Parameter("about", _NUMBER, "And the record's id."),
        Parameter("source", _TEXT, "What sent it.", example="run:17"), _BEFORE, _LIMIT,
    ), errors=(403, 404),
)  # fmt: skip
def list_deliveries(call: Call) -> Answer:
    """Deliveries with their state and receipt, the latest first, without their texts. For administrators and roles with
    the permission messages. next is the value of `before` for the page that follows."""
    states = [each for each in call.query.get("state", "").split(",") if each]
    for each in states:
        if each not in deliveries.STATES:
            raise BadParameter(name="state", why=f"must be some of {', '.join(deliveries.STATES)}.")
    wanted: dict[str, Any] = {
        name: call.query[name] for name in ("message", "channel", "entity", "about_entity", "source")
        if call.query.get(name)
    }  # fmt: skip
    for name in ("record", "user", "about"):
        if name in call.query:
            wanted[name] = call.whole(name, 0, least=1)
    limit = call.whole("limit", 50, least=1, most=200)
    before = call.whole("before", 0)
    found = deliveries.list_deliveries(call.work, wanted, states=states, before=before, limit=limit + 1)
    return json_answer(_page(found, limit))


@route(
    "GET", "/api/v1/deliveries/counts", tag="Messages", summary="Count deliveries", answer="DeliveryCounts",
    errors=(403,),
)
def count_deliveries(call: Call) -> Answer:
    """How many deliveries there are in each state. dead and review wait for a person."""
    return json_answer(deliveries.counts(call.work))


@route(
    "GET", "/api/v1/deliveries/{key}", tag="Messages", summary="Get a delivery", answer="DeliveryWithText",
    errors=(403, 404),
)
def get_delivery(call: Call) -> Answer:
    """A delivery with its text, as far as that is kept and not erased."""
    return json_answer(deliveries.get_delivery(call.work, call.number("key", "delivery")))


@route(
    "POST", "/api/v1/deliveries/{key}/replay", tag="Messages", summary="Send again", mode="write", scope="write",
    answer="DeliveryWithText", errors=(403, 404, 409),
)
def replay_delivery(call: Call) -> Answer:
    """Send again what is dead or under review, under the same key, so that a receiver can tell it from a new one."""
    return json_answer(deliveries.replay(call.work, call.number("key", "delivery")))


@route(
    "POST", "/api/v1/deliveries/{key}/settle", tag="Messages", summary="Say what became of a delivery", mode="write",
    scope="write", body=Body("DeliveryEnd"), answer="DeliveryWithText", errors=(403, 404, 409),
)
def settle_delivery(call: Call) -> Answer:
    """End what is dead or under review: it was sent after all, or is given up."""
    was_sent = call.pick("was_sent").get("was_sent")
    if not isinstance(was_sent, bool):
        raise Invalid([Problem("wrong_value", "/was_sent", "This must be true or false.")])
    return json_answer(deliveries.settle(call.work, call.number("key", "delivery"), was_sent=was_sent))


def _page(found: list[dict[str, Json]], limit: int) -> dict[str, Json]:
    following = found[limit - 1]["id"] if len(found) > limit else None
    return {"data": found[:limit], "next": following}


def _id(value: Json) -> int:
    """The id that a JSON number is, 0 when it is none."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return int(value) if is_number and value == int(value) and 0 < value <= _MOST_ID else 0
