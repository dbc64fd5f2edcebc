"""The channel signs as DingTalk documents it, against a server that checks the signature the same way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from engine.outside_kit import Seen, Site, give, site
from tessera.context import Context
from tessera.engine import vault
from tessera.engine.messages import CHANNELS, Delivery, DeliveryFailed, add_channel, remove_channel
from tessera.engine.vault import UnknownSecret
from tessera.plugin import PluginApi
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera_dingtalk import DingTalk, register
from tessera_dingtalk.channel import MOST_BYTES

REQUEST = Delivery(
    id=1, key="k1", message="news:to_group", category="service", address="ops", subject="标题", text="正文\n第二行",
    language="zh",
)  # fmt: skip
TOKEN, SECRET = "token-123", "SECabc"


class Robot:
    """A server that does what DingTalk documents: checks token, signature and timestamp, answers 200 with errcode."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.code = 0
        self.status = 200

    def __call__(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        """One call."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}
        code = self.code or self.fault(seen, query)
        if code == 0:
            self.bodies.append(json.loads(seen.body))
        answer = {"errcode": code, "errmsg": "ok" if code == 0 else "no"}
        give(handler, self.status, json.dumps(answer).encode(), Content_Type="application/json")

    def fault(self, seen: Seen, query: dict[str, str]) -> int:
        """What is wrong with a call, by its code."""
        if not seen.path.startswith("/robot/send?") or query.get("access_token") != TOKEN:
            return 300_001
        stamp = query.get("timestamp", "0")
        text = f"{stamp}\n{SECRET}".encode()
        wanted = base64.b64encode(hmac.new(SECRET.encode(), text, digestmod=hashlib.sha256).digest()).decode()
        is_fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
        return 0 if query.get("sign") == wanted and is_fresh else 310_000


@pytest.fixture
def robot() -> Robot:
    """The other side."""
    return Robot()


@pytest.fixture
def app(robot: Robot, tmp_path: Path) -> Iterator[tuple[Runtime, DingTalk, Site]]:
    """A process whose calls reach the robot, with its secrets put in."""
    with site(robot) as there:
        url = f"sqlite:///{tmp_path / 'test.db'}"
        settings = Settings(database_url=url, secret_key="for tests", data_dir=tmp_path, outside_allow=there.allow)
        found = open_runtime(settings)
        with found.writing(Context()) as work:
            vault.set_secret(work, "dingtalk_ops_token", TOKEN)
            vault.set_secret(work, "dingtalk_ops_secret", SECRET)
        yield found, DingTalk(there.url), there
        found.close()


def test_a_text_is_signed_and_taken(app: tuple[Runtime, DingTalk, Site], robot: Robot) -> None:
    made, channel, _ = app
    assert channel.deliver(REQUEST, made).note == {"errcode": 0}
    assert robot.bodies == [{"msgtype": "text", "text": {"content": "标题\n正文\n第二行"}}]


def test_markdown_and_mentions(app: tuple[Runtime, DingTalk, Site], robot: Robot) -> None:
    made, channel, _ = app
    parts = {"markdown": "**正文**", "at_mobiles": "13800000001, 13800000002 x"}
    channel.deliver(replace(REQUEST, parts=parts), made)
    assert robot.bodies == [{
        "msgtype": "markdown", "markdown": {"title": "标题", "text": "**正文** @13800000001 @13800000002"},
        "at": {"atMobiles": ["13800000001", "13800000002"], "isAtAll": False},
    }]  # fmt: skip


def test_a_long_text_is_cut_to_what_a_robot_takes(app: tuple[Runtime, DingTalk, Site], robot: Robot) -> None:
    made, channel, there = app
    channel.deliver(replace(REQUEST, text="长" * 20_000), made)
    assert len(there.seen[0].body) < 20_000 and len(str(robot.bodies[0]["text"]).encode()) <= MOST_BYTES + 100


def test_a_wrong_signature_is_the_end(app: tuple[Runtime, DingTalk, Site]) -> None:
    made, channel, _ = app
    with made.writing(Context()) as work:
        vault.set_secret(work, "dingtalk_ops_secret", "SECwrong")
    with pytest.raises(DeliveryFailed, match="310000") as caught:
        channel.deliver(REQUEST, made)
    assert not caught.value.retry


@pytest.mark.parametrize(("code", "retry", "after_s"), [(130_101, True, 600), (-1, True, None), (460_101, False, None)])
def test_codes_say_whether_it_is_repeated(
    app: tuple[Runtime, DingTalk, Site], robot: Robot, code: int, retry: bool, after_s: int | None
) -> None:
    made, channel, _ = app
    robot.code = code
    with pytest.raises(DeliveryFailed) as caught:
        channel.deliver(REQUEST, made)
    assert (caught.value.retry, caught.value.after_s) == (retry, after_s)
    assert TOKEN not in str(caught.value) and SECRET not in str(caught.value)


@pytest.mark.parametrize(("status", "retry"), [(502, True), (404, False)])
def test_a_status_that_is_not_200(app: tuple[Runtime, DingTalk, Site], robot: Robot, status: int, retry: bool) -> None:
    made, channel, _ = app
    robot.status = status
    with pytest.raises(DeliveryFailed) as caught:
        channel.deliver(REQUEST, made)
    assert caught.value.retry is retry


def test_a_group_without_token_is_told(app: tuple[Runtime, DingTalk, Site]) -> None:
    made, channel, _ = app
    with pytest.raises(UnknownSecret):
        channel.deliver(replace(REQUEST, address="others"), made)


def test_the_plugin_adds_its_channel_and_takes_it_out_again() -> None:
    before = CHANNELS.get("dingtalk")
    if before is not None:
        remove_channel(before)
    try:
        api = PluginApi("dingtalk")
        register(api)
        assert api.added == ["channel dingtalk"] and CHANNELS["dingtalk"].per_minute == 20
        api.undo()
        assert "dingtalk" not in CHANNELS
    finally:
        if before is not None:
            add_channel(before)
