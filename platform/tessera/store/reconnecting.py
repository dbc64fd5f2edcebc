"""What becomes of connections to PostgreSQL: one that was lost before anything was done on it stands for another one,
and one whose tables have changed drops what it has prepared."""

from __future__ import annotations

from itertools import count

from psycopg.pq import TransactionStatus
from sqlalchemy.engine import Connection

_DROPPED = count()


def is_untouched(connection: Connection) -> bool:
    """Whether nothing at all was sent in the connection's transaction."""
    if not connection.in_transaction():
        return True
    if connection.invalidated:
        return False
    raw = connection.connection.driver_connection
    return raw is not None and bool(raw.info.transaction_status == TransactionStatus.IDLE)


def reconnect(connection: Connection) -> None:
    """Have the connection stand for a new one, in no transaction."""
    connection.invalidate()
    connection.rollback()
    connection.connection  # noqa: B018, asking for it makes it


def drop_prepared(connection: Connection) -> None:
    """Drop the connection's prepared statements, within its transaction."""
    # The driver looks at what a statement did only when it has not seen the same text before.
    connection.exec_driver_sql(f"DEALLOCATE ALL /* {next(_DROPPED)} */")
