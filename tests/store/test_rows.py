"""Records are found by key and changed only when nobody else has changed them."""

from __future__ import annotations

from store.test_query import World, world
from tessera.store.rows import ids_by_keys, update_if_version

__all__ = ["world"]


def test_records_are_found_by_one_or_several_values(world: World) -> None:
    entity = world.model.entities["t:ticket"]
    keys = [(t["title"], t["hours"]) for t in world.tickets if t["title"] is not None and t["hours"] is not None]
    with world.db.read() as tx:
        found = ids_by_keys(tx, world.tables, entity, ["title", "hours"], [*keys, ("none", keys[0][1])])
        ranks = ids_by_keys(tx, world.tables, entity, ["rank"], [(3,), (99,)])
    assert set(found) == set(keys)
    by_id = {t["id"]: (t["title"], t["hours"]) for t in world.tickets}
    assert all(by_id[id_] == key for key, id_ in found.items())
    assert list(ranks) == [(3,)]


def test_a_stale_version_changes_nothing(world: World) -> None:
    table = world.tables.of(world.model.entities["t:ticket"])
    with world.db.write() as tx:
        assert update_if_version(tx, table, ["code"], [(1, 1, "x"), (2, 7, "y"), (999, 1, "z")]) == [2, 999]
        assert update_if_version(tx, table, ["code"], [(1, 1, "again"), (2, 1, "y")]) == [1]
    rows = world.page(world.query(limit=2)).rows
    assert [(row["code"], row["version"]) for row in rows] == [("x", 2), ("y", 2)]
