"""Tables follow the Model, and no value is lost on the way there and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from store.building import entity, field, model
from tessera import faults
from tessera.meta.model import Index, Model, Storage
from tessera.settings import Limits
from tessera.store import Database, ddl
from tessera.store.builds import open_builds, run_builds
from tessera.store.failures import NotUnique
from tessera.store.tables import Tables

AT = datetime(2026, 3, 1, tzinfo=UTC)
TASK = entity("task", [field("title", "text", unique=True), field("hours", "decimal"), field("due_on", "date")])
OWN = ("id", "ref", "version", "created_at", "updated_at")


def _put(db: Database, to: Model, rows: list[dict[str, Any]], name: str = "task") -> None:
    found = to.entity(name)
    assert found is not None
    table = Tables(to).of(found)
    names = (*OWN, *rows[0])
    with db.write() as tx:
        ids = tx.allocate(table.name, len(rows))
        own = [(id_, f"ref-{table.name}-{id_}", 1, AT, AT) for id_ in ids]
        tx.insert_many(table, names, [(*head, *row.values()) for head, row in zip(own, rows, strict=True)])


def _read(db: Database, of: Model, *names: str, entity_name: str = "task") -> list[tuple[Any, ...]]:
    found = of.entity(entity_name)
    assert found is not None
    tables = Tables(of)
    columns = tables.columns(found)
    with db.read() as tx:
        query = sa.select(*(columns[name] for name in names)).order_by(columns["id"])
        return [tuple(row) for row in tx.execute(query)]


def _sync(db: Database, old: Model | None, new: Model, **more: Any) -> ddl.Report:
    with db.write() as tx:
        return ddl.sync(tx, old, new, **more)


ROWS = [{"title": "a", "hours": Decimal("1.50")}, {"title": "b", "hours": None}]


def test_a_second_sync_changes_nothing(db: Database) -> None:
    one = model(TASK)
    assert _sync(db, None, one).changes
    assert _sync(db, None, one).changes == []
    assert _sync(db, one, model(TASK, number=2)).changes == []


def test_a_rename_keeps_the_data_even_when_names_are_swapped(db: Database) -> None:
    one = model(TASK)
    swapped = [field("hours", "text", uid="title", unique=True), field("title", "decimal", uid="hours")]
    two = model(entity("job", [*swapped, field("due_on", "date")], uid="task"), number=2)
    _sync(db, None, one)
    _put(db, one, ROWS)
    _sync(db, one, two)
    assert _read(db, two, "hours", "title", entity_name="job") == [("a", Decimal("1.50")), ("b", None)]
    _put(db, two, [{"hours": "c", "title": Decimal("7")}], "job")
    with pytest.raises(NotUnique):
        _put(db, two, [{"hours": "a"}], "job")
    _sync(db, two, one)
    assert [row[0] for row in _read(db, one, "title")] == ["a", "b", "c"]


def test_two_tables_may_swap_their_names(db: Database) -> None:
    one = model(entity("task", [field("title", "text")]), entity("item", [field("title", "text")]))
    two = model(
        entity("item", [field("title", "text")], uid="task"), entity("task", [field("title", "text")], uid="item")
    )
    _sync(db, None, one)
    _put(db, one, [{"title": "a task"}])
    _sync(db, one, two)
    assert _read(db, two, "title", entity_name="item") == [("a task",)]
    assert _read(db, two, "title") == []
    _put(db, two, [{"title": "second"}], "item")
    assert _read(db, two, "id", entity_name="item") == [(1,), (2,)]


def test_a_removed_field_comes_back_with_its_values(db: Database) -> None:
    one = model(TASK)
    two = model(entity("task", [field("hours", "decimal")]), number=2)
    _sync(db, None, one)
    _put(db, one, ROWS)
    _sync(db, one, two)
    assert "title" not in Tables(two).columns(two.entities["t:task"])
    _sync(db, two, one)
    assert _read(db, one, "title", "hours") == [("a", Decimal("1.50")), ("b", None)]
    with pytest.raises(NotUnique):
        _put(db, one, [{"title": "a"}])


def test_a_removed_entity_comes_back_with_its_records(db: Database) -> None:
    one = model(TASK, entity("item", [field("name", "text")]))
    two = model(entity("item", [field("name", "text")]), number=2)
    _sync(db, None, one)
    _put(db, one, ROWS)
    _sync(db, one, two)
    other = model(
        entity("task", [field("name", "text")], uid="other"), entity("item", [field("name", "text")]), number=3
    )
    _sync(db, two, other)
    assert _read(db, other, "id") == []
    _sync(db, other, one)
    assert _read(db, one, "title") == [("a",), ("b",)]


def test_changing_a_type_and_back_loses_nothing(db: Database) -> None:
    one = model(TASK)
    as_text = field("hours", "text")
    number = field("title", "integer", uid="title")
    two = model(entity("task", [number, as_text, field("due_on", "date")]), number=2)
    _sync(db, None, one)
    _put(
        db,
        one,
        [{"title": "007", "hours": Decimal("1.50")}, {"title": "many", "hours": None}, {"title": "12", "hours": None}],
    )
    report = _sync(db, one, two)
    assert _read(db, two, "title", "hours") == [(7, "1.50"), (None, None), (12, None)]
    assert [(each.kind, each.ids) for each in report.obstacles] == [("cannot_convert", (2,))]
    with db.write() as tx:
        tx.update_many(Tables(two).of(two.entities["t:task"]), ["title"], [(3, 99)])
    _sync(db, two, one)
    assert _read(db, one, "title", "hours") == [("007", Decimal("1.50")), ("many", None), ("99", None)]


def test_a_decimal_may_grow_and_refuses_to_shrink_silently(db: Database) -> None:
    one = model(TASK)
    wide = model(entity("task", [field("hours", "decimal", storage=Storage("decimal", 18, 4))]), number=2)
    thin = model(entity("task", [field("hours", "decimal", storage=Storage("decimal", 18, 0))]), number=3)
    _sync(db, None, one)
    _put(db, one, [{"hours": Decimal("1.50")}, {"hours": Decimal("2.00")}])
    assert _sync(db, one, wide).obstacles == []
    assert _read(db, wide, "hours") == [(Decimal("1.5000"),), (Decimal("2.0000"),)]
    assert [each.ids for each in _sync(db, wide, thin).obstacles] == [(1,)]
    _sync(db, thin, one)
    assert _read(db, one, "hours") == [(Decimal("1.50"),), (Decimal("2.00"),)]


def test_rows_that_break_a_new_unique_rule_are_listed_and_the_rule_is_built_once_they_are_gone(db: Database) -> None:
    plain = entity("task", [field("title", "text")])
    one, two = model(plain), model(entity("task", [field("title", "text", unique=True)]), number=2)
    _sync(db, None, one)
    _put(db, one, [{"title": "a"}, {"title": "a"}, {"title": None}, {"title": None}])
    report = _sync(db, one, two)
    assert [(each.kind, each.columns, each.ids) for each in report.obstacles] == [
        ("not_unique", ("t:task.title",), (1, 2))
    ]
    assert [(each.state, each.problems) for each in run_builds(db, two)] == [("blocked", [1, 2])]
    with db.write() as tx:
        tx.update_many(Tables(two).of(two.entities["t:task"]), ["deleted_at"], [(2, AT)])
    assert run_builds(db, two) == []
    with pytest.raises(NotUnique) as caught:
        _put(db, two, [{"title": "a"}])
    found = Tables(two).unique_fields(caught.value)
    assert found is not None and found[1] == ("title",)


def test_an_index_of_a_large_table_is_built_after_the_commit(db: Database) -> None:
    one = model(entity("task", [field("title", "text")]))
    two = model(entity("task", [field("title", "text")], indexes=(Index("any", ("title",)),)), number=2)
    _sync(db, None, one)
    _put(db, one, [{"title": str(n)} for n in range(20)])
    assert _sync(db, one, two, limits=Limits(build_inline_rows=10)).changes == []
    with db.read() as tx:
        assert [build.state for build in open_builds(tx)] == ["waiting"]
    assert run_builds(db, two) == []
    with db.read() as tx:
        assert any(index["column_names"] == ["title"] for index in sa.inspect(tx.connection).get_indexes("task"))


def test_an_index_may_descend_and_puts_blanks_last_all_the_same(db: Database) -> None:
    indexes = (Index("any", ("hours", "due_on", "id"), descending=("due_on",)),)
    one = model(replace(TASK, indexes=indexes))
    _sync(db, None, one)
    assert _sync(db, None, one).changes == []
    with db.read() as tx:
        asked = "SELECT sql FROM sqlite_master" if tx.dialect == "sqlite" else "SELECT indexdef FROM pg_indexes"
        found = [str(each) for each in tx.execute(sa.text(asked)).scalars() if each and "(hours" in str(each)]
    wanted = "(hours, due_on DESC, id)" if db.dialect == "sqlite" else "(hours, due_on DESC NULLS LAST, id)"
    assert len(found) == 1 and found[0].endswith(wanted), found


def test_an_index_that_a_newer_platform_asks_for_is_made_with_the_next_release(db: Database) -> None:
    _sync(db, None, model(TASK))
    asked_for = replace(TASK, indexes=(Index("any", ("due_on", "id")),))
    same, again = model(asked_for, number=1), model(asked_for, number=2)
    assert [each.partition(" ix_")[0] for each in _sync(db, same, again).changes] == ["create index"]
    assert _sync(db, same, again).changes == []


def test_a_sync_that_fails_leaves_the_tables_alone(db: Database) -> None:
    one = model(TASK)
    _sync(db, None, one)

    def fail() -> None:
        raise RuntimeError("stop")

    with faults.armed("store.before_commit", fail), pytest.raises(RuntimeError, match="stop"):
        _sync(db, one, model(entity("job", [field("title", "text")], uid="task"), number=2))
    _put(db, one, ROWS)
    assert len(_read(db, one, "title")) == 2


def test_purge_ends_old_tombstones_only(db: Database) -> None:
    one = model(TASK, entity("item", [field("name", "text")]))
    two = model(entity("task", [field("title", "text", unique=True)]), number=2)
    _sync(db, None, one)
    _sync(db, one, two, clock=lambda: AT)
    with db.write() as tx:
        assert ddl.purge(tx, before=AT) == []
        assert len(ddl.purge(tx, before=AT + timedelta(days=1))) == 3
    _sync(db, two, one)
    assert _read(db, one, "hours") == []


def test_lines_and_links_have_tables_of_their_own(db: Database) -> None:
    line = entity("task__steps", [field("note", "text")], uid="task.steps", parent="t:task", parent_field="steps")
    top = entity("task", [field("steps", "lines", target=line.key), field("tags", "multi_reference", target="t:task")])
    one = model(top, line)
    _sync(db, None, one)
    tables = Tables(one)
    assert [column.name for column in tables.of(line).columns] == ["id", "parent_id", "place", "note"]
    link = tables.link(one.entities["t:task"].fields[1])
    assert (link.name, [column.name for column in link.columns]) == ("task__tags", ["record_id", "target_id", "place"])
    _sync(db, one, model(replace(top, fields=()), number=2))
    _sync(db, None, one)
