"""Transactions, keys, set-wise writes, and what the database's refusals become."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tessera import faults, store
from tessera.settings import Settings
from tessera.store import Database, Tx
from tessera.store.bulk import Same
from tessera.store.column_types import BigInt, Boolean, ExactDecimal, Instant, JsonText, LocalDate, LocalTime, Text
from tessera.store.failures import Aborted, DatabaseRefused, DoesNotFit, NotUnique

META = sa.MetaData()
THING = sa.Table(
    "thing",
    META,
    sa.Column("id", BigInt, primary_key=True, autoincrement=False),
    sa.Column("name", Text, unique=True),
    sa.Column("amount", ExactDecimal(18, 2)),
    sa.Column("whole", BigInt),
    sa.Column("at", Instant),
    sa.Column("on_day", LocalDate),
    sa.Column("at_time", LocalTime),
    sa.Column("is_it", Boolean),
    sa.Column("body", JsonText),
)
NAMES = [column.name for column in THING.columns]


@pytest.fixture
def things(db: Database) -> Database:
    """A database with the table of things."""
    with db.write() as tx:
        META.create_all(tx.connection)
        if tx.dialect == "postgresql":
            tx.execute(sa.text("CREATE SEQUENCE thing_sq"))
    return db


def _all(db: Database) -> list[tuple[Any, ...]]:
    with db.read() as tx:
        return [tuple(row) for row in tx.execute(sa.select(THING).order_by(THING.c.id))]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
AMOUNTS = st.decimals(min_value=Decimal("-9999999999999999.99"), max_value=Decimal("9999999999999999.99"), places=2)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | AMOUNTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
        st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31)),
        st.none() | st.times(),
        st.none() | st.booleans(),
        st.none() | st.dictionaries(TEXTS, TEXTS | st.integers(-9, 9) | st.none(), max_size=2),
    ),
    max_size=60,
    unique_by=lambda row: row[0] if row[0] is not None else object(),
)


def test_every_value_comes_back_exactly_by_every_way_in(things: Database) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=ROWS, way=st.sampled_from(["one", "many", "columns", "update", "upsert"]))
    def check(rows: list[tuple[Any, ...]], way: str) -> None:
        full = [(number, *row) for number, row in enumerate(rows, 1)]
        with things.write() as tx:
            tx.execute(sa.delete(THING))
            _WAYS[way](tx, full)
        assert _all(things) == full

    check()


def _one_by_one(tx: Tx, rows: list[tuple[Any, ...]]) -> None:
    for row in rows:
        tx.execute(sa.insert(THING), dict(zip(NAMES, row, strict=True)))


def _by_update(tx: Tx, rows: list[tuple[Any, ...]]) -> None:
    tx.insert_many(THING, ["id", "whole"], [(row[0], 5) for row in rows])
    assert tx.update_many(THING, NAMES[1:], rows) == len(rows)


def _by_upsert(tx: Tx, rows: list[tuple[Any, ...]]) -> None:
    tx.upsert_many(THING, ["id", "whole"], [(row[0], 5) for row in rows[::2]])
    tx.upsert_many(THING, NAMES, rows)


def _by_columns(tx: Tx, rows: list[tuple[Any, ...]]) -> None:
    columns: dict[str, Any] = dict(zip(NAMES, zip(*rows, strict=True), strict=True)) if rows else {"id": []}
    if len(set(columns.get("is_it", (None, 1)))) == 1:
        columns["is_it"] = Same(columns["is_it"][0])
    assert tx.insert_columns(THING, columns) == len(rows)


_WAYS: dict[str, Callable[[Tx, list[tuple[Any, ...]]], Any]] = {
    "one": _one_by_one,
    "many": lambda tx, rows: tx.insert_many(THING, NAMES, rows),
    "columns": _by_columns,
    "update": _by_update,
    "upsert": _by_upsert,
}

UNFIT = [
    ("amount", Decimal("1.005")),
    ("amount", Decimal("NaN")),
    ("amount", Decimal("Infinity")),
    ("amount", Decimal("1e400")),
    ("amount", Decimal("10000000000000000.00")),
    ("amount", Decimal("1.00000000000000000000000000000000000000001")),
    ("amount", 1.5),
    ("amount", "1"),
    ("whole", 2**63),
    ("whole", True),
    ("whole", Decimal("1.5")),
    ("name", "a\0b"),
    ("name", "\ud800"),
    ("name", 5),
    ("at", datetime(2026, 1, 1)),
    ("on_day", datetime(2026, 1, 1, tzinfo=UTC)),
    ("is_it", 1),
    ("body", {"x": object()}),
]


@pytest.mark.parametrize("copies", [1, 60])
def test_what_does_not_fit_is_refused_and_never_rounded(things: Database, copies: int) -> None:
    for name, value in UNFIT:
        with pytest.raises(DoesNotFit), things.write() as tx:
            tx.insert_many(THING, ["id", name], [(number, value) for number in range(copies)])
        with pytest.raises(DoesNotFit), things.write() as tx:
            tx.insert_columns(THING, {"id": range(copies), name: [value] * copies})
        with pytest.raises(DoesNotFit), things.write() as tx:
            tx.insert_columns(THING, {"id": range(copies), name: Same(value)})
        with pytest.raises(DoesNotFit), things.write() as tx:
            tx.execute(sa.insert(THING), {"id": 1, name: value})
    assert _all(things) == []


@pytest.mark.parametrize("count", [10, 700])
def test_long_columns_with_blanks_and_repetitions_come_back_exactly(things: Database, count: int) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    amounts = [Decimal("1.50"), None, Decimal("-0.01")]
    rows = []
    for number in range(1, count + 1):
        name = None if number % 3 else f"{number}\\\"{{,}}\t\n'"
        rows.append((number, name, amounts[number % 3], None, noon, date(2026, 1, 1), None, number % 2 == 0, None))
    for way in ("many", "columns", "update", "upsert"):
        with things.write() as tx:
            tx.execute(sa.delete(THING))
            _WAYS[way](tx, rows)
        assert _all(things) == rows


def test_records_are_found_by_any_text_number_or_day(things: Database) -> None:
    texts = ["a", '"', "\\", "{}", "NULL", "null", "a,b", "会员", "x' OR 1 = 1 --", " ", "\t\n"]
    rows = [(n, text, Decimal(n) / 4, n, None, date(2026, 1, n), None, None, None) for n, text in enumerate(texts, 1)]
    with things.write() as tx:
        tx.insert_many(THING, NAMES, rows)
        for names in (("name",), ("amount",), ("on_day",), ("name", "whole"), ("whole", "on_day", "amount")):
            keys = [tuple(row[NAMES.index(name)] for name in names) for row in rows]
            found = tx.find_keys(THING, names, [*keys[::2], keys[0]])
            assert sorted(found) == [(row[0], *key) for row, key in zip(rows[::2], keys[::2], strict=True)], names
        with pytest.raises(DoesNotFit):
            tx.find_keys(THING, ("name",), [("\ud800",)])


def test_keys_are_given_out_once_by_eight_threads(things: Database) -> None:
    given_out: list[int] = []

    def work() -> None:
        for size in (1, 3, 1, 7):
            with things.write() as tx:
                given_out.extend(tx.allocate("thing", size))

    _in_threads(work, 8)
    assert len(given_out) == len(set(given_out)) == 96


def _in_threads(work: Callable[[], None], count: int) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_eight_threads_lose_no_update(things: Database) -> None:
    with things.write() as tx:
        tx.insert_many(THING, ["id", "whole"], [(1, 0)])

    def add_one(tx: Tx) -> None:
        tx.lock_rows(THING, [1])
        whole = tx.scalar(sa.select(THING.c.whole).where(THING.c.id == 1))
        tx.update_many(THING, ["whole"], [(1, whole + 1)])

    _in_threads(lambda: [things.run(add_one) for _ in range(10)] and None, 8)
    assert _all(things)[0][3] == 80


def test_a_deadlock_is_tried_again_until_both_are_done(things: Database) -> None:
    with things.write() as tx:
        tx.insert_many(THING, ["id", "whole"], [(1, 0), (2, 0)])
    both = threading.Barrier(2, timeout=120)
    first = {1: True, 2: True}

    def cross(one: int, other: int) -> None:
        def work(tx: Tx) -> None:
            tx.execute(sa.update(THING).where(THING.c.id == one).values(whole=THING.c.whole + 1))
            if tx.dialect == "postgresql" and first.pop(one, False):
                both.wait()
            tx.execute(sa.update(THING).where(THING.c.id == other).values(whole=THING.c.whole + 1))

        things.run(work)

    pairs = iter([(1, 2), (2, 1)])
    _in_threads(lambda: cross(*next(pairs)), 2)
    assert [row[3] for row in _all(things)] == [2, 2]


def test_a_savepoint_undoes_its_part_and_its_callbacks(things: Database) -> None:
    said: list[str] = []
    with things.write() as tx:
        tx.after_commit(lambda: said.append("kept"))
        with pytest.raises(NotUnique), tx.savepoint():
            tx.after_commit(lambda: said.append("undone"))
            tx.insert_many(THING, ["id", "name"], [(1, "a"), (2, "a")])
        tx.insert_many(THING, ["id", "name"], [(3, "a")])
        assert said == []
    assert said == ["kept"]
    assert [row[0] for row in _all(things)] == [3]


def test_an_exception_undoes_everything(things: Database) -> None:
    with pytest.raises(KeyError), things.write() as tx:
        tx.insert_many(THING, ["id"], [(number,) for number in range(100)])
        raise KeyError("x")
    assert _all(things) == []


@contextmanager
def _stopping(point: str) -> Iterator[None]:
    def stop() -> None:
        raise InterruptedError(point)

    with faults.armed(point, stop), pytest.raises(InterruptedError):
        yield


def test_before_the_commit_nothing_stays_and_after_it_everything_does(things: Database) -> None:
    said: list[str] = []
    with _stopping("store.before_commit"), things.write() as tx:
        tx.insert_many(THING, ["id"], [(1,)])
    assert _all(things) == []
    with _stopping("store.after_commit"), things.write() as tx:
        tx.after_commit(lambda: said.append("rung"))
        tx.insert_many(THING, ["id"], [(2,)])
    assert [row[0] for row in _all(things)] == [2]
    assert said == []


_KILLED = """
import sys
from tessera.settings import Settings
from tessera.store import open_database
from tessera.store.system.base import counter
import sqlalchemy as sa
db = open_database(Settings(database_url=sys.argv[1]))
for n in range(3):
    with db.write() as tx:
        tx.execute(sa.insert(counter), {"name": f"k{n}", "last": n})
