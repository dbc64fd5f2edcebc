"""Messages are written with the change, delivered afterwards, once, to who wants them and when he is not asleep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import Templates
from tessera.context import Actor
from tessera.engine import identity, messages, records, sealing
from tessera.engine.messages import NoRecipient, ToGroup, ToRecord, ToUser
from tessera.errors import Forbidden, Invalid, NotFound
from tessera.store.system.messages import message as table

from .message_kit import NOON, News, news


@pytest.fixture
def app(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[News]:
    """A process with messages, on each database."""
    with news(templates, dialect, tmp_path) as found:
        yield found


def user(app: News, name: str, **values: object) -> int:
    """A new user's id."""
    made = app.runtime.database.run(lambda tx: identity.create_user(tx, app.ctx(), {"name": name, **values}))
    return int(made["id"])


def test_a_message_is_written_with_the_change_and_delivered_afterwards(app: News) -> None:
    to = app.person()
    sent = app.send("hello", to, values={"amount": 12})
    assert (sent.state, app.probe.handed) == ("waiting", [])
    assert app.deliver() == 1 and app.deliver() == 0
    (handed,) = app.probe.handed
    assert (handed.address, handed.subject, handed.text) == ("P1", "Hi Name P1", "Name P1: 12.00")
    (row,) = app.rows()
    assert (row["state"], row["receipt"], row["attempts"]) == ("sent", {"id": f"r-{sent.ids[0]}", "note": None}, 1)
    assert row["key"] == handed.key and row["to"] == {"user": None, "entity": "person", "record": to.id}


def test_what_is_undone_was_never_sent(app: News) -> None:
    to = app.person()

    class Undo(Exception):
        pass

    with pytest.raises(Undo), app.runtime.writing(app.ctx()) as work:
        messages.send(work, "hello", to, about=to.id)
        raise Undo
    assert app.deliver() == 0 and app.rows() == []


def test_a_key_sends_once(app: News) -> None:
    to = app.person()
    first = app.send("hello", to, "run:1/step", values={"amount": 1})
    assert app.send("hello", to, "run:1/step", values={"amount": 2}) == first
    app.deliver()
    again = app.send("hello", to, "run:1/step")
    assert (again.ids, again.state) == (first.ids, "sent")
    assert app.deliver() == 0 and app.probe.texts == ["Name P1: 1.00"]


def test_texts_follow_records_lines_languages_and_zones(app: News) -> None:
    to = app.person(lang="en", zone="America/New_York")
    ticket = {"number": "T1", "person": to.id, "due_on": "2025-03-01",
              "items": [{"item": "a", "cost": "1.25"}, {"item": "b", "cost": "2.00"}]}  # fmt: skip
    made = app.runtime.write(app.ctx(), lambda work: records.create(work, "ticket", ticket))
    app.send("due", about=made["id"])
    app.deliver()
    assert app.probe.texts == ["en Name P1, T1 3.25 2 1 March 2025"]
    assert app.rows()[0]["about"] == {"entity": "ticket", "record": made["id"]}


def test_who_is_not_there_gets_nothing_and_that_is_kept(app: News) -> None:
    made = app.runtime.write(app.ctx(), lambda work: records.create(work, "ticket", {"number": "T1"}))
    assert app.send("due", about=made["id"]).reason == "no_recipient"
    to = app.person()
    assert app.send("several", to).state == "waiting"
    no_mail = app.send("everywhere", to)
    assert no_mail.state == "waiting"
    app.runtime.write(app.ctx(), lambda work: records.delete(work, "person", to.id))
    assert app.send("hello", to).reason == "no_recipient"
    assert [each for each in app.states() if each[0] == "suppressed"] == [("suppressed", "no_recipient")] * 2


def test_what_a_sender_gets_wrong_is_told(app: News) -> None:
    to = app.person()
    with pytest.raises(NotFound):
        app.send("nothing", to)
    with pytest.raises(Invalid) as caught:
        app.send("hello", to, values={"amont": 1})
    assert caught.value.problems()[0].pointer == "/values/amont"
    with pytest.raises(NoRecipient):
        app.send("hello")
    with pytest.raises(NotFound):
        app.send("due", about=999)


