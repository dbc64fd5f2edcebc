"""The first page of 1,000,000 records sorted by date, for an administrator and for a role that sees one site of 50.

Milliseconds within the engine, rights and all, median of 30 pages after a warm-up, of both in turn. A view shows the
latest records first, so that order comes from an index; the other one has none. Target: a role waits at most twice as
long as an administrator.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.api.small_package import package
from tests.bench.common import DIALECTS, new_database, seconds, table

from tessera.context import SYSTEM, Actor, Context
from tessera.engine import packages, records
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install

ROWS = 1_000_000
SITES = 50
PAGES = 30
CTX = Context(actor=SYSTEM)
LABEL = {"zh": "巡视", "en": "Visits"}
VISIT: dict[str, Any] = {
    "kind": "entity", "uid": "visit", "name": "visit", "label": LABEL, "title": "title",
    "fields": [
        {"uid": "title", "name": "title", "label": LABEL, "type": "text"},
        {"uid": "site", "name": "site", "label": LABEL, "type": "reference", "to": "site"},
        {"uid": "day", "name": "day", "label": LABEL, "type": "date"},
    ],
}  # fmt: skip
ROLE: dict[str, Any] = {
    "kind": "role", "uid": "keeper", "name": "keeper", "label": LABEL,
    "grants": [{"uid": "own", "entity": "visit", "actions": ["read"], "where": "site.code = USER('site')"},
               {"uid": "sites", "entity": "site", "actions": ["read"]}],
}  # fmt: skip
LATEST: dict[str, Any] = {
    "kind": "view", "uid": "latest", "name": "latest", "label": LABEL, "entity": "visit",
    "sort": [{"uid": "day", "by": "day", "direction": "desc"}],
    "columns": [{"uid": "title", "name": "title", "value": "title"}, {"uid": "day", "name": "day", "value": "day"}],
}  # fmt: skip
KEEPER = Actor(id=7, name="keeper", roles=frozenset({"keeper"}), attributes={"site": "S7"}, is_admin=False)


def filled(url: str, folder: Path) -> Runtime:
    """A process with the records, put in by the database itself."""
    runtime = open_runtime(Settings(database_url=url, data_dir=folder))
    install(runtime.database)
    packages.apply(runtime.database, runtime.settings, CTX, [package(VISIT, ROLE, LATEST)])
    with runtime.writing(CTX) as work:
        records.bulk_create(work, "site", [{"code": f"S{n}", "title": f"Site {n}"} for n in range(1, SITES + 1)])
        entity, site = work.entity("visit"), work.entity("site")
    with runtime.database.write(statement_timeout_s=0) as tx:
        tx.allocate("visit", ROWS)
        is_sqlite = tx.dialect == "sqlite"
        numbers = "generate_series(1, :rows) AS g(n)"
        if is_sqlite:
            series = "SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < :rows"
            numbers = f"(WITH RECURSIVE g(n) AS ({series}) SELECT n FROM g)"
        at = "'2026-01-01T00:00:00.000000Z'"
        later = "n % 2000 * 7919 % 2000"
        days = f"date('2020-01-01', ({later}) || ' days')" if is_sqlite else f"date '2020-01-01' + {later}"
        ref = "hex(randomblob(16))" if is_sqlite else "gen_random_uuid()::text"
        tx.execute(
            sa.text(
                "INSERT INTO visit (id, ref, version, created_at, updated_at, title, site, day) "
                f"SELECT n, {ref}, 1, {at}, {at}, 'Visit ' || n, n % :sites + 1, {days} FROM {numbers}"
            ),
            {"rows": ROWS, "sites": SITES},
        )
        for each in (entity, site):
            tx.analyze(runtime.tables.of(each))
    return runtime


def page_ms(runtime: Runtime, sort: str) -> list[float]:
    """Milliseconds of a first page, for the administrator and for the role."""
    asked = records.ListQuery(sort=(sort,), limit=50)

    def one(actor: Actor) -> None:
        with runtime.reading(Context(actor=actor)) as work:
            assert len(records.list_page(work, "visit", asked).rows) == 50

    actors = (SYSTEM, KEEPER)
    for actor in actors:
        one(actor)
    rounds = [[seconds(lambda actor=actor: one(actor)) for actor in actors] for _ in range(PAGES)]  # type: ignore[misc]
    return [1_000 * statistics.median(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    """Measure and print."""
    rows = []
    for dialect in DIALECTS:
        with new_database(dialect) as url, tempfile.TemporaryDirectory() as folder:
            runtime = filled(url, Path(folder))
            for sort in ("-day", "day"):
                admin, role = page_ms(runtime, sort)
                rows.append((f"{dialect} {sort}", admin, role, role / admin))
            runtime.close()
    print(table(("database and sort", "administrator ms", "role ms", "ratio"), rows))


if __name__ == "__main__":
    main()
