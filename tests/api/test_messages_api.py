"""Inbox, preferences, deliveries, channels, secrets and hooks through the API, on both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.api_kit import FOR_TESTS, Api, api_of, filled, make_user, problem_of
from api.small_package import package
from databases import Templates
from tessera.context import Context
from tessera.engine import messages, vault
from tessera.engine.messages import ToUser, deliver_due
from tessera.engine.messages.channels.webhook import signature
from tessera.runtime import Runtime
from tessera.web.app import create_app

TEXTS = [
    {"uid": "zh_text", "language": "zh", "subject": "新 {title}", "text": "{record.code|default:'-'}: {title}"},
    {"uid": "en_text", "language": "en", "subject": "New {title}", "text": "{record.code|default:'-'}: {title}"},
]
LABEL = {"zh": "通知", "en": "Notice"}
NOTICE: dict[str, Any] = {
    "kind": "message", "uid": "notice", "name": "notice", "label": LABEL, "entity": "site",
    "values": [{"uid": "title", "name": "title", "label": LABEL, "type": "text"}], "channels": ["app"], "texts": TEXTS,
}
MAIL: dict[str, Any] = {**NOTICE, "uid": "letter", "name": "letter", "channels": ["email"]}
ROLES: list[dict[str, Any]] = [
    {"kind": "role", "uid": "keeper", "name": "keeper", "label": LABEL,
     "grants": [{"uid": "sites", "entity": "site", "actions": ["read", "update"]}]},
    {"kind": "role", "uid": "viewer", "name": "viewer", "label": LABEL,
     "grants": [{"uid": "sites", "entity": "site", "actions": ["read"]}]},
    {"kind": "role", "uid": "teller", "name": "teller", "label": LABEL, "permissions": ["messages"]},
]  # fmt: skip


@pytest.fixture
def told(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[Runtime]:
    """The small package with messages and roles."""
    fill = filled(lambda: [package(NOTICE, MAIL, *ROLES)])
    with templates.open(dialect, "told", fill, replace(FOR_TESTS, data_dir=tmp_path)) as made:
        yield made


@pytest.fixture
def flask_app(told: Runtime) -> Flask:
    """The application."""
    return create_app(told)


@pytest.fixture
def boss(told: Runtime, flask_app: Flask) -> Api:
    """An administrator's client."""
    return api_of(flask_app, make_user(told, "ada", is_admin=True)[1])


def someone(told: Runtime, app: Flask, name: str, **values: Any) -> tuple[int, Api]:
    """A user's id and client."""
    number, key = make_user(told, name, **values)
    return number, api_of(app, key)


def tell(told: Runtime, user: int, *titles: str, message: str = "notice") -> None:
    """Send messages to a user, and deliver them."""
    for title in titles:
        told.write(Context(), lambda work, title=title: messages.send(work, message, ToUser(user), {"title": title}))
    deliver_due(told, Context(), 100)


def test_an_inbox_is_listed_counted_and_marked(told: Runtime, flask_app: Flask) -> None:
    bob, client = someone(told, flask_app, "bob", language="en")
    _, other = someone(told, flask_app, "eve")
    tell(told, bob, "one", "two", "three")
    page = client("GET", "/api/v1/inbox?limit=2").json
    assert [each["subject"] for each in page["data"]] == ["New three", "New two"] and page["unread"] == 3
    rest = client("GET", f"/api/v1/inbox?before={page['next']}").json
    assert [each["text"] for each in rest["data"]] == ["-: one"] and rest["next"] is None
    assert client("GET", "/api/v1/inbox/unread").json == {"count": 3}
    ids = [each["id"] for each in page["data"]]
    assert other("POST", "/api/v1/inbox/read", {"ids": ids}).json == {"changed": 0}
    assert client("POST", "/api/v1/inbox/read", {"ids": ids}).json == {"changed": 2}
    assert client("GET", "/api/v1/inbox/unread").json == {"count": 1}
    assert client("POST", "/api/v1/inbox/read", {"up_to": ids[0]}).json == {"changed": 1}
    assert client("POST", "/api/v1/inbox/read", {"ids": ids[:1], "is_read": False}).json == {"changed": 1}
    assert [each["id"] for each in client("GET", "/api/v1/inbox?unread=true").json["data"]] == ids[:1]
    assert other("GET", "/api/v1/inbox").json == {"data": [], "next": None, "unread": 0}


@pytest.mark.parametrize(
    ("body", "pointer"), [({"ids": "x"}, "/ids"), ({"ids": [0]}, "/ids"), ({"ids": [True]}, "/ids"),
                          ({"up_to": -1}, "/up_to"), ({"is_read": 1}, "/is_read")],
)  # fmt: skip
def test_a_bad_mark_is_told_with_its_place(boss: Api, body: dict[str, Any], pointer: str) -> None:
    found = problem_of(boss("POST", "/api/v1/inbox/read", body), 422, "invalid")
    assert [each["pointer"] for each in found["problems"]] == [pointer]