def test_everything_about_a_person_is_sealed_and_goes_with_the_key(app: News) -> None:
    to = app.person(phone="13800001234")
    app.send("several", to)
    app.send("lots", to, values={"amount": 1})
    with app.runtime.reading(app.ctx()) as work:
        stored = str(work.tx.rows(sa.select(table)))
    assert "Name P1" not in stored and "13800001234" not in stored
    assert re.search(r"""['" ]P1['" .,]""", stored) is None  # sealed texts have any letters, but no quotes and spaces
    number = app.rows()[0]["id"]
    with app.runtime.writing(app.ctx()) as work:
        assert messages.deliveries.get_delivery(work, number)["content"]["text"] == "Name P1"
        sealing.destroy_key(work, "news:person", to.id)
        assert messages.deliveries.get_delivery(work, number)["content"] == {"erased": True}
    app.later(hours=1)
    app.deliver()
    assert app.probe.handed == []
    assert app.states() == [("suppressed", "erased")] * 2


def test_a_message_about_a_record_is_sealed_under_its_subject_too(app: News) -> None:
    reader, subject = user(app, "reader"), app.person()
    app.send("hello", ToUser(reader), about=subject.id)
    assert app.states() == [("suppressed", "no_address")]
    app.send("owned", ToUser(reader), about=_ticket(app, "T1"))
    with app.runtime.reading(app.ctx()) as work:
        seals = [row["seals"] for row in work.tx.rows(sa.select(table.c.seals).order_by(table.c.id))]
    assert seals[1] == [["tessera:user", reader]]


def _ticket(app: News, number: str, **values: object) -> int:
    made = app.runtime.write(app.ctx(), lambda work: records.create(work, "ticket", {"number": number, **values}))
    return int(made["id"])


def test_a_text_that_must_not_stay_goes_with_its_delivery(app: News) -> None:
    app.send("code", app.person(), values={"amount": 123456})
    app.deliver()
    with app.runtime.reading(app.ctx()) as work:
        assert messages.deliveries.get_delivery(work, app.rows()[0]["id"])["content"] is None
    assert app.probe.texts == ["code 123456"]


# Channels


def test_the_first_channel_that_reaches_somebody_is_taken(app: News) -> None:
    app.send("several", app.person("P1"))
    app.send("several", app.person("P2", mail="p2@example.org"))
    assert [each["channel"] for each in app.rows()] == ["probe", "email"]


def test_when_a_channel_fails_for_good_the_next_one_is_tried(app: News) -> None:
    app.send("several", app.person("P1", mail="p1@example.org"))
    app.deliver()
    assert [(each["channel"], each["state"]) for each in app.rows()] == [("email", "failed"), ("probe", "sent")]
    assert app.probe.texts == ["Name P1"]
    assert app.rows()[0]["error"] == "no mail server is set (TESSERA_SMTP_URL)."


def test_a_message_for_all_channels_goes_to_each(app: News) -> None:
    sent = app.send("everywhere", app.person("P1", mail="p1@example.org"))
    assert len(sent.ids) == 2
    app.deliver()
    assert [(each["channel"], each["state"]) for each in app.rows()] == [("email", "dead"), ("probe", "sent")]


