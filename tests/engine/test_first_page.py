"""The first page of a large table comes from an index: for everybody, and for roles that see a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tessera.context import SYSTEM, Actor, Context
from tessera.engine import records
from tessera.runtime import Runtime
from tessera.store.system.physical import index_table

from .conftest import field, label, opened

ROWS = 12_000
SITES = 40
SITE = {
    "kind": "entity", "uid": "site", "name": "site", "label": label("site"), "business_key": ["code"],
    "fields": [field("code", required=True, max_length=20)],
}  # fmt: skip
VISIT = {
    "kind": "entity", "uid": "visit", "name": "visit", "label": label("visit"),
    "fields": [field("site", "reference", to="site"), field("day", "date"), field("grade", "integer")],
}  # fmt: skip
LATEST = {
    "kind": "view", "uid": "latest", "name": "latest", "label": label("latest"), "entity": "visit",
    "sort": [{"uid": "day", "by": "day", "direction": "desc"}],
    "columns": [{"uid": "grade", "name": "grade", "value": "grade"}],
}  # fmt: skip
BEST = {**LATEST, "uid": "best", "name": "best", "label": label("best"), "filter": "grade = 7"}
KEEPER = {
    "kind": "role", "uid": "keeper", "name": "keeper", "label": label("keeper"),
    "grants": [{"uid": "own", "entity": "visit", "actions": ["read"], "where": "site.code = USER('site')"},
               {"uid": "sites", "entity": "site", "actions": ["read"]}],
}  # fmt: skip


@pytest.fixture
def visits(database_url: str) -> Iterator[Runtime]:
    """Many visits of a few sites, one in fifty without a day."""
    runtime = opened(database_url, SITE, VISIT, LATEST, BEST, KEEPER)
    days = "CASE WHEN n % 50 > 0 THEN date('2020-01-01', (n * 7919 % 900) || ' days') END"
    source = f"(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {ROWS}) SELECT n FROM g)"
    if database_url.startswith("postgresql"):
        days = "CASE WHEN n % 50 > 0 THEN date '2020-01-01' + n * 7919 % 900 END"
        source = f"generate_series(1, {ROWS}) AS g(n)"
    with runtime.writing(Context()) as work:
        records.bulk_create(work, "site", [{"code": f"S{n}"} for n in range(1, SITES + 1)])
        sites = work.tx.scalar(sa.text("SELECT min(id) FROM site"))
        at = "'2026-01-01T00:00:00.000000Z'"
        work.tx.execute(sa.text(
            "INSERT INTO visit (id, ref, version, created_at, updated_at, site, day, grade) "
            f"SELECT n, 'r' || n, 1, {at}, {at}, {sites} + n % {SITES}, {days}, n % 10 FROM {source}"
        ))  # fmt: skip
        for name in ("visit", "site"):
            work.tx.analyze(work.tables.of(work.entity(name)))
    yield runtime
    runtime.close()


def keeper(site: Any) -> Context:
    """A keeper of that site."""
    return Context(actor=Actor(7, "keeper", frozenset({"keeper"}), {"site": site}))


def _page_and_plan(
    runtime: Runtime, ctx: Context, asked: records.ListQuery
) -> tuple[list[dict[str, Any]], str, dict[str, str]]:
    """The rows, how the database goes about finding them, and the columns of the indexes by their names."""
    with runtime.reading(ctx) as work:
        before = set(work.tables.statements)
        rows = records.list_page(work, "visit", asked).rows
        (statement,) = [
            kept for key, kept in work.tables.statements.items() if key not in before and key[1][0] == "page"
        ]
        plan = "\n".join(statement.plan(work.tx, {"q_offset": 0}))
        own = {each.key: each.name for each in work.entity("visit").fields}
        indexes = {
            row["name"]: ",".join(own.get(key, key) for key in row["columns"])
            for row in work.tx.rows(sa.select(index_table))
        }
    return rows, plan, {name: columns for name, columns in indexes.items() if name in plan}


def test_the_latest_records_come_from_the_index_of_the_view(visits: Runtime) -> None:
    asked = records.ListQuery(sort=("-day",), limit=20)
    rows, plan, used = _page_and_plan(visits, Context(actor=SYSTEM), asked)
    assert list(used.values()) == ["day,id"], plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan
    assert [row["day"] for row in rows] == sorted((row["day"] for row in rows), reverse=True)
    filtered = records.ListQuery(filter="grade = 7", sort=("-day",), limit=20)
    _, plan, used = _page_and_plan(visits, Context(actor=SYSTEM), filtered)
    assert list(used.values()) == ["grade,day,id"], plan


def test_the_latest_records_of_a_role_come_from_an_index_too(visits: Runtime) -> None:
    asked = records.ListQuery(sort=("-day",), limit=20)
    rows, plan, used = _page_and_plan(visits, keeper("S3"), asked)
    assert "site,day,id" in used.values(), plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan
    with visits.reading(Context()) as work:
        same = records.ListQuery(filter="site.code = 'S3'", sort=("-day",), limit=20)
        wanted = records.list_page(work, "visit", same)
    assert [row["id"] for row in rows] == [row["id"] for row in wanted.rows]


@pytest.mark.parametrize("site", ["S3", "S999", None, ""])
@pytest.mark.parametrize("sort", [("-day",), ("day",), ("grade", "-day"), ()])
def test_a_role_sees_the_same_records_in_any_order(visits: Runtime, site: Any, sort: tuple[str, ...]) -> None:
    """Page after page, whatever the user's attribute is, visits without a site among them."""
    with visits.writing(Context()) as work:
        work.tx.execute(sa.text("UPDATE visit SET site = NULL WHERE id % 1000 = 0"))
        found = work.tx.rows(sa.text("SELECT v.id, s.code FROM visit v LEFT JOIN site s ON s.id = v.site"))
    wanted = {row["id"] for row in found if row["code"] == (site or None)}
    seen: list[int] = []
    cursor = ""
    with visits.reading(keeper(site)) as work:
        while True:
            asked = records.ListQuery(sort=sort, limit=200, cursor=cursor)
            page = records.list_page(work, "visit", asked)
            seen += [row["id"] for row in page.rows]
            cursor = page.next
            if not cursor:
                break
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


def test_a_key_that_is_not_kept_unique_finds_the_records_of_all_who_have_it(visits: Runtime) -> None:
    with visits.writing(Context()) as work:
        (name,) = work.tx.execute(
            sa.select(index_table.c.name).where(index_table.c.is_unique, index_table.c.columns.like("%site.code%"))
        ).scalars()
        work.tx.execute(sa.text(f'DROP INDEX "{name}"'))
        work.tx.execute(sa.delete(index_table).where(index_table.c.name == name))
        work.tx.execute(sa.text("UPDATE site SET code = 'S3' WHERE code = 'S4'"))
    with visits.reading(keeper("S3")) as work:
        assert records.count(work, "visit") == 2 * ROWS // SITES
        found = {row["site"] for row in records.list_page(work, "visit", records.ListQuery(limit=200)).rows}
    assert len(found) == 2
