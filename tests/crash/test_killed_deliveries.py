"""Workers that deliver messages are killed again and again: nothing is lost, and what may go once goes once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash.processes import ALARMED, KILLED, run, run_until
from databases import Templates
from engine.message_kit import News, news
from tessera.engine.messages import Delivery, Receipt, delivering
from tessera.runtime import Runtime


@pytest.fixture
def app(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[News]:
    """A process with messages, on each database."""
    with news(templates, dialect, tmp_path) as found:
        yield found


def deliver(app: News, log: Path, own: Runtime) -> None:
    """Deliver what is due; each delivery leaves a line in the log, as the outside would keep it."""

    def behave(request: Delivery) -> Receipt:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{request.key}\n")
        return Receipt()

    app.probe.behave = behave
    delivering.deliver_due(own, app.ctx(), 1_000)


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 30))])
def test_deliveries_survive_killed_workers(app: News, tmp_path: Path, seed: int) -> None:
    log, rng = tmp_path / "outside.txt", random.Random(seed)
    for number in range(8):
        to = app.person(f"P{number}")
        for name in ("hello", "careful", "hello"):
            app.send(name, to)
    codes: list[int] = []
    while 0 not in codes:
        seconds = 0.0 if not codes else rng.choice((0.0, rng.uniform(0.001, 0.03)))
        codes.append(run_until(app.runtime, lambda own: deliver(app, log, own), rng.randint(4, 40), seconds))
        app.later(minutes=7)
    assert run(app.runtime, lambda own: deliver(app, log, own)) == 0
    assert codes[0] == KILLED and set(codes) <= {KILLED, ALARMED, 0}, f"seed {seed}: {codes}"
    handed = Counter(log.read_text("utf-8").split())
    rows = app.rows()
    often = [each for each in rows if each["message"] == "hello"]
    once = [each for each in rows if each["message"] == "careful"]
    assert {each["state"] for each in often} <= {"sent", "dead"}
    assert {each["state"] for each in once} <= {"sent", "review"}
    assert all(handed[each["key"]] >= 1 for each in often if each["state"] == "sent"), f"seed {seed}"
    assert all(handed[each["key"]] == 1 for each in once if each["state"] == "sent"), f"seed {seed}"
    assert all(handed[each["key"]] <= 1 for each in once), f"seed {seed}"


@pytest.mark.parametrize("point", ["messages.after_claim", "messages.after_delivery", "messages.after_settle"])
def test_a_worker_killed_at_each_point_leaves_what_is_repeated(app: News, tmp_path: Path, point: str) -> None:
    log = tmp_path / "outside.txt"
    app.send("hello", app.person())
    assert run(app.runtime, lambda own: deliver(app, log, own), f"{point}:1") == KILLED
    app.later(minutes=2)
    assert run(app.runtime, lambda own: deliver(app, log, own)) == 0
    keys = log.read_text("utf-8").split()
    assert set(keys) == {app.rows()[0]["key"]} and app.states() == [("sent", None)]
    assert len(keys) == (2 if point == "messages.after_delivery" else 1)