def test_the_inbox_of_a_user(app: News) -> None:
    ada = user(app, "ada", display_name="Ada")
    for number in ("T1", "T2", "T3"):
        app.send("owned", about=_ticket(app, number, owner=ada))
    assert app.deliver() == 3
    me = app.ctx(Actor(ada, "ada"))
    with app.runtime.writing(me) as work:
        box = messages.inbox.inbox(work)
        assert [each["text"] for each in box] == [f"T{n} is yours, Ada" for n in (3, 2, 1)]
        assert messages.inbox.unread_count(work) == 3
        assert messages.inbox.mark(work, ids=[box[0]["id"], 999]) == 1
        assert messages.inbox.mark(work, ids=[box[0]["id"]]) == 0
        left = messages.inbox.inbox(work, unread=True)
        assert [each["text"] for each in left] == ["T2 is yours, Ada", "T1 is yours, Ada"]
        assert messages.inbox.mark(work, ids=[box[0]["id"]], is_read=False) == 1
        assert messages.inbox.mark(work, up_to=box[1]["id"]) == 2
        assert messages.inbox.unread_count(work) == 1
        assert messages.inbox.inbox(work, before=box[1]["id"], limit=1)[0]["id"] == box[2]["id"]
    with app.runtime.writing(app.ctx(Actor(ada + 1, "bob"))) as work:
        assert messages.inbox.inbox(work) == [] and messages.inbox.mark(work, up_to=99) == 0


def test_a_group_is_reached_no_more_often_than_its_channel_allows(app: News) -> None:
    for amount in range(5):
        app.send("to_group", values={"amount": amount})
    assert app.deliver() == 5
    assert len(app.group.handed) == 3 and app.group.handed[0].address == "ops"
    app.later(seconds=59)
    assert app.deliver() == 0
    app.later(seconds=2)
    app.deliver()
    assert sorted(app.group.texts) == sorted(f"all of you: {n}" for n in range(5))


def test_high_priority_goes_first(app: News) -> None:
    to = app.person()
    for name in ("slow", "hello", "alarm"):
        app.send(name, to)
    app.deliver()
    assert [each.text[:4] for each in app.probe.handed] == ["alar", "Name", "slow"]


# Wishes


def test_a_refused_category_is_not_delivered(app: News) -> None:
    to = app.person()
    person = messages.person_of(to)
    with app.runtime.writing(app.ctx()) as work:
        wish = {"wishes": [{"category": "service", "is_wanted": False}, {"category": "service", "channel": "sms",
                "is_wanted": True}]}  # fmt: skip
        messages.preferences.set_of_record(work, "person", "P1", wish)
    assert app.send("hello", to).reason == "refused"
    assert app.send("several", app.person("P2")).state == "waiting" and person == f"record:news:person:{to.id}"


def test_a_refusal_counts_until_the_last_moment(app: News) -> None:
    to = app.person()
    app.send("hello", to)
    with app.runtime.writing(app.ctx()) as work:
        refusal = {"wishes": [{"category": "service", "channel": "probe", "is_wanted": False}]}
        messages.preferences.set_of_record(work, "person", "P1", refusal)
    app.deliver()
    assert app.states() == [("suppressed", "refused")] and app.probe.handed == []


def test_marketing_needs_consent(app: News) -> None:
    assert app.send("ads", app.person("P1")).reason == "refused"
    assert app.send("ads", app.person("P2", agrees=True)).state == "waiting"
    to = app.person("P3", agrees=True)
    with app.runtime.writing(app.ctx()) as work:
        refusal = {"wishes": [{"category": "marketing", "is_wanted": False}]}
        messages.preferences.set_of_record(work, "person", "P3", refusal)
    assert app.send("ads", to).reason == "refused"


