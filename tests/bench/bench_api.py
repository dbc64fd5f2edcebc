"""Requests per second of the generated API against hand-written endpoints, on the same server and database.

The hand-written ones are plain Flask and SQLAlchemy Core with a bare INSERT, UPDATE and SELECT: no access check,
no audit, no events, no versions. Eight clients keep their connections open; each figure is the median of three rounds.
The list is a page of 50 of 100,000 records, filtered and sorted as a view does, so that both have its index. Last, for
orientation: the bare one-row INSERT and COMMIT by the driver alone, by eight threads.

    python -m tests.bench.bench_api [--seconds 2]

Targets: create and update at least 0.55 of the hand-written rate, get and list at least 0.70.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
from tests.bench.common import ROUNDS, new_database, table

CLIENTS = 8
TARGETS = {"create": 0.55, "update": 0.55, "get": 0.70, "list": 0.70}
SEEDED = 100_000
KEYS = 2_000
PORTION = 5_000
FILTER = "state = 'new' AND count >= 900"
_ROOT = Path(__file__).resolve().parents[2]


def item(number: int) -> dict[str, Any]:
    """The body of one record."""
    return {
        "code": f"C{number}-{secrets.token_hex(4)}", "title": f"Item {number}", "weight": "1.250",
        "amount": "129.90", "count": number % 1_000, "is_open": True, "state": "new",
        "day": str(date(2024, 1, 1) + timedelta(days=number % 700)),
        "note": "a note of some length, as people write it",
    }


def flat_entity(like: dict[str, Any]) -> dict[str, Any]:
    """An entity of plain fields only, such as one writes endpoints for by hand in an afternoon."""
    plain = [each for each in like["fields"] if each["type"] not in ("lines", "formula")]
    return {**like, "uid": "ticket", "name": "ticket", "fields": plain}


LATEST: dict[str, Any] = {
    "kind": "view", "uid": "latest", "name": "latest", "label": {"zh": "最新", "en": "Latest"}, "entity": "ticket",
    "filter": FILTER, "sort": [{"uid": "day", "by": "day", "direction": "desc"}],
    "columns": [{"uid": "title", "name": "title", "value": "title"}, {"uid": "day", "name": "day", "value": "day"}],
}  # fmt: skip
"""The view whose filter and order the list has."""


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        data = orjson.dumps(body) if body is not None else None
        self.connection.request(method, path, data, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return orjson.loads(content)


def rate(port: int, key: str, seconds: float, act: Callable[[Client, int], Any]) -> float:
    """Requests per second of all clients together."""
    counter = itertools.count(1)
    done = [0] * CLIENTS
    until = time.perf_counter() + seconds

    def work(index: int) -> None:
        client = Client(port, key)
        while time.perf_counter() < until:
            act(client, next(counter))
            done[index] += 1

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(target: str, environment: dict[str, str]) -> Iterator[int]:
    """A granian server of that factory, in a process of its own; gives its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", target, "--factory", "--interface", "wsgi", "--port", str(port),
        "--workers", "1", "--blocking-threads", str(CLIENTS), "--no-ws", "--no-log",
    ]
    process = subprocess.Popen(command, cwd=_ROOT, env={**os.environ, **environment})
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                Client(port, "")("GET", "/health")
                break
            except (OSError, RuntimeError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def actions(keys: list[Any], path: str, asked: str) -> dict[str, Callable[[Client, int], Any]]:
    """What is measured, by name."""

    def one(number: int) -> Any:
        return keys[number % len(keys)]

    return {
        "create": lambda client, number: client("POST", path, item(number)),
        "update": lambda client, number: client("PATCH", f"{path}/{one(number)}", {"title": f"New {number}"}),
        "get": lambda client, number: client("GET", f"{path}/{one(number)}"),
        "list": lambda client, _number: client("GET", f"{path}?{asked}"),
    }


def measure(
    ours: int, theirs: int, key: str, made: list[dict[str, Any]], seconds: float
) -> list[tuple[str, float, float]]:
    """Name, our rate and the hand-written rate of each action: medians of rounds that take turns."""
    results = []
    asked = f"limit=50&sort=-day&filter={quote(FILTER)}"
    our_actions = actions([each["ref"] for each in made], "/api/v1/ticket", asked)
    their_actions = actions([each["id"] for each in made], "/ticket", "limit=50&state=new&count=900")
    for name in our_actions:
        pairs = [
            (rate(ours, key, seconds, our_actions[name]), rate(theirs, "", seconds, their_actions[name]))
            for _ in range(ROUNDS)
        ]
        results.append((name, *(statistics.median(column) for column in zip(*pairs, strict=True))))
    return results


def prepare(url: str, folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """Install, apply the small package, make a key and some records; gives the key and the records."""
    from tests.api.api_kit import make_user
    from tests.api.small_package import ITEM, package

    from tessera.context import SYSTEM, Context
    from tessera.engine import packages, records
    from tessera.runtime import open_runtime
    from tessera.settings import Settings

    runtime = open_runtime(Settings(database_url=url, data_dir=folder))
    ctx = Context(actor=SYSTEM)
    packages.apply(runtime.database, runtime.settings, ctx, [package(flat_entity(ITEM), LATEST)])
    _, key = make_user(runtime, "bench", is_admin=True)
    made: list[dict[str, Any]] = []
    for start in range(0, SEEDED, PORTION):
        with runtime.writing(ctx) as work:
            result = records.bulk_create(work, "ticket", [item(number) for number in range(start, start + PORTION)])
        made += [result.records[number] for number in range(KEYS - len(made))]
    with runtime.writing(ctx) as work:
        work.tx.analyze(work.tables.of(work.entity("ticket")))  # else PostgreSQL does it some time within a minute
    runtime.close()
    return key, made


def bare_inserts(url: str, seconds: float) -> float:
    """Rows per second of the driver alone: a row and a COMMIT each."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, code text, title text, "
                           "weight numeric(18,3), amount numeric(18,2), count bigint, is_open boolean, day date, "
                           "state text, note text)")  # fmt: skip
    counter = itertools.count(1)
    done = [0] * CLIENTS
    until = time.perf_counter() + seconds
    names = ("code", "title", "weight", "amount", "count", "is_open", "day", "state", "note")
    marks = ", ".join(f"%({name})s" for name in names)

    def work(index: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while time.perf_counter() < until:
                row = item(next(counter))
                connection.execute(f"INSERT INTO bare ({', '.join(names)}) VALUES ({marks})", row, prepare=True)
                done[index] += 1

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(index,)) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    options = parser.parse_args()
    with new_database("postgresql") as url, tempfile.TemporaryDirectory() as folder:
        key, made = prepare(url, Path(folder))
        environment = {"TESSERA_DATABASE_URL": url, "TESSERA_DATA_DIR": folder, "TESSERA_LOG_LEVEL": "info"}
        quiet = {**environment, "TESSERA_LOG_LEVEL": "warning"}
        with server("tessera.web.serve:granian_app", quiet) as ours:
            with server("tests.bench.hand_written:make_app", environment) as theirs:
                results = measure(ours, theirs, key, made, options.seconds)
        bare = statistics.median(bare_inserts(url, options.seconds) for _ in range(ROUNDS))
    rows = [(name, int(our), int(their), our / their, TARGETS[name]) for name, our, their in results]
    print(table(("", "Tessera/s", "by hand/s", "ratio", "target"), [*rows, ("bare insert", "", int(bare), "", "")]))


if __name__ == "__main__":
    main()
