"""Schedules as people see them: next slots, beginning one now, stopping and going on, what was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from api.api_kit import Api, api_of, make_user
from flows.kit import Works, flow, on
from flows.test_control import memo, memos
from flows.test_flows_api import KEEPER, WATCHER
from flows.test_schedules import at, ticking
from tessera.cli.main import run
from tessera.context import utc_now
from tessera.web.app import create_app

Begin = Callable[..., Works]
PATH = "/api/v1/schedules"
HOURLY = flow("hourly", on("schedule", "", cron="0 * * * *", zone="UTC"), memo("'at ' & event.slot"))
OFF = flow("off", on("schedule", "", cron="0 * * * *"), memo("'off'"), active=False)
EVENT = flow("event", on("record.created"), memo("'event'"))
START = at("2025-03-10 08:30")


@pytest.fixture
def served(begin: Begin) -> tuple[Works, Callable[..., Api]]:
    """Schedules, and clients of users with a role."""
    works = ticking(begin, START, KEEPER, WATCHER, HOURLY, OFF, EVENT)
    app = create_app(works.runtime)

    def client(name: str, **more: Any) -> Api:
        return api_of(app, make_user(works.runtime, name, **more)[1])

    return works, client


def test_schedules_tell_their_next_slots_and_their_last(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    watcher = client("wanda", roles=["watcher"])
    works.now = START + timedelta(hours=3)
    works.settle()
    hourly, off = watcher("GET", f"{PATH}?ahead=2").json["data"]
    assert (hourly["flow"], hourly["zone"], hourly["trigger"], hourly["is_active"]) == (
        "hourly",
        "UTC",
        "schedule",
        True,
    )
    last = hourly["last"]
    assert (last["slot"], last["missed"], last["since_at"]) == ("2025-03-10T11:00:00Z", 2, "2025-03-10T09:00:00Z")
    assert (last["state"], last["runs"], last["run"]) == ("done", 1, works.runs("hourly")[0]["id"])
    assert len(hourly["next"]) == 2 and all(each.endswith(":00:00Z") for each in hourly["next"])
    assert off["next"] == [] and not off["is_active"] and off["last"] is None
    assert len(watcher("GET", f"{PATH}/hourly").json["next"]) == 10
    rows = watcher("GET", f"{PATH}/hourly/slots?limit=1").json
    assert rows["data"] == [last] and rows["next"] == last["slot"]
    assert watcher("GET", f"{PATH}/hourly/slots?before={last['slot']}").json["data"] == []
    assert watcher("GET", f"{PATH}/hourly/slots?missed=true").json["data"] == [last]


def test_who_may_run_pause_and_resume(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    watcher, keeper, nobody = client("wanda", roles=["watcher"]), client("kim", roles=["keeper"]), client("nils")
    assert nobody("GET", PATH).status_code == 403
    for verb in ("run", "pause", "resume"):
        assert watcher("POST", f"{PATH}/hourly/{verb}").status_code == 403
    assert keeper("POST", f"{PATH}/nothing/run").status_code == 404
    assert keeper("POST", f"{PATH}/event/run").json["code"] == "not_scheduled"
    assert keeper("POST", f"{PATH}/off/run").json["code"] == "flow_inactive"
    made = keeper("POST", f"{PATH}/hourly/run")
    assert made.status_code == 201 and made.json["slot"].endswith("/hand")
    works.settle()
    assert len(memos(works)) == 1 and works.runs("hourly")[0]["actor_id"] > 0


def test_a_paused_schedule_has_no_slots_and_makes_none_up(served: tuple[Works, Callable[..., Api]]) -> None:
    works, client = served
    keeper = client("kim", roles=["keeper"])
    assert keeper("POST", f"{PATH}/hourly/pause").status_code == 204
    paused = keeper("GET", f"{PATH}/hourly").json
    assert paused["next"] == [] and paused["paused_by"] == "kim" and paused["paused_at"] is not None
    works.now = utc_now() + timedelta(hours=2)
    works.settle()
    assert memos(works) == []
    assert keeper("POST", f"{PATH}/hourly/resume").status_code == 204
    assert keeper("POST", f"{PATH}/hourly/resume").status_code == 204
    shown = keeper("GET", f"{PATH}/hourly").json
    assert shown["paused_at"] is None and shown["next"][0] > utc_now().isoformat()


def test_metrics_tell_how_schedules_are_doing(served: tuple[Works, Callable[..., Api]]) -> None:
    _, client = served
    admin = client("ada", is_admin=True)
    admin("POST", f"{PATH}/hourly/pause")
    text = admin("GET", "/metrics").text
    assert 'tessera_schedules{state="active"} 0.0' in text and 'tessera_schedules{state="paused"} 1.0' in text
    assert 'tessera_slots{state="failed"} 0.0' in text and 'tessera_flow_lag_seconds{kind="schedule"} 0.0' in text


def test_the_command_line_does_the_same(
    served: tuple[Works, Callable[..., Api]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    works, _ = served
    works.now = START + timedelta(hours=3)
    works.settle()
    monkeypatch.setenv("TESSERA_DATABASE_URL", works.runtime.settings.database_url)

    def told(*arguments: str) -> Any:
        assert run(["schedule", *arguments]) == 0
        return orjson.loads(capsys.readouterr().out)

    assert [(each["flow"], len(each["next"])) for each in told("list", "--ahead", "4", "--json")] == [
        ("hourly", 4), ("off", 0)
    ]  # fmt: skip
    assert [each["missed"] for each in told("missed", "hourly", "--json")] == [2]
    assert told("run", "hourly", "--json")["slot"].endswith("/hand")
    assert len(told("slots", "hourly", "--json")) == 2
    for verb in ("pause", "resume"):
        assert run(["schedule", verb, "hourly"]) == 0
    assert run(["schedule", "list"]) == 0
    assert "hourly" in capsys.readouterr().out