def test_preferences_are_ones_own_or_by_the_rights_on_the_record(app: News) -> None:
    app.person()
    ada = user(app, "ada")
    with app.runtime.writing(app.ctx(Actor(ada, "ada"))) as work:
        body = {"wishes": [{"category": "marketing", "channel": "email", "is_wanted": False}],
                "quiet": {"from": "22:30", "to": "07:00"}, "zone": "Europe/Berlin"}  # fmt: skip
        assert messages.preferences.set_own(work, body) == body
        assert messages.preferences.set_own(work, {"quiet": None})["quiet"] is None
        assert messages.preferences.own(work)["zone"] == "Europe/Berlin"
        with pytest.raises(NotFound):
            messages.preferences.of_record(work, "person", "P1")
        with pytest.raises(NotFound):
            messages.preferences.set_of_record(work, "person", "P1", {})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"wish": []}, "/wish"), ({"wishes": {}}, "/wishes"), ({"wishes": [1]}, "/wishes/0"),
        ({"wishes": [{"category": "ads", "is_wanted": True}]}, "/wishes/0/category"),
        ({"wishes": [{"category": "service", "channel": "pigeon", "is_wanted": True}]}, "/wishes/0/channel"),
        ({"wishes": [{"category": "service", "is_wanted": 1}]}, "/wishes/0/is_wanted"),
        ({"wishes": [{"category": "service", "is_wanted": True}] * 2}, "/wishes/1"),
        ({"quiet": {"from": "21:00"}}, "/quiet"), ({"quiet": {"from": "24:00", "to": "09:00"}}, "/quiet"),
        ({"quiet": {"from": "09:00", "to": "09:00"}}, "/quiet"), ({"zone": "Mars/Base"}, "/zone"),
        ({"zone": 5}, "/zone"),
    ],
)  # fmt: skip
def test_a_bad_wish_is_told_with_its_place(app: News, body: dict[str, object], pointer: str) -> None:
    if app.runtime.database.dialect == "postgresql":
        return
    with app.runtime.writing(app.ctx(Actor(1, "ada"))) as work, pytest.raises(Invalid) as caught:
        messages.preferences.set_own(work, body)
    assert [each.pointer for each in caught.value.problems()] == [pointer]


# Time