"""


@pytest.mark.parametrize(("point", "left"), [("store.before_commit:2", 1), ("store.after_commit:2", 2)])
def test_a_kill_at_the_commit_leaves_whole_transactions(db: Database, database_url: str, point: str, left: int) -> None:
    platform = Path(store.__file__).parent.parent.parent
    environment = {**os.environ, "TESSERA_FAULT": point, "PYTHONPATH": str(platform)}
    done = subprocess.run([sys.executable, "-c", _KILLED, database_url], env=environment, check=False)
    assert done.returncode == -9
    with db.read() as tx:
        rows = tx.scalar(sa.text("SELECT count(*) FROM tsr_counter WHERE name LIKE 'k%'"))
    assert rows == left


def test_a_child_process_after_a_fork_has_connections_of_its_own(things: Database) -> None:
    with things.read() as tx:
        tx.scalar(sa.text("SELECT 1"))
    child = os.fork()
    if child == 0:
        with things.write() as tx:
            tx.insert_many(THING, ["id"], [(9,)])
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert [row[0] for row in _all(things)] == [9]


def test_waiting_too_long_for_a_lock_is_a_collision(postgres_url: str) -> None:
    database = store.open_database(Settings(database_url=postgres_url))
    with database.write() as tx:
        META.create_all(tx.connection)
    with database.write() as one, database.write() as two:
        two.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        one.execute(sa.insert(THING), {"id": 1, "name": "a"})
        with pytest.raises(Aborted), two.savepoint():
            two.execute(sa.insert(THING), {"id": 2, "name": "a"})
    database.close()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "oracle://h", "nonsense"])
def test_other_databases_are_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(DatabaseRefused) as caught:
        store.open_database(Settings(database_url=url))
    assert "secret" not in str(caught.value.problems())


def test_tables_that_change_type_do_not_upset_prepared_statements(things: Database) -> None:
    query = sa.select(THING.c.name)
    for _ in range(8):
        with things.read() as tx:
            tx.rows(query)
    with things.write() as tx:
        tx.execute(sa.text("ALTER TABLE thing RENAME COLUMN name TO old"))
        tx.execute(sa.text("ALTER TABLE thing ADD COLUMN name bigint"))
        tx.forget_statements()
        tx.rows(query)
    with things.read() as tx:
        tx.rows(query)
