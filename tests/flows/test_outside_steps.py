"""Steps that tell people and call addresses outside, and runs that begin with an event from there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from engine.conftest import small_package
from engine.message_kit import PERSON, TICKET, GroupProbe, Probe, message, probes
from engine.outside_kit import Seen, Site, give, reply, site
from flows.kit import Works, flow, on
from tessera import faults
from tessera.context import Context
from tessera.engine import incoming, messages, vault
from tessera.engine.flows.rehearsing import dry_run
from tessera.engine.incoming import Received
from tessera.engine.messages.channels.webhook import signature
from tessera.errors import Invalid
from tessera.meta import check
from tessera.store.system.hooks import event_rows

Begin = Callable[..., Works]
VALUES = [{"uid": "note", "name": "note", "label": {"zh": "备注", "en": "Note"}, "type": "text", "required": True}]


@pytest.fixture
def channels() -> Iterator[tuple[Probe, GroupProbe]]:
    """Channels that remember what they were handed."""
    with probes() as made:
        yield made


def told(*steps: dict[str, Any], **more: Any) -> tuple[dict[str, Any], ...]:
    """Entities, messages, and a flow on new tickets."""
    return (
        PERSON, TICKET,
        message("ready", "{to.name}: {record.number} {note}", entity="ticket", to="person", values=VALUES),
        message("greeting", "{recipient}!", entity="person"),
        message("to_owner", "{record.number} for {recipient}", "app", entity="ticket"),
        message("alarm", "alarm {note}", "probe_group", group="ops", values=VALUES),
        flow("tell", on("record.created", "ticket"), *steps, **more),
    )  # fmt: skip


def test_a_step_sends_a_message_once(begin: Begin, channels: tuple[Probe, GroupProbe]) -> None:
    works = begin(*told(
        {"do": "send_message", "message": "ready", "values": {"note": "'is ready'"}, "as": "sent"},
        {"do": "send_message", "message": "alarm", "values": {"note": "sent.state & ' ' & record.number"}},
        {"do": "send_message", "message": "greeting", "record": "record.person"},
    ))  # fmt: skip
    person = works.create("person", code="P1", name="Ann")
    works.create("ticket", number="T1", person=person["id"])
    works.settle()
    assert works.states("tell") == ["done"]
    probe, group = channels
    assert sorted(probe.texts) == ["Ann!", "Ann: T1 is ready"] and group.texts == ["alarm waiting T1"]
    [run] = works.runs("tell")
    assert works.steps(run["id"])[0]["output"] == {"id": 1, "state": "waiting", "reason": None}
    with works.runtime.reading(works.context()) as work:
        rows = messages.deliveries.list_deliveries(work, {"source": f"run:{run['id']}"})
    assert len(rows) == 3


def test_a_step_tells_a_user_or_somebody_else(begin: Begin, channels: tuple[Probe, GroupProbe]) -> None:
    works = begin(*told(
        {"do": "send_message", "message": "to_owner", "to": "record.created_by", "when": "record.created_by > 0"},
        {"do": "send_message", "message": "greeting", "to": "record.person", "record": "record.person"},
        {"do": "send_message", "message": "alarm", "group": "night", "values": {"note": "'x'"}},
    ))  # fmt: skip
    person = works.create("person", code="P1", name="Ann")
    works.create("ticket", number="T1", person=person["id"])
    works.settle()
    assert works.states("tell") == ["done"]
    assert channels[0].texts == ["Ann!"] and channels[1].handed[0].address == "night"


def test_a_run_that_dies_while_it_sends_sends_once(begin: Begin, channels: tuple[Probe, GroupProbe]) -> None:
    works = begin(*told({"do": "send_message", "message": "ready", "values": {"note": "'x'"}}))
    person = works.create("person", code="P1", name="Ann")
    works.create("ticket", number="T1", person=person["id"])

    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    with faults.armed("store.before_commit", kill), pytest.raises(Killed):
        works.settle()
    works.later(minutes=5)
    works.settle()
    works.later(minutes=5)
    works.settle()
    assert works.states("tell") == ["done"] and channels[0].texts == ["Ann: T1 x"]


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(begin: Begin, channels: tuple[Probe, GroupProbe]) -> None:
    works = begin(
        *told({"do": "call_flow", "flow": "sub", "record": "record"}, {"do": "wait", "for": "30d"},
              {"do": "send_message", "message": "ready", "values": {"note": "'at last'"}}),
        flow("sub", on("call", "ticket"), {"do": "send_message", "message": "alarm", "values": {"note": "'now'"}}),
    )  # fmt: skip
    person = works.create("person", code="P1", name="Ann")
    works.create("ticket", number="T0", person=person["id"])
    works.settle()
    before = channels[1].texts
    given = {"create": {"number": "T1", "person": person["id"]}}
    report = dry_run(works.runtime, works.context(), "tell", given)
    assert report["run"]["state"] == "done"
    first, second = report["messages"]
    assert (first["message"], first["to"]["group"], first["content"]["text"]) == ("alarm", "ops", "alarm now")
    assert (second["message"], second["channel"], second["state"]) == ("ready", "probe", "waiting")
    assert second["content"]["text"] == "Ann: T1 at last" and second["to"]["record"] == person["id"]
    works.settle()
    assert channels[0].texts == [] and channels[1].texts == before == ["alarm now"]
    nothing = dry_run(works.runtime, works.context(), "sub", {"record": works.get("ticket", 1)["id"]})
    assert [each["message"] for each in nothing["messages"]] == ["alarm"]


MISTAKES = [
    ({"message": "redy", "values": {"note": "'x'"}}, "unknown_message", "message"),
    ({"message": "ready"}, "missing_value", ""),
    ({"message": "ready", "values": {"note": "'x'", "nota": "'y'"}}, "unknown_value", "values/nota"),
    ({"message": "ready", "values": {"note": "1"}}, "wrong_type", "values/note"),
    ({"message": "greeting"}, "wrong_type", "record"),
    ({"message": "alarm", "record": "record", "values": {"note": "'x'"}}, "not_about", "record"),
    ({"message": "ready", "to": "record", "values": {"note": "'x'"}}, "wrong_type", "to"),
    ({"message": "ready", "to": "record.number", "values": {"note": "'x'"}}, "wrong_type", "to"),
    ({"message": "alarm", "to": "1", "group": "ops", "values": {"note": "'x'"}}, "two_recipients", "group"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "code", "place"), MISTAKES, ids=[f"{each[1]}@{each[2]}" for each in MISTAKES])
def test_what_is_wrong_with_a_message_is_told(
    channels: tuple[Probe, GroupProbe], step: dict[str, Any], code: str, place: str
) -> None:
    found = check([small_package(*told({"do": "send_message", **step}))])
    pointer = f"work/flow/tell.json#/steps/0{'/' if place else ''}{place}"
    assert (code, pointer) in {(each.code, each.pointer) for each in found}, found


# Calls


def calling(works: Works, *sites: Site, **secrets: str) -> None:
    """Let calls reach these servers, and put secrets in."""
    works.runtime.settings = replace(works.runtime.settings, outside_allow=",".join(each.allow for each in sites))
    with works.runtime.writing(works.context()) as work:
        for name, value in secrets.items():
            vault.set_secret(work, name, value)


def call_flow(url: str, *more: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A flow on new tasks that calls an address."""
    return flow("call", on("record.created"), {"do": "call_http", "url": url, "as": "reply", **keys}, *more)


