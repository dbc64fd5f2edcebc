"""One transaction bound to the head release: what every verb of the engine is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from tessera import faults
from tessera.context import Context
from tessera.engine.host import Host, user_of
from tessera.errors import NotFound
from tessera.meta.model import Entity, Model
from tessera.settings import Settings
from tessera.store import Tx
from tessera.store.tables import Tables

Finisher: TypeAlias = "Callable[[Work], None]"

BEFORE_FINISHERS = faults.point("work.before_finishers")
BEFORE_COMMIT = faults.point("work.before_commit")

_FINISHER_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Release:
    """A compiled release with its tables: what a transaction is bound to. Shared by all threads."""

    model: Model
    tables: Tables


class Releases(Protocol):
    """Where the head release is found."""

    def bind(self, tx: Tx) -> Release:
        """The head release, read under the shared advisory lock in the transaction's first statement."""
        ...


@dataclass(slots=True)
class Work:
    """A transaction, the context it acts in, and the release it sees.

    now: the one instant of this transaction. scratch: what the rooms of the engine keep for its length, each
    under a key of its own (`cache:…` for what repeats the database).
    is_writing: whether this transaction may change anything.
    """

    tx: Tx
    ctx: Context
    release: Release
    settings: Settings
    is_writing: bool
    now: datetime
    scratch: dict[Any, Any] = field(default_factory=dict)
    _finishers: dict[str, Finisher] = field(default_factory=dict)
    _host: Host | None = None
    _host_ctx: Context | None = None

    @property
    def model(self) -> Model:
        """The Model of the release that this transaction sees."""
        return self.release.model

    @property
    def tables(self) -> Tables:
        """The tables of that Model's entities."""
        return self.release.tables

    def entity(self, name: str) -> Entity:
        """The root entity of that name or older name. Raises: NotFound("not_found")."""
        found = self.release.model.entity(name)
        if found is None or found.parent:
            raise NotFound(what="entity")
        return found

    def host(self) -> Host:
        """What formulas may ask of this transaction: its instant, the program's zone, the actor."""
        if self._host is None or self._host_ctx is not self.ctx:
            self._host = Host(self.now, ZoneInfo(self.settings.zone), user_of(self.ctx.actor))
            self._host_ctx = self.ctx
        return self._host

    def defer(self, name: str, finisher: Finisher) -> None:
        """Run the finisher before COMMIT, in the order of first mention, once however often it is named.

        A finisher may name others, or itself again once it runs: they follow.
        """
        self._finishers.setdefault(name, finisher)

    def finish(self) -> None:
        """Run what was deferred, until nothing is. Called just before COMMIT.

        A verb that wants to answer with what the finishers bring about may call it earlier, too.
        """
        faults.reach(BEFORE_FINISHERS)
        for _ in range(_FINISHER_ROUNDS):
            if not self._finishers:
                break
            waiting, self._finishers = self._finishers, {}
            for finisher in waiting.values():
                finisher(self)
        assert not self._finishers, f"finishers call each other without end: {sorted(self._finishers)}"
        faults.reach(BEFORE_COMMIT)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A with block whose changes are undone when it raises; scratch forgets its `cache:…` then."""
        try:
            with self.tx.savepoint():
                yield
        except BaseException:
            for name in [each for each in self.scratch if isinstance(each, str) and each.startswith("cache:")]:
                del self.scratch[name]
            raise

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something outside the database when, and only when, this transaction is committed."""
        self.tx.after_commit(action)


def begin(tx: Tx, ctx: Context, releases: Releases, settings: Settings, *, is_writing: bool) -> Work:
    """Work in an open transaction, bound to the head release."""
    return Work(tx, ctx, releases.bind(tx), settings, is_writing, ctx.now())