def test_preferences_are_ones_own(told: Runtime, flask_app: Flask) -> None:
    bob, client = someone(told, flask_app, "bob")
    body = {"wishes": [{"category": "service", "channel": "app", "is_wanted": False}], "quiet": None, "zone": None}
    assert client("PATCH", "/api/v1/my/preferences", body).json == body
    assert client("GET", "/api/v1/my/preferences").json == body
    tell(told, bob, "one")
    assert client("GET", "/api/v1/inbox/unread").json == {"count": 0}
    problem_of(client("PATCH", "/api/v1/my/preferences", {"zone": "Mars"}), 422, "invalid")


def test_preferences_of_a_record_follow_the_rights_on_it(told: Runtime, flask_app: Flask, boss: Api) -> None:
    boss("POST", "/api/v1/site", {"code": "S1", "title": "One"})
    _, keeper = someone(told, flask_app, "kim", roles=["keeper"])
    _, viewer = someone(told, flask_app, "vic", roles=["viewer"])
    _, nobody = someone(told, flask_app, "bob")
    wish = {"wishes": [{"category": "marketing", "is_wanted": False}]}
    address = "/api/v1/site/S1/preferences"
    assert keeper("PATCH", address, wish).json["wishes"][0]["is_wanted"] is False
    assert viewer("GET", address).json == keeper("GET", address).json
    problem_of(viewer("PATCH", address, wish), 403, "forbidden")
    problem_of(nobody("GET", address), 404, "not_found")
    problem_of(keeper("GET", "/api/v1/site/S2/preferences"), 404, "not_found")


def test_deliveries_are_looked_after(told: Runtime, flask_app: Flask, boss: Api) -> None:
    bob, client = someone(told, flask_app, "bob", attributes={"email": "bob@example.org"})
    _, teller = someone(told, flask_app, "tess", roles=["teller"])
    tell(told, bob, "one", message="letter")
    problem_of(client("GET", "/api/v1/deliveries"), 403, "forbidden")
    (row,) = teller("GET", "/api/v1/deliveries?state=dead,review&channel=email&message=letter").json["data"]
    assert (row["state"], row["to"], row["message"]) == ("dead", {"user": bob}, "letter")
    whole = teller("GET", f"/api/v1/deliveries/{row['id']}").json
    assert whole["content"]["text"] == "-: one" and "bob@" not in json.dumps(whole)
    assert teller("GET", "/api/v1/deliveries/counts").json["dead"] == 1
    assert teller("POST", f"/api/v1/deliveries/{row['id']}/replay").json["state"] == "waiting"
    problem_of(teller("POST", f"/api/v1/deliveries/{row['id']}/replay"), 409, "not_replayable")
    deliver_due(told, Context(), 100)
    ended = teller("POST", f"/api/v1/deliveries/{row['id']}/settle", {"was_sent": False}).json
    assert (ended["state"], ended["reason"]) == ("cancelled", "given_up")
    problem_of(teller("GET", "/api/v1/deliveries/999"), 404, "not_found")
    problem_of(teller("GET", "/api/v1/deliveries?state=odd"), 400, "bad_parameter")
    assert boss("GET", f"/api/v1/deliveries?user={bob}&limit=1").json["next"] is None


def test_channels_say_what_they_need(boss: Api) -> None:
    data = {each["name"]: each for each in boss("GET", "/api/v1/channels").json["data"]}
    assert {"app", "email", "sms", "webhook"} <= data.keys()
    assert data["email"]["parts"] == {"html": "html"} and data["sms"]["address"] == "phone"


# Secrets


def test_a_secret_goes_in_and_never_comes_out(told: Runtime, flask_app: Flask, boss: Api) -> None:
    _, client = someone(told, flask_app, "bob", roles=["keeper"])
    value = "s3cr3t-value-1234"
    answer = boss("PUT", "/api/v1/secrets/erp_token", {"value": value}, Idempotency_Key="k1")
    assert answer.status_code == 200 and value not in answer.text
    listed = boss("GET", "/api/v1/secrets").json["data"]
    assert [(each["name"], each["is_readable"]) for each in listed] == [("erp_token", True)]
    for method, path in (("GET", "/api/v1/secrets"), ("PUT", "/api/v1/secrets/x"), ("DELETE", "/api/v1/secrets/x")):
        problem_of(client(method, path, {"value": "v"} if method == "PUT" else None), 403, "forbidden")
    problem_of(boss("PUT", "/api/v1/secrets/Bad-Name", {"value": "v"}), 422, "invalid")
    problem_of(boss("PUT", "/api/v1/secrets/ok", {"value": ""}), 422, "invalid")
    with told.reading(Context()) as work:
        assert vault.opened(work, "erp_token") == value
    assert value not in everything(told)
    assert boss("DELETE", "/api/v1/secrets/erp_token").status_code == 204
    problem_of(boss("DELETE", "/api/v1/secrets/erp_token"), 404, "not_found")