def test_a_call_sends_formulas_and_a_secret_and_gives_its_reply(begin: Begin) -> None:
    def answer(handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        body = {"sum": 1.50, "token": seen.headers["authorization"], "parts": [{"n": 2}], "~n": "x"}
        give(handler, 201, json.dumps(body).encode(), Content_Type="application/json", X_Secret="s3cr3t-token")

    with site(answer) as there:
        works = begin(call_flow(
            f"'{there.url}/tasks/' & record.subject",
            {"do": "update_record", "values": {"effort": "reply.status", "external": "reply.json.token"}},
            {"do": "create_record", "entity": "receipt", "values": {"memo": "TEXT(reply.json.sum, '0.00')"},
             "when": "reply.ok"},
            method="POST", json={"subject": "record.subject", "amount": {"value": "1.50", "day": "record.day"}},
            headers=[{"uid": "auth", "name": "Authorization", "secret": "erp_token", "prefix": "Bearer "}],
            query=[{"uid": "key", "name": "key", "secret": "erp_token"},
                   {"uid": "say", "name": "q", "value": "'a b&c'"}],
        ))  # fmt: skip
        calling(works, there, erp_token="s3cr3t-token")
        works.create("task", subject="one")
        works.settle()
    (seen,) = there.seen
    assert (seen.method, seen.path) == ("POST", "/tasks/one?key=s3cr3t-token&q=a+b%26c")
    assert json.loads(seen.body) == {"subject": "one", "amount": {"value": "1.50", "day": "2025-03-10"}}
    assert seen.headers["authorization"] == "Bearer s3cr3t-token" and seen.headers["idempotency-key"]
    assert seen.headers["content-type"] == "application/json"
    [run] = works.runs("call")
    assert (run["state"], run["error"]) == ("done", None)
    task = works.get("task", 1)
    assert (task["effort"], task["external"]) == (201, "Bearer •••") and works.count("receipt", "memo = '1.50'") == 1
    everything = str(works.runs()) + str(works.steps(run["id"]))
    assert "s3cr3t" not in everything
    with works.runtime.database.read() as tx:
        import sqlalchemy as sa

        from tessera.store.system.flows import call as calls

        assert "s3cr3t" not in str(tx.rows(sa.select(calls)))


def test_a_call_is_repeated_with_the_same_key_until_it_works(begin: Begin) -> None:
    def answer(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        give(handler, 503 if len(there.seen) < 3 else 200, b"done")

    with site(answer) as there:
        works = begin(call_flow(f"'{there.url}/x'", {"do": "update_record", "values": {"external": "reply.text"}}))
        calling(works, there)
        works.create("task", subject="one")
        for _ in range(4):
            works.settle()
            works.later(minutes=30)
    assert works.states("call") == ["done"] and works.get("task", 1)["external"] == "done"
    assert len(there.seen) == 3 and len({each.headers["idempotency-key"] for each in there.seen}) == 1


@pytest.mark.parametrize(
    ("status", "accept", "state"), [(404, [], "failed"), (404, [404], "done"), (302, [], "failed")]
)
def test_a_status_is_a_failure_unless_the_step_accepts_it(
    begin: Begin, status: int, accept: list[int], state: str
) -> None:
    with site(reply(status, b"no")) as there:
        works = begin(call_flow(f"'{there.url}/'", accept=accept))
        calling(works, there)
        works.create("task", subject="one")
        works.settle()
        assert works.states("call") == [state] and len(there.seen) == 1


def test_a_call_inside_is_refused_and_not_repeated(begin: Begin) -> None:
    with site() as there:
        works = begin(call_flow(f"'{there.url}/'"))
        works.create("task", subject="one")
        works.settle()
        [run] = works.runs("call")
        assert run["state"] == "failed" and "public address" in str(run["error"]) and there.seen == []


def test_a_call_without_its_secret_fails_and_says_which(begin: Begin) -> None:
    with site() as there:
        works = begin(call_flow(f"'{there.url}/'", headers=[{"uid": "key", "name": "X-Key", "secret": "missing"}]))
        calling(works, there)
        works.create("task", subject="one")
        works.settle()
        [run] = works.runs("call")
        assert run["state"] == "failed" and '"missing"' in str(run["error"]) and there.seen == []


CALL_MISTAKES = [
    ({"url": "1"}, "wrong_type", "url"),
    ({"url": "'x'", "method": "POST", "json": {"a": "1"}, "text": "'b'"}, "two_bodies", "text"),
    ({"url": "'x'", "json": {"a": "1"}}, "no_body", "json"),
    ({"url": "'x'", "method": "POST", "json": {"a": {"b": "nothing"}}}, "unknown_name", "json/a/b"),
    ({"url": "'x'", "method": "POST", "form": {"a": {"b": "1"}}}, "too_deep", "form/a"),
    ({"url": "'x'", "headers": [{"uid": "one", "name": "X"}]}, "one_value", "headers/0"),
    ({"url": "'x'", "headers": [{"uid": "one", "name": "X Y", "value": "'1'"}]}, "bad_name", "headers/0/name"),
    ({"url": "'x'", "query": [{"uid": "one", "name": "x", "value": "1 +"}]}, "syntax", "query/0/value"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "code", "place"), CALL_MISTAKES, ids=[f"{e[1]}@{e[2]}" for e in CALL_MISTAKES])
def test_what_is_wrong_with_a_call_is_told(step: dict[str, Any], code: str, place: str) -> None:
    found = check([small_package(flow("call", on("record.created"), {"do": "call_http", **step}))])
    assert (code, f"work/flow/call.json#/steps/0/{place}") in {(each.code, each.pointer) for each in found}, found


# Webhooks


def listening(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A flow on events of the hook shop."""
    inputs = [{"uid": "number", "name": "number", "type": "text", "required": True},
              {"uid": "amount", "name": "amount", "type": "number"}]  # fmt: skip
    return flow("heard", on("webhook.received", "", hook="shop", input=inputs, **more), *steps)


def signed(secret: str, value: Any, event_id: str, at: float) -> Received:
    """An event as its sender would sign it."""
    body = json.dumps(value).encode()
    own = {"webhook-id": event_id, "webhook-timestamp": str(int(at)),
           "webhook-signature": signature(secret, event_id, int(at), body)}  # fmt: skip
    parsed = json.loads(json.dumps(value), parse_float=Decimal)
    return Received(own, body, parsed, "9.9.9.9")


def hooked(works: Works) -> str:
    """The secret of a new hook."""
    found: str = works.runtime.write(works.context(), lambda work: incoming.create_hook(work, "shop"))["secret"]
    return found


def receive(works: Works, sent: Received, name: str = "shop") -> incoming.Outcome:
    """Send an event to a hook."""
    return works.runtime.write(works.context(), lambda work: incoming.receive(work, name, sent))


def test_an_event_from_outside_begins_a_run_once(begin: Begin) -> None:
    works = begin(listening(
        {"do": "create_record", "entity": "receipt",
         "values": {"memo": "input.number & ' ' & TEXT(input.amount, '0.00') & ' ' & CONCAT(event.body.who.name)"}},
        when="input.amount > 1",
    ))  # fmt: skip
    secret = hooked(works)
    body = {"number": "N1", "amount": 2.50, "who": {"name": "Ann", "~n": "no number"}}
    sent = signed(secret, body, "evt_1", works.now.timestamp())
    assert receive(works, sent).state == "accepted"
    assert receive(works, sent).state == "repeated"
    assert receive(works, signed(secret, {"number": "N2", "amount": 1}, "evt_2", works.now.timestamp())).id
    works.settle()
    assert works.states("heard") == ["done"] and works.count("receipt", "memo = 'N1 2.50 Ann'") == 1
    with works.runtime.reading(works.context()) as work:
        [hook] = incoming.list_hooks(work)
        assert (hook["accepted"], hook["repeated"], hook["rejected"]) == (2, 1, 0)
        event = incoming.get_event(work, "shop", incoming.list_events(work, "shop")[1]["id"])
    assert json.loads(event["body"]) == body and event["address"] == "9.9.9.9"


def test_what_is_not_as_the_flow_wants_it_makes_a_failed_run(begin: Begin) -> None:
    works = begin(listening({"do": "create_record", "entity": "receipt", "values": {"memo": "input.number"}}))
    secret = hooked(works)
    bodies = [{}, {"number": 5}, {"number": "x", "amount": "1e999"}, {"number": "x", "amount": True}]
    for place, body in enumerate(bodies):
        assert receive(works, signed(secret, body, f"e{place}", works.now.timestamp())).state == "accepted"
    works.settle()
    assert works.states("heard") == ["failed"] * 4 and works.count("receipt") == 0
    assert works.runs("heard")[0]["error"]["code"] == "bad_input"


def test_what_is_not_signed_fresh_and_whole_is_refused_and_kept(begin: Begin) -> None:
    works = begin(listening({"do": "stop"}))
    secret = hooked(works)
    at = works.now.timestamp()
    good = signed(secret, {"number": "N1"}, "evt_1", at)
    bad = [
        replace(good, headers={**good.headers, "webhook-signature": "v1,AAAA"}),
        replace(good, headers={**good.headers, "webhook-id": "evt_2"}),
        replace(good, headers={**good.headers, "webhook-timestamp": str(int(at) - 1)}),
        replace(good, body=good.body + b" "),
        replace(good, headers={}),
        signed("another secret", {"number": "N1"}, "evt_1", at),
        signed(secret, {"number": "N1"}, "evt_1", at - 301),
        signed(secret, {"number": "N1"}, "evt_1", at + 301),
        signed(secret, {"number": "N1"}, "", at),
        signed(secret, [1], "evt_9", at),
    ]
    for each in bad:
        assert receive(works, each).state == "rejected"
    assert receive(works, good, "shopping").reason == "unknown"
    works.settle()
    assert works.runs("heard") == []
    with works.runtime.reading(works.context()) as work:
        kept = event_rows(work.tx, "shop", state="rejected", before=0, limit=50)
        assert incoming.list_hooks(work)[0]["rejected"] == len(bad) == len(kept)
        assert {each["reason"] for each in kept} == {"bad_signature", "too_old", "bad_id", "bad_json"}
    assert receive(works, signed(secret, {"number": "N1"}, "evt_1", at - 299)).state == "accepted"


def test_two_signatures_may_stand_there_while_a_secret_is_changed(begin: Begin) -> None:
    works = begin(listening({"do": "stop"}))
    old = hooked(works)
    at = works.now.timestamp()
    new = works.runtime.write(works.context(), lambda work: incoming.renew_secret(work, "shop"))
    both = signed(new, {"number": "N1"}, "evt_1", at)
    other = signed(old, {"number": "N1"}, "evt_1", at).headers["webhook-signature"]
    headers = {**both.headers, "webhook-signature": f"{other} {both.headers['webhook-signature']}"}
    assert receive(works, signed(old, {"number": "N1"}, "evt_1", at)).state == "rejected"
    assert receive(works, replace(both, headers=headers)).state == "accepted"


def test_hooks_are_made_switched_off_and_taken_away_by_administrators(begin: Begin) -> None:
    works = begin(listening({"do": "stop"}))
    secret = hooked(works)
    sent = signed(secret, {"number": "N1"}, "evt_1", works.now.timestamp())

    def off(work: Any) -> Any:
        return incoming.set_active(work, "shop", is_active=False)

    works.runtime.write(works.context(), off)
    assert receive(works, sent).reason == "unknown"
    with works.runtime.writing(works.context()) as work:
        with pytest.raises(incoming.HookTaken):
            incoming.create_hook(work, "shop")
        with pytest.raises(Invalid):
            incoming.create_hook(work, "Shop!")
        incoming.delete_hook(work, "shop")
        assert incoming.list_hooks(work) == [] and vault.list_secrets(work) == []


def test_old_events_are_forgotten_and_refused_ones_do_not_pile_up(begin: Begin) -> None:
    works = begin(listening({"do": "stop"}))
    secret = hooked(works)
    for place in range(incoming.MOST_REJECTED + 5):
        receive(works, signed("wrong", {}, f"e{place}", works.now.timestamp()))
    receive(works, signed(secret, {"number": "N1"}, "good", works.now.timestamp()))
    with works.runtime.reading(works.context()) as work:
        assert len(event_rows(work.tx, "shop", state="rejected", before=0, limit=500)) == incoming.MOST_REJECTED
    late = Context(clock=lambda: works.now + incoming.KEPT * 2)
    assert incoming.forget_old(works.runtime, late, 1_000) == incoming.MOST_REJECTED + 1
