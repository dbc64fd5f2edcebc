"""The one composition root: settings in, a wired process out."""

from __future__ import annotations

import gc
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from tessera import plugin
from tessera.context import Context
from tessera.engine import flows as _flows  # noqa: F401, its hook says which flows an event begins
from tessera.engine import incoming as _incoming  # noqa: F401, its chore forgets old events
from tessera.engine import outstanding as _outstanding  # noqa: F401, its chores do what releases left
from tessera.engine import timeline as _timeline  # noqa: F401, its hook settles lives
from tessera.engine.derived import releases as _releases  # noqa: F401, its hook fills rollups
from tessera.engine.flows import told as _told  # noqa: F401, its part of a dry run's report
from tessera.engine.packages.stored import load_model
from tessera.engine.timeline import columns as _columns  # noqa: F401, its columns stand for balances
from tessera.engine.timeline import history as _history  # noqa: F401, its hooks fold what releases alter
from tessera.engine.work import Release, Releases, Work, begin
from tessera.meta.model import Model
from tessera.settings import Settings
from tessera.store import Database, Tx, install, open_database
from tessera.store.database import Role
from tessera.store.system import catalog
from tessera.store.tables import Tables

T = TypeVar("T")

_KEPT_RELEASES = 8
_COLLECT_EVERY = (50_000, 20, 100)
"""How many containers may be made before Python looks for circles among them, and how often it looks further back.

A bulk write makes some hundred thousand that are all in use: at Python's own 700 a quarter of its time goes there.
"""


@dataclass
class HeadReleases:
    """Releases of a database by number, compiled once per process and kept while they are in use."""

    load: Callable[[Tx, int], Model]
    _kept: dict[int, Release] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bind(self, tx: Tx) -> Release:
        """The head release as this transaction sees it."""
        number = catalog.enter(tx)
        return self._kept.get(number) or self._loaded(tx, number)

    def _loaded(self, tx: Tx, number: int) -> Release:
        with self._lock:
            found = self._kept.get(number)
            if found is None:
                model = self.load(tx, number)
                found = Release(model, Tables(model))
                self._kept[number] = found
                for old in sorted(self._kept)[:-_KEPT_RELEASES]:
                    del self._kept[old]
            return found


@dataclass
class Runtime:
    """A wired process: its database, its settings, and transactions bound to the head release."""

    settings: Settings
    database: Database
    releases: Releases

    @contextmanager
    def reading(self, ctx: Context) -> Iterator[Work]:
        """A transaction that only reads."""
        with self.database.read() as tx:
            yield begin(tx, ctx, self.releases, self.settings, is_writing=False)

    @contextmanager
    def writing(self, ctx: Context) -> Iterator[Work]:
        """A transaction that writes: finishers run at the end of the block, then COMMIT."""
        with self.database.write() as tx:
            work = begin(tx, ctx, self.releases, self.settings, is_writing=True)
            yield work
            work.finish()

    def write(self, ctx: Context, action: Callable[[Work], T]) -> T:
        """What the action gives, in a transaction that is repeated as a whole after a deadlock or a busy database."""

        def attempt(tx: Tx) -> T:
            work = begin(tx, ctx, self.releases, self.settings, is_writing=True)
            result = action(work)
            work.finish()
            return result

        return self.database.run(attempt)

    def model(self) -> Model:
        """The Model of the head release."""
        with self.database.read() as tx:
            return self.releases.bind(tx).model

    @property
    def tables(self) -> Tables:
        """The tables of the head release."""
        with self.database.read() as tx:
            return self.releases.bind(tx).tables

    def close(self) -> None:
        """Give the database's connections back."""
        self.database.close()


def open_runtime(settings: Settings, *, role: Role = "web") -> Runtime:
    """The process that these settings describe; system tables that are missing are made.

    role: what this process is, which sets how long one statement may run.
    Raises: DatabaseRefused("database_refused"), PluginFailed("plugin_failed").
    """
    plugin.installed()
    gc.set_threshold(*_COLLECT_EVERY)
    if not settings.secret_key:
        settings = replace(settings, secret_key=_kept_secret(settings.data_dir))
    database = open_database(settings, role=role)
    install(database)
    return Runtime(settings, database, HeadReleases(load_model))


def _kept_secret(folder: Path) -> str:
    """The secret of this host, made at first use; hosts that share a database are given one in their settings."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret_key"
    if not path.exists():
        fresh = folder / f"secret_key.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        # A link is made once: of processes that start together, all read what the first one made.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text(encoding="ascii")
