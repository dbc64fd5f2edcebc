"""Databases of tests: fresh ones, and copies of ones that were filled once.

On PostgreSQL making and dropping a database takes a second of waiting for the disk. So a database that a test gives
back is cleaned, which takes a few milliseconds, and lent to the next test that wants one of the same kind.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from snapshots import Snapshot, cleaned, taken
from tessera.engine.packages.stored import load_model
from tessera.engine.work import Release
from tessera.meta.model import Model
from tessera.runtime import HeadReleases, Runtime, open_runtime
from tessera.settings import Settings
from tessera.store import install, open_database
from tessera.store.tables import Tables

Fill = Callable[[str], None]

PREFIX = "t_tessera_"
_RUNS = 7310
"""First key of the advisory locks by which a run of tests shows that it lives; the second is its number."""


def url_of(server: str, name: str) -> str:
    """URL of another database of the same server."""
    known = conninfo_to_dict(server)
    host, port = known.get("host"), known.get("port")
    user = f"{known['user']}:{known['password']}@" if known.get("password") else f"{known.get('user', '')}@"
    place = f"{host}:{port}" if host and port else (host or "")
    return f"postgresql://{user if user != '@' else ''}{place}/{name}"


def nothing(_url: str) -> None:
    """Leaves a database without any table."""


def system_tables(url: str) -> None:
    """Makes the platform's own tables."""
    database = open_database(Settings(database_url=url))
    install(database)
    database.close()


class Server:
    """A PostgreSQL server that lends databases to the tests of one process.

    Their names begin with `t_tessera_` and the number of this run. They are dropped at the end; those of a run that did
    not come to its end are dropped by the next one.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._run = secrets.randbelow(10**9)
        self._admin = psycopg.connect(url, autocommit=True)
        self._admin.execute("SELECT pg_advisory_lock(%s, %s)", (_RUNS, self._run))
        self._count = 0
        self._idle: dict[str, list[str]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._templates: dict[str, str] = {}
        self._sweep()

    def close(self) -> None:
        """Drop every database of this run."""
        for name in self._names(f"{PREFIX}{self._run}_"):
            self._drop(name)
        self._admin.close()

    @contextmanager
    def lend(self, kind: str, fill: Fill) -> Iterator[str]:
        """URL of a database as it is after the fill, which runs as seldom as can be; dropped or cleaned at the end."""
        idle = self._idle.setdefault(kind, [])
        name = idle.pop() if idle else self._made(kind, fill)
        try:
            yield url_of(self.url, name)
        finally:
            if self._is_clean(name, self._snapshots[kind]):
                idle.append(name)
            else:
                self._drop(name)

    def _made(self, kind: str, fill: Fill) -> str:
        """The name of a new database of that kind: the first is filled, later ones are copied from a second."""
        if kind not in self._snapshots:
            name = self._filled(fill)
            with psycopg.connect(url_of(self.url, name)) as connection:
                self._snapshots[kind] = taken(connection)
            return name
        if kind not in self._templates:
            self._templates[kind] = self._filled(fill)
        return self._create(self._templates[kind])

    def _filled(self, fill: Fill) -> str:
        name = self._create("template0")
        try:
            fill(url_of(self.url, name))
        except BaseException:
            self._drop(name)
            raise
        return name

    def _create(self, template: str) -> str:
        self._count += 1
        name = f"{PREFIX}{self._run}_{self._count}"
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        self._admin.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        # What these tests kill is clients, never the server: a commit need not wait for its disk.
        self._admin.execute(sql.SQL("ALTER DATABASE {name} SET synchronous_commit = off").format(**names))
        return name

    def _is_clean(self, name: str, snapshot: Snapshot) -> bool:
        try:
            with psycopg.connect(url_of(self.url, name), options="-c lock_timeout=10s") as connection:
                return cleaned(connection, snapshot)
        except psycopg.Error:
            return False

    def _drop(self, name: str) -> None:
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _names(self, prefix: str) -> list[str]:
        found = self._admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix,))
        return [str(name) for (name,) in found.fetchall()]

    def _sweep(self) -> None:
        """Drop what runs have left behind that were ended from outside."""
        for name in self._names(PREFIX):
            found = re.fullmatch(r"([0-9]{1,9})_[0-9]+", name.removeprefix(PREFIX))
            if found is None or int(found[1]) == self._run:
                continue
            key = (_RUNS, int(found[1]))
            (is_over,) = self._admin.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone() or (False,)
            if is_over:
                with suppress(psycopg.Error):  # another run may be at it as well
                    self._drop(name)
                self._admin.execute("SELECT pg_advisory_unlock(%s, %s)", key)


class Templates:
    """Databases that were filled once and are copied for each test. server: None without PostgreSQL."""

    def __init__(self, server: Server | None, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._models: dict[tuple[str, str], Model] = {}

    @contextmanager
    def copy(self, dialect: str, name: str, fill: Fill, folder: Path) -> Iterator[str]:
        """URL of a copy of the database of that name; fill is given the URL of an empty one, as seldom as can be."""
        if dialect == "sqlite":
            target = folder / "test.db"
            shutil.copyfile(self._sqlite(name, fill), target)
            yield f"sqlite:///{target}"
        else:
            assert self._server is not None
            with self._server.lend(name, fill) as url:
                yield url

    @contextmanager
    def open(self, dialect: str, name: str, fill: Fill, settings: Settings) -> Iterator[Runtime]:
        """A process on such a copy, in `settings.data_dir`. The release that it begins with is compiled only once.

        What is applied later stays its own: release 2 of one copy is not release 2 of another. The process is a job, so
        that nothing is cut off for being slow.
        """
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with self.copy(dialect, name, fill, settings.data_dir) as url:
            own = replace(settings, database_url=url)
            if (dialect, name) not in self._models:
                with closing(open_runtime(own)) as first:
                    self._models[dialect, name] = first.model()
            # What a process keeps with a model is of its own database.
            model = replace(self._models[dialect, name], cache={})
            releases = HeadReleases(load_model, {model.number: Release(model, Tables(model))})
            runtime = Runtime(own, open_database(own, role="job"), releases)
            try:
                yield runtime
            finally:
                runtime.close()

    def _sqlite(self, name: str, fill: Fill) -> Path:
        path = self._folder / f"{name}.db"
        if not path.exists():
            fill(f"sqlite:///{path}")
        return path