def test_quiet_hours_shift_to_their_end_in_the_recipients_zone(app: News) -> None:
    home, away = app.person("P1"), app.person("P2", zone="Europe/Berlin")
    app.now = datetime(2025, 3, 10, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai, 15:30 in Berlin
    app.send("calm", home)
    app.send("calm", away)
    app.send("alarm", home)
    app.deliver()
    assert [each.address for each in app.probe.handed] == ["P1", "P2"] and app.probe.texts == ["alarm", "calm"]
    assert app.rows()[0]["due_at"] == datetime(2025, 3, 11, 1, 0, tzinfo=UTC)
    app.now = datetime(2025, 3, 11, 0, 59, tzinfo=UTC)
    assert app.deliver() == 0
    app.now = datetime(2025, 3, 11, 1, 0, tzinfo=UTC)
    app.deliver()
    assert app.probe.texts == ["alarm", "calm", "calm"]


def test_somebodys_own_quiet_hours_win(app: News) -> None:
    to = app.person()
    with app.runtime.writing(app.ctx()) as work:
        messages.preferences.set_of_record(work, "person", "P1", {"quiet": {"from": "11:00", "to": "13:00"}})
    app.send("hello", to)
    assert app.rows()[0]["due_at"] == datetime(2025, 3, 10, 5, 0, tzinfo=UTC)
    app.send("alarm", to)
    app.deliver()
    assert app.probe.texts == ["alarm"]


def test_a_message_that_may_not_wait_is_dropped_in_quiet_hours(app: News) -> None:
    to = app.person()
    app.now = datetime(2025, 3, 10, 23, 0, tzinfo=UTC)  # 07:00 in Shanghai
    app.send("hush", to)
    app.later(hours=3)
    app.deliver()
    assert app.states() == [("sent", None)]
    app.now = datetime(2025, 3, 10, 12, 59, tzinfo=UTC)
    app.send("hush", to)
    app.later(minutes=5)
    app.deliver()
    assert app.states()[1] == ("suppressed", "quiet")


def test_what_is_too_late_is_not_sent(app: News) -> None:
    to = app.person()
    app.send("timely", to, values={"until_on": date(2025, 3, 10)})
    assert app.send("timely", to, values={"until_on": date(2025, 3, 9)}).reason == "too_late"
    app.send("timely", to)
    app.now = datetime(2025, 3, 10, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    app.deliver()
    assert app.states() == [("suppressed", "too_late"), ("suppressed", "too_late"), ("sent", None)]


# Caps, repetitions, notices that go together


def test_a_group_of_messages_disturbs_a_person_so_many_times(app: News) -> None:
    to = app.person(agrees=True)
    for _ in range(3):
        app.send("ads", to)
    app.send("more_ads", to)
    app.send("ads", app.person("P2", agrees=True))
    app.deliver()
    assert app.states() == [
        ("sent", None), ("sent", None), ("suppressed", "cap"), ("waiting", "cap"), ("sent", None),
    ]  # fmt: skip
    assert app.rows()[3]["due_at"] == datetime(2025, 3, 17, 4, 0, tzinfo=UTC)
    app.now = datetime(2025, 3, 17, 4, 0, 1, tzinfo=UTC)
    app.deliver()
    assert app.states()[3] == ("sent", "cap") or app.states()[3][0] == "sent"


def test_a_key_reaches_a_person_once_whichever_message_brings_it(app: News) -> None:
    to = app.person()
    assert app.send("once", to).state == "waiting"
    assert app.send("once", to).reason == "duplicate"
    assert app.send("again", to).reason == "duplicate"
    assert app.send("once", app.person("P2")).state == "waiting"
    app.later(hours=2)
    assert app.send("again", to).state == "waiting"
    assert app.send("once", to).reason == "duplicate"
    app.later(days=31)
    assert app.send("once", to).state == "waiting"


def test_notices_to_one_person_go_out_as_one(app: News) -> None:
    to = app.person()
    march, april = date(2025, 3, 31), date(2025, 4, 30)
    for amount, day in ((100, march), (20, march), (7, april), (3, march), (1, march)):
        app.send("lots", to, f"lot:{amount}", values={"amount": amount, "until_on": day})
    assert [each["state"] for each in app.rows()] == ["waiting", "merged", "waiting", "merged", "waiting"]
    assert app.send("lots", to, "lot:20", values={"amount": 20, "until_on": march}).state == "merged"
    app.later(minutes=9)
    assert app.deliver() == 0
    app.later(minutes=1)
    app.deliver()
    assert app.probe.texts == [
        "3 lots, 123 until 2025-03-31\n- 100\n- 20\n- 3", "1 lots, 7 until 2025-04-30\n- 7",
        "1 lots, 1 until 2025-03-31\n- 1",
    ]  # fmt: skip
    app.send("lots", to, values={"amount": 5, "until_on": march})
    assert app.rows()[-1]["state"] == "waiting"


def test_what_waits_can_be_cancelled_by_what_sent_it(app: News) -> None:
    to = app.person()
    app.send("hello", to, source="run:1")
    app.send("hello", to, source="run:2")
    with app.runtime.writing(app.ctx()) as work:
        assert messages.cancel(work, "run:1") == 1
    app.deliver()
    assert app.states() == [("cancelled", "cancelled"), ("sent", None)]


# Rights


def test_deliveries_are_for_administrators_and_roles_with_the_permission(app: News) -> None:
    app.send("hello", app.person())
    with app.runtime.writing(app.ctx(Actor(7, "ann"))) as work:
        for verb in (
            lambda: messages.deliveries.list_deliveries(work, {}), lambda: messages.deliveries.get_delivery(work, 1),
            lambda: messages.deliveries.replay(work, 1), lambda: messages.deliveries.counts(work),
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                verb()
    with app.runtime.reading(app.ctx()) as work:
        assert messages.deliveries.counts(work)["waiting"] == 1
        every = messages.deliveries.list_deliveries
        assert len(every(work, {"message": "hello", "entity": "person", "channel": "probe"})) == 1
        assert every(work, {"message": "due"}) == [] and every(work, {}, states=["sent"]) == []


def test_to_whom_a_message_goes_may_be_said(app: News) -> None:
    to = app.person()
    app.send("to_group", ToGroup("others"))
    app.send("hello", ToRecord("news:person", to.id), about=to.id)
    app.deliver()
    assert app.group.handed[0].address == "others" and app.probe.handed[0].address == "P1"
    assert NOON == app.now
