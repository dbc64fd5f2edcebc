"""The channel posts what WeCom documents, against a server that checks it the same way."""

from __future__ import annotations

import json
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
from tessera.plugin import PluginApi
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera_wecom import WeCom, register

REQUEST = Delivery(
    id=1, key="k1", message="news:to_group", category="service", address="ops", subject="", text="正文", language="zh",
)  # fmt: skip
KEY = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"


class Robot:
    """A server that does what WeCom documents: checks key, sizes and kinds, answers 200 with errcode."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, object]] = []
        self.code = 0
        self.status = 200

    def __call__(self, handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        """One call."""
        body = json.loads(seen.body)
        code = self.code or self.fault(seen, body)
        if code == 0:
            self.bodies.append(body)
        answer = {"errcode": code, "errmsg": "ok" if code == 0 else "no"}
        give(handler, self.status, json.dumps(answer).encode(), Content_Type="application/json")

    def fault(self, seen: Seen, body: dict[str, dict[str, str]]) -> int:
        """What is wrong with a call, by its code."""
        parts = urlsplit(seen.path)
        if parts.path != "/cgi-bin/webhook/send" or parse_qs(parts.query) != {"key": [KEY]}:
            return 93_000
        most = {"text": 2_048, "markdown": 4_096}.get(str(body["msgtype"]), 0)
        content = body[str(body["msgtype"])]["content"]
        return 0 if 0 < len(content.encode()) <= most else 40_058


@pytest.fixture
def robot() -> Robot:
    """The other side."""
    return Robot()


@pytest.fixture
def app(robot: Robot, tmp_path: Path) -> Iterator[tuple[Runtime, WeCom, Site]]:
    """A process whose calls reach the robot, with its key put in."""
    with site(robot) as there:
        url = f"sqlite:///{tmp_path / 'test.db'}"
        settings = Settings(database_url=url, secret_key="for tests", data_dir=tmp_path, outside_allow=there.allow)
        found = open_runtime(settings)
        with found.writing(Context()) as work:
            vault.set_secret(work, "wecom_ops_key", KEY)
        yield found, WeCom(there.url), there
        found.close()


def test_text_with_mentions(app: tuple[Runtime, WeCom, Site], robot: Robot) -> None:
    made, channel, _ = app
    parts = {"at_mobiles": "13800000001"}
    assert channel.deliver(replace(REQUEST, subject="标题", parts=parts), made).note == {"errcode": 0}
    assert robot.bodies == [
        {"msgtype": "text", "text": {"content": "标题\n正文", "mentioned_mobile_list": ["13800000001"]}}
    ]


def test_markdown(app: tuple[Runtime, WeCom, Site], robot: Robot) -> None:
    made, channel, _ = app
    channel.deliver(replace(REQUEST, parts={"markdown": "**正文**"}), made)
    assert robot.bodies == [{"msgtype": "markdown", "markdown": {"content": "**正文**"}}]


@pytest.mark.parametrize("parts", [{}, {"markdown": "长" * 5_000}])
def test_long_texts_are_cut_between_characters(
    app: tuple[Runtime, WeCom, Site], robot: Robot, parts: dict[str, str]
) -> None:
    made, channel, _ = app
    channel.deliver(replace(REQUEST, text="长" * 5_000, parts=parts), made)
    assert len(robot.bodies) == 1


@pytest.mark.parametrize(
    ("code", "retry", "after_s"), [(45_009, True, 60), (-1, True, None), (93_000, False, None), (40_058, False, None)]
)
def test_codes_say_whether_it_is_repeated(
    app: tuple[Runtime, WeCom, Site], robot: Robot, code: int, retry: bool, after_s: int | None
) -> None:
    made, channel, _ = app
    robot.code = code
    with pytest.raises(DeliveryFailed) as caught:
        channel.deliver(REQUEST, made)
    assert (caught.value.retry, caught.value.after_s) == (retry, after_s) and KEY not in str(caught.value)


@pytest.mark.parametrize(("status", "retry"), [(502, True), (404, False)])
def test_a_status_that_is_not_200(app: tuple[Runtime, WeCom, Site], robot: Robot, status: int, retry: bool) -> None:
    made, channel, _ = app
    robot.status = status
    with pytest.raises(DeliveryFailed) as caught:
        channel.deliver(REQUEST, made)
    assert caught.value.retry is retry


def test_the_plugin_adds_its_channel_and_takes_it_out_again() -> None:
    before = CHANNELS.get("wecom")
    if before is not None:
        remove_channel(before)
    try:
        api = PluginApi("wecom")
        register(api)
        assert api.added == ["channel wecom"] and CHANNELS["wecom"].per_minute == 20
        api.undo()
        assert "wecom" not in CHANNELS
    finally:
        if before is not None:
            add_channel(before)