def everything(told: Runtime) -> str:
    """Every row of every system table, as text."""
    import sqlalchemy as sa

    from tessera.store.system import metadata

    with told.database.read() as tx:
        return "\n".join(str(tx.rows(sa.select(table))) for table in metadata.sorted_tables)


# Hooks


def sent(api: Api, secret: str, body: bytes, event_id: str = "evt_1", *, at: float | None = None, **more: str) -> Any:
    """Send an event to the hook shop."""
    stamp = int(time.time() if at is None else at)
    headers = {
        "webhook_id": event_id, "webhook_timestamp": str(stamp),
        "webhook_signature": signature(secret, event_id, stamp, body), **more,
    }  # fmt: skip
    return api("POST", "/api/v1/hooks/shop", body, **headers)


def test_a_hook_takes_signed_events_once_and_keeps_what_it_refuses(
    told: Runtime, flask_app: Flask, boss: Api
) -> None:
    stranger = api_of(flask_app)
    made = boss("POST", "/api/v1/hooks", {"name": "shop"}, Idempotency_Key="k1")
    secret = made.json["secret"]
    assert made.status_code == 201 and secret.startswith("whsec_") and secret not in everything(told)
    problem_of(boss("POST", "/api/v1/hooks", {"name": "shop"}), 409, "hook_taken")
    assert sent(stranger, secret, b'{"a": 1}').json == {"status": "accepted"}
    assert sent(stranger, secret, b'{"a": 1}').json == {"status": "repeated"}
    problem_of(sent(stranger, "wrong", b'{"a": 1}', "evt_2"), 401, "bad_signature")
    problem_of(sent(stranger, secret, b'{"a": 1}', "evt_3", at=time.time() - 400), 401, "bad_signature")
    problem_of(sent(stranger, secret, b"[1]", "evt_4"), 400, "bad_body")
    problem_of(sent(stranger, secret, b'{"a": ', "evt_5"), 400, "bad_body")
    problem_of(stranger("POST", "/api/v1/hooks/shop", b"{}"), 401, "bad_signature")
    problem_of(stranger("POST", "/api/v1/hooks/other", b"{}"), 401, "bad_signature")
    problem_of(sent(stranger, secret, b" " * 1_000_001, "evt_6"), 413, "body_too_large")
    (hook,) = boss("GET", "/api/v1/hooks").json["data"]
    assert (hook["accepted"], hook["repeated"], hook["rejected"]) == (1, 1, 5)
    refused = boss("GET", "/api/v1/hooks/shop/events?state=rejected&limit=2").json
    assert [each["reason"] for each in refused["data"]] == ["bad_id", "bad_json"] and refused["next"]
    (kept,) = boss("GET", "/api/v1/hooks/shop/events?state=accepted").json["data"]
    assert boss("GET", f"/api/v1/hooks/shop/events/{kept['id']}").json["body"] == '{"a": 1}'
    problem_of(boss("GET", "/api/v1/hooks/shop/events/999"), 404, "not_found")


def test_a_hook_is_switched_renewed_and_taken_away_by_administrators(
    told: Runtime, flask_app: Flask, boss: Api
) -> None:
    stranger = api_of(flask_app)
    old = boss("POST", "/api/v1/hooks", {"name": "shop"}).json["secret"]
    new = boss("POST", "/api/v1/hooks/shop/secret").json["secret"]
    problem_of(sent(stranger, old, b"{}"), 401, "bad_signature")
    assert sent(stranger, new, b"{}").status_code == 200
    assert boss("PATCH", "/api/v1/hooks/shop", {"is_active": False}).json["is_active"] is False
    problem_of(sent(stranger, new, b"{}", "evt_2"), 401, "bad_signature")
    _, client = someone(told, flask_app, "bob")
    for method, path, body in (
        ("GET", "/api/v1/hooks", None), ("POST", "/api/v1/hooks", {"name": "x"}),
        ("PATCH", "/api/v1/hooks/shop", {"is_active": True}), ("DELETE", "/api/v1/hooks/shop", None),
        ("POST", "/api/v1/hooks/shop/secret", None), ("GET", "/api/v1/hooks/shop/events", None),
    ):  # fmt: skip
        problem_of(client(method, path, body), 403, "forbidden")
    assert boss("DELETE", "/api/v1/hooks/shop").status_code == 204
    problem_of(boss("DELETE", "/api/v1/hooks/shop"), 404, "not_found")
    assert boss("GET", "/api/v1/secrets").json == {"data": []}


def test_a_hook_does_not_care_who_is_signed_in(flask_app: Flask, boss: Api) -> None:
    secret = boss("POST", "/api/v1/hooks", {"name": "shop"}).json["secret"]
    assert sent(api_of(flask_app, "no key"), secret, b"{}", Cookie="tessera_session=x").status_code == 200
    other = sent(api_of(flask_app), secret, b"{}", "evt_2", Content_Type="text/plain", Origin="https://evil.example")
    assert other.json == {"status": "accepted"}
