"""Opening a database, and its transactions."""

from __future__ import annotations

import os
import random
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from tessera import faults
from tessera.settings import Settings
from tessera.store.failures import Aborted, DatabaseRefused, mapped
from tessera.store.sql_functions import SQLITE_FUNCTIONS
from tessera.store.tx import Tx

T = TypeVar("T")

BEFORE_COMMIT = faults.point("store.before_commit")
AFTER_COMMIT = faults.point("store.after_commit")

Role = Literal["web", "worker", "job"]

STATEMENT_TIMEOUT_S: dict[Role, int] = {"web": 5, "worker": 60, "job": 0}
"""How long one statement may run on PostgreSQL; 0 is without limit."""

IDLE_S = 1.0
"""After so long a connection of PostgreSQL is asked whether it still lives before it is used."""

LOCK_TIMEOUT_S = 2
"""How long one statement may wait for a lock on PostgreSQL. That is less than any of STATEMENT_TIMEOUT_S, so that
waiting in vain is a collision, which is tried again, and not a statement that is too slow."""

PAUSE_S = 2.0
"""The longest pause after a collision, give or take a half."""

_NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ncpfs"})
_WRITE = {"tessera_write": True}


class Database:
    """One database and its pool of connections. dialect is "sqlite" or "postgresql"."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect: str = engine.dialect.name
        self._writer = engine.execution_options(**_WRITE)
        self._statements_age = 0
        if self.dialect == "postgresql":
            sa.event.listen(engine, "checkin", _note_use)
            sa.event.listen(engine, "checkout", self._check_connection)
        _OPEN.add(self)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads; on SQLite it never waits for writers."""
        with _errors_mapped(), self.engine.connect() as connection, _rolled_back(connection):
            yield Tx(connection, self.forget_statements)

    @contextmanager
    def write(self, *, statement_timeout_s: int | None = None) -> Iterator[Tx]:
        """A transaction that writes: committed at the end of the with block, undone by an exception.

        statement_timeout_s: another limit for its statements on PostgreSQL; 0 is none.
        """
        with _errors_mapped(), self._writer.connect() as connection:
            tx = Tx(connection, self.forget_statements)
            with _rolled_back(connection):
                if statement_timeout_s is not None and self.dialect == "postgresql":
                    limit = f"SET LOCAL statement_timeout = {int(statement_timeout_s) * 1000}"
                    tx.at_first(lambda: connection.exec_driver_sql(limit))
                yield tx
                faults.reach(BEFORE_COMMIT)
                connection.commit()
        faults.reach(AFTER_COMMIT)
        tx.run_after_commit()

    def run(self, function: Callable[[Tx], T], *, retries: int = 5, statement_timeout_s: int | None = None) -> T:
        """What the function gives within a writing transaction, which is repeated when it collides with others.

        statement_timeout_s: as for `write`.
        """
        for attempt in range(retries):
            begun = time.monotonic()
            try:
                with self.write(statement_timeout_s=statement_timeout_s) as tx:
                    return function(tx)
            except Aborted:
                time.sleep(_pause_s(attempt, time.monotonic() - begun))
        with self.write(statement_timeout_s=statement_timeout_s) as tx:
            return function(tx)

    def forget_statements(self) -> None:
        """Have every connection drop its prepared statements before its next use (after a change of tables)."""
        self._statements_age += 1

    def _check_connection(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Ask a connection that was idle whether it still lives, and have it drop statements over older tables."""
        info = record.info
        if "used_at" not in info:
            info["statements_age"] = self._statements_age
            return
        age = info.setdefault("statements_age", self._statements_age)
        is_idle = time.monotonic() - info["used_at"] > IDLE_S
        if not is_idle and age == self._statements_age:
            return
        try:
            connection.execute("SELECT 1" if age == self._statements_age else "DEALLOCATE ALL")
            connection.rollback()
        except psycopg.OperationalError as error:
            raise sa.exc.InvalidatePoolError() from error
        info["statements_age"] = self._statements_age

    def after_fork(self) -> None:
        """Leave the parent's connections alone and begin with new ones."""
        self.engine.dispose(close=False)


def _pause_s(attempt: int, took_s: float) -> float:
    """How long to wait after a collision: so long that what it was with is likely to be done, not just as far on."""
    return random.uniform(0.5, 1.5) * max(0.02 * (1 << attempt), min(took_s, PAUSE_S))


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()


def _after_fork() -> None:
    for database in list(_OPEN):
        database.after_fork()


os.register_at_fork(after_in_child=_after_fork)


def open_database(settings: Settings, *, role: Role = "web") -> Database:
    """The database that the settings name; the file of an embedded one is made when it is missing.

    role: what this process is, which sets how long a statement may run.
    Raises: DatabaseRefused("database_refused").
    """
    try:
        url = make_url(settings.database_url)
    except sa.exc.ArgumentError as error:
        raise DatabaseRefused(url="?", hint="Use sqlite:///path or postgresql://host/name.") from error
    backend = url.get_backend_name()
    if backend == "sqlite":
        return Database(_sqlite_engine(url, settings.threads))
    if backend in {"postgresql", "postgres"}:
        return Database(_postgresql_engine(url, settings.threads, STATEMENT_TIMEOUT_S[role]))
    safe = url.render_as_string(hide_password=True)
    raise DatabaseRefused(url=safe, hint="Use SQLite or PostgreSQL: other databases cannot undo a change of tables.")


@contextmanager
def _errors_mapped() -> Iterator[None]:
    try:
        yield
    except (sa.exc.StatementError, sa.exc.TimeoutError, psycopg.Error) as error:
        known = mapped(error)
        if known is error:
            raise
        raise known from error


@contextmanager
def _rolled_back(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection) -> None:
    """Undo, and let go of the lock of `Tx.allocate` should it have been cut off while it held it."""
    if connection.invalidated:
        return
    try:
        connection.rollback()
        if connection.dialect.name == "postgresql" and connection.get_execution_options().get("tessera_write"):
            connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            connection.rollback()
    except sa.exc.DBAPIError:
        connection.invalidate()


def _sqlite_engine(url: URL, threads: int) -> Engine:
    if not url.database or url.database == ":memory:" or url.query:
        hint = "Name a file, such as sqlite:///var/tessera.db."
        raise DatabaseRefused(url=url.render_as_string(), hint=hint)
    path = Path(url.database).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    if _filesystem_of(path.parent) in _NETWORK_FILESYSTEMS:
        hint = "An embedded database must lie on a disk of this machine; use PostgreSQL instead."
        raise DatabaseRefused(url=url.render_as_string(), hint=hint)
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite", database=str(path)),
        connect_args={"isolation_level": None, "timeout": 10, "check_same_thread": False, "cached_statements": 512},
        poolclass=sa.QueuePool,
        pool_size=max(threads, 4),
        max_overflow=8,
        pool_timeout=10,
        query_cache_size=2000,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "busy_timeout = 10000",
        "foreign_keys = ON",
        "cache_size = -16384",
        "mmap_size = 268435456",
        "temp_store = MEMORY",
        "journal_size_limit = 67108864",
    ):
        connection.execute(f"PRAGMA {setting}").close()
    for name, function in SQLITE_FUNCTIONS.items():
        connection.create_function(name, -1, function)


def _begin_sqlite(connection: Connection) -> None:
    is_write = connection.get_execution_options().get("tessera_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _filesystem_of(folder: Path) -> str:
    """The type of the file system that holds a folder, "" when it is not known."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best = ("", "")
    for line in lines:
        _, mount, kind, *_ = line.split(" ")
        if folder.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def _postgresql_engine(url: URL, threads: int, statement_timeout_s: int) -> Engine:
    options = {
        "statement_timeout": statement_timeout_s * 1000,
        "lock_timeout": LOCK_TIMEOUT_S * 1000,
        "idle_in_transaction_session_timeout": 60000,
        "client_connection_check_interval": 5000,
        # So that the server, too, lets go of the locks of a client whose line is dead.
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 30000,
        "timezone": "UTC",
        "default_transaction_isolation": "read\\ committed",
    }
    arguments = {
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30000,
        "application_name": "tessera",
    }
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=arguments,
        pool_size=max(threads, 4),
        max_overflow=8,
        pool_timeout=10,
        pool_use_lifo=True,
        query_cache_size=2000,
    )
