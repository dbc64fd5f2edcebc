"""Rows per second written in bulk, with all checks, audit and events, against the driver's bare INSERT.

"through the API" posts 5,000 records at a time as one kept-alive client; "import" reads a CSV file by a mapping. The
bare statement writes the same values to a table of the same columns without indexes but the key: INSERT … SELECT FROM
unnest on PostgreSQL, executemany on SQLite. The three take turns, each figure is the median of its rounds. The last
column is what a row costs in microseconds of processor time, client, server and database together, which does not
depend on what else the machine does. Targets: 0.5 of the bare rate on PostgreSQL, 30,000 rows a second on SQLite.
"""

from __future__ import annotations

import csv
import http.client
import itertools
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import psycopg
from tests.api.api_kit import make_user
from tests.api.small_package import ITEM, package
from tests.bench.bench_api import flat_entity, item, server
from tests.bench.common import DIALECTS, ROUNDS, new_database, seconds, table

from tessera.context import SYSTEM, Context
from tessera.engine import mapping, packages
from tessera.engine.mapping import ImportFile
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

ROWS = 50_000
AT_ONCE = 5_000
CTX = Context(actor=SYSTEM)
NAMES = ("code", "title", "weight", "amount", "count", "is_open", "day", "state", "note")
_VALUES = {"weight": "DECIMAL(weight)", "amount": "DECIMAL(amount)", "count": "INTEGER(count)",
           "is_open": "is_open = 'true'", "day": "DATE(day)"}  # fmt: skip
_TYPES = ("text", "text", "numeric(18,3)", "numeric(18,2)", "bigint", "boolean", "date", "text", "text")


def mapping_document() -> dict[str, Any]:
    """A mapping of a row to a record."""
    return {
        "kind": "mapping", "uid": "tickets", "name": "tickets", "label": {"zh": "单", "en": "Tickets"},
        "format": "csv", "zone": "UTC",
        "columns": [{"uid": f"c_{name}", "name": name} for name in NAMES],
        "key": "code",
        "classes": [{"uid": "all", "name": "accepted", "label": {"zh": "收", "en": "Accepted"}, "when": "TRUE",
                     "into": "ticket"}],
        "documents": [{
            "uid": "doc", "into": ["ticket"], "each_row": True, "on_repeat": "revise",
            "fields": [{"uid": name, "field": name, "value": _VALUES.get(name, name)} for name in NAMES],
        }],
    }  # fmt: skip


def values_of(number: int) -> tuple[Any, ...]:
    """The values of a record, in the order of the names."""
    body = item(number)
    return tuple(body[name] for name in NAMES)


def prepared(url: str, folder: Path) -> tuple[Runtime, str]:
    """A process with the small package, and a key."""
    runtime = open_runtime(Settings(database_url=url, data_dir=folder))
    install(runtime.database)
    small = package(flat_entity(ITEM), mapping_document())
    packages.apply(runtime.database, runtime.settings, CTX, [small])
    _, key = make_user(runtime, "bench", is_admin=True)
    return runtime, key


Way: TypeAlias = "Callable[[], Callable[[], None]]"
"""Makes the rows ready, and gives what writes them."""


def posting(port: int, key: str, numbers: Iterator[int]) -> Callable[[], None]:
    """By the bulk endpoint."""
    bodies = [
        orjson.dumps({"data": [item(next(numbers)) for _ in range(AT_ONCE)]}) for _ in range(ROWS // AT_ONCE)
    ]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def run() -> None:
        for body in bodies:
            connection.request("POST", "/api/v1/ticket/bulk", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= 300:
                raise RuntimeError(content[:500])

    return run


def importing(runtime: Runtime, folder: Path, numbers: Iterator[int]) -> Callable[[], None]:
    """By an import, from the file to its completion."""
    path = folder / f"rows{next(numbers)}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        for _ in range(ROWS):
            row = values_of(next(numbers))
            writer.writerow(["true" if cell is True else cell for cell in row])

    def run() -> None:
        batch = mapping.start_batch(runtime, CTX, "tickets", [ImportFile(path, path.name)])
        found = mapping.run_batch(runtime, CTX, batch)
        assert found.counts == {"accepted": ROWS}, found

    return run


def bare(url: str, numbers: Iterator[int]) -> Callable[[], None]:
    """By the driver alone."""
    rows = [(number, *values_of(number)) for number in itertools.islice(numbers, ROWS)]
    names = ", ".join(("id", *NAMES))
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, _TYPES, strict=True))

    def into_sqlite() -> None:
        with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
            raw.executemany(f"INSERT INTO bare ({names}) VALUES ({', '.join('?' * (len(NAMES) + 1))})", rows)

    def into_postgresql() -> None:
        arrays = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *_TYPES))
        with psycopg.connect(url) as connection:
            for start in range(0, ROWS, AT_ONCE):
                part = [list(column) for column in zip(*rows[start : start + AT_ONCE], strict=True)]
                connection.execute(f"INSERT INTO bare ({names}) SELECT * FROM unnest({arrays})", part)

    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
            raw.execute(f"CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, {columns})")
        return into_sqlite
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS bare (id bigint PRIMARY KEY, {columns})")
    return into_postgresql


def measured(dialect: str) -> list[tuple[Any, ...]]:
    """The rows of one database."""
    numbers = itertools.count(1)
    with new_database(dialect) as url, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime, key = prepared(url, folder)
        environment = {"TESSERA_DATABASE_URL": url, "TESSERA_DATA_DIR": name, "TESSERA_LOG_LEVEL": "warning"}
        with server("tessera.web.serve:granian_app", {**os.environ, **environment}) as port:
            ways: dict[str, Way] = {
                "import": lambda: importing(runtime, folder, numbers),
                "through the API": lambda: posting(port, key, numbers),
                "bare": lambda: bare(url, numbers),
            }
            rounds = [{way: one(make()) for way, make in ways.items()} for _ in range(ROUNDS)]
        runtime.close()
    rates = {way: statistics.median(each[way][0] for each in rounds) for way in ways}
    costs = {way: statistics.median(each[way][1] for each in rounds) for way in ways}
    return [(dialect, way, int(rates[way]), rates[way] / rates["bare"], costs[way]) for way in ways]


def one(write: Callable[[], None]) -> tuple[float, float]:
    """Rows per second, and microseconds of processor time a row."""
    before = processor_s()
    took = seconds(write)
    return ROWS / took, (processor_s() - before) / ROWS * 1_000_000


def processor_s() -> float:
    """Seconds of processor time of this process, of those that it started, and of the database's for this benchmark."""
    own = f"{os.getpid()}"
    total = 0.0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes()
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        is_ours = own in (path.name, fields[1]) or _started_by(fields[1], own)
        if is_ours or (command.startswith(b"postgres:") and b"t_bench_" in command):
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _started_by(parent: str, own: str) -> bool:
    """Whether a process's parent was started by this one: a server's worker."""
    try:
        return (Path("/proc") / parent / "stat").read_text().rpartition(")")[2].split()[1] == own
    except OSError:
        return False


def main() -> None:
    """Measure and print."""
    rows = [row for dialect in DIALECTS for row in measured(dialect)]
    print(table(("database", "way", "rows/s", "of bare", "µs of processor a row"), rows))


if __name__ == "__main__":
    main()
