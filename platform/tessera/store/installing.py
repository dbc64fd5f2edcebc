"""Making and growing the platform's own tables."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from tessera.store.bulk import SEQUENCE_SUFFIX, quoted
from tessera.store.database import Database
from tessera.store.system import metadata
from tessera.store.tx import Tx

INSTALL_LOCK = 7_310_001
"""Key of the advisory lock under which the system tables are made, on PostgreSQL."""

_ALLOCATE = """
CREATE OR REPLACE FUNCTION tsr_allocate(sequence_name text, wanted bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  lock_key bigint := hashtextextended(sequence_name, 7310);
  first_key bigint;
BEGIN
  PERFORM pg_advisory_lock(lock_key);
  first_key := nextval(quote_ident(sequence_name)::regclass);
  IF wanted > 1 THEN
    PERFORM setval(quote_ident(sequence_name)::regclass, first_key + wanted - 1);
  END IF;
  PERFORM pg_advisory_unlock(lock_key);
  RETURN first_key;
EXCEPTION WHEN OTHERS THEN
  PERFORM pg_advisory_unlock(lock_key);
  RAISE;
END $$
"""


def install(db: Database) -> None:
    """Make the system tables that are missing and add the columns and indexes that are; safe to repeat."""
    with db.write(statement_timeout_s=0) as tx:
        if tx.dialect == "postgresql":
            tx.connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # many processes may start at once
            tx.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (INSTALL_LOCK,))
            tx.connection.exec_driver_sql(_ALLOCATE)
        there = _There(tx)
        missing = [table for table in metadata.sorted_tables if table.name not in there.columns]
        metadata.create_all(tx.connection, tables=missing, checkfirst=False)
        for table in metadata.sorted_tables:
            if table.name in there.columns:
                _grow(tx, there, table)
            is_counted = "id" in table.primary_key.columns and len(table.primary_key.columns) == 1
            if is_counted and table.name + SEQUENCE_SUFFIX not in there.sequences:
                create_sequence(tx, table.name)


class _There:
    """What there is already, asked for at once since every start of a process does so.

    columns and indexes: names by the name of the table. sequences: names.
    """

    def __init__(self, tx: Tx) -> None:
        inspector, ours = sa.inspect(tx.connection), list(metadata.tables)
        columns = inspector.get_multi_columns(filter_names=ours)
        indexes = inspector.get_multi_indexes(filter_names=ours)
        self.columns = {name: {each["name"] for each in found} for (_, name), found in columns.items()}
        self.indexes = {name: {each["name"] for each in found} for (_, name), found in indexes.items()}
        self.sequences = set(inspector.get_sequence_names()) if tx.dialect == "postgresql" else set[str]()


def create_sequence(tx: Tx, table: str) -> None:
    """Make what `Tx.allocate` counts with for a table; nothing when there is one."""
    if tx.dialect == "postgresql":
        name = quoted(tx.connection, table + SEQUENCE_SUFFIX)
        tx.connection.exec_driver_sql(f"CREATE SEQUENCE IF NOT EXISTS {name}")


def _grow(tx: Tx, there: _There, table: sa.Table) -> None:
    for column in table.columns:
        if column.name not in there.columns[table.name]:
            definition = CreateColumn(column).compile(dialect=tx.connection.dialect)
            tx.connection.exec_driver_sql(f"ALTER TABLE {quoted(tx.connection, table.name)} ADD COLUMN {definition}")
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        if index.name not in there.indexes.get(table.name, ()):
            index.create(tx.connection)
