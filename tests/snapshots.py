"""What a PostgreSQL database holds, and how one that was used comes to hold just that again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_GONE_WITHIN_S = 20
_OBJECTS = """
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
       c.relname FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                   AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
UNION ALL SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'TYPE', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
"""
_SHAPE = """
SELECT md5(coalesce(string_agg(line, chr(10) ORDER BY line COLLATE "C"), '')) FROM (
  SELECT concat_ws(' ', c.relname, c.relkind, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                   pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL SELECT pg_get_indexdef(i.indexrelid) || i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
   WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc
   WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
) AS lines
"""
_NEEDS = """
SELECT c.relname, t.relname FROM pg_class c LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f'
  LEFT JOIN pg_class t ON t.oid = f.confrelid AND t.oid <> c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
_SEQUENCES = "SELECT schemaname || '.' || quote_ident(sequencename), last_value, start_value FROM pg_sequences"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """objects: kind and name of each. shape: a hash of columns, indexes, constraints and functions.

    tables: all, those that others refer to first. rows: of those that are not empty, as COPY writes them.
    sequences: the last value of each, None when it has given none.
    """

    objects: frozenset[tuple[str, str]]
    shape: str
    tables: tuple[str, ...]
    rows: dict[str, bytes]
    sequences: dict[str, tuple[int | None, int]]


def taken(connection: psycopg.Connection[Any]) -> Snapshot:
    """What the database holds now."""
    needs: dict[str, set[str]] = {}
    for table, needed in connection.execute(_NEEDS):
        needs.setdefault(table, set()).update([needed] if needed else [])
    tables = tuple(TopologicalSorter(needs).static_order())
    rows = {name: _copied(connection, name) for name in _filled(connection, tables)}
    return Snapshot(_objects(connection), _shape(connection), tables, rows, _sequences(connection))


def cleaned(connection: psycopg.Connection[Any], snapshot: Snapshot) -> bool:
    """Make the database hold what the snapshot does; whether that could be done. Whoever else uses it is sent away."""
    if not _is_alone(connection):
        return False
    for kind, name in sorted(_objects(connection) - snapshot.objects):
        label = sql.SQL(name) if kind == "FUNCTION" else sql.Identifier(name)
        connection.execute(sql.SQL("DROP {} IF EXISTS {} CASCADE").format(sql.SQL(kind), label))
    if _objects(connection) != snapshot.objects or _shape(connection) != snapshot.shape:
        return False
    if used := _filled(connection, snapshot.tables):
        names = sql.SQL(", ").join(map(sql.Identifier, used))
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        empty = set(snapshot.tables) - set(_filled(connection, snapshot.tables))
        for name in snapshot.tables:
            if name in empty and name in snapshot.rows:
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(snapshot.rows[name])
    _set_sequences(connection, snapshot)
    return True


def _is_alone(connection: psycopg.Connection[Any]) -> bool:
    """End every other process of this database and wait until they are gone; killed clients leave some for a while."""
    deadline = time.monotonic() + _GONE_WITHIN_S
    while connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}").fetchall():
        connection.commit()  # else the view of the others stays as it was
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _objects(connection: psycopg.Connection[Any]) -> frozenset[tuple[str, str]]:
    return frozenset((kind, name) for kind, name in connection.execute(_OBJECTS))


def _shape(connection: psycopg.Connection[Any]) -> str:
    return "".join(text for (text,) in connection.execute(_SHAPE))


def _filled(connection: psycopg.Connection[Any], tables: tuple[str, ...]) -> list[str]:
    """Those of the tables that have rows."""
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
    parts = [one.format(sql.Literal(name), sql.Identifier(name)) for name in tables]
    return [name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(parts))] if parts else []


def _copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(part) for part in copy)


def _sequences(connection: psycopg.Connection[Any]) -> dict[str, tuple[int | None, int]]:
    return {name: (last, start) for name, last, start in connection.execute(_SEQUENCES)}


def _set_sequences(connection: psycopg.Connection[Any], snapshot: Snapshot) -> None:
    now = _sequences(connection)
    moved = {name: state for name, state in snapshot.sequences.items() if now[name] != state}
    if moved:
        one = sql.SQL("setval({}::regclass, {}, {})")
        states = [(name, start if last is None else last, last is not None) for name, (last, start) in moved.items()]
        parts = [one.format(*map(sql.Literal, state)) for state in states]
        connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(parts))
