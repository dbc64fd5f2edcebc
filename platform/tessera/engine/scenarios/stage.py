"""Where a scenario plays: a transaction that is rolled back, a clock that is set, and records by alias."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from tessera.context import SYSTEM, Actor, Context, frozen_clock
from tessera.engine.flows.rehearsing import Rehearsal
from tessera.engine.identity.credentials import actor_of
from tessera.engine.timeline.releases import HEAD_ONLY
from tessera.engine.work import Release, Work
from tessera.errors import Json, TesseraError
from tessera.settings import Settings
from tessera.store import Tx
from tessera.store.system import access

T = TypeVar("T")
EMPTY: Mapping[str, Json] = MappingProxyType({})

DAWN = datetime(2026, 1, 1, tzinfo=UTC)
"""What the clock shows when a scenario does not say."""


class UnknownAlias(TesseraError):
    """No record is called "{name}" here."""

    code = "unknown_alias"
    hint = 'Name the record with "as" where it is given or created.'


@dataclass(frozen=True, slots=True)
class Cast:
    """A record that later steps speak of: its entity and primary key. Of a user the entity is ""."""

    entity: str
    id: int


@dataclass
class Stage:
    """One scenario while it runs, and the process that its imports run in: all is one transaction.

    files: of its package, by path. cast: records by alias. workers: what its flows run in.
    through_at: schedules are dealt with up to here, None before workers began.
    """

    tx: Tx
    release: Release
    settings: Settings
    files: Mapping[str, bytes]
    cast: dict[str, Cast] = field(default_factory=dict)
    workers: Rehearsal = field(init=False)
    through_at: datetime | None = None

    def __post_init__(self) -> None:
        self.workers = Rehearsal(self.tx, self.release, self.settings, DAWN, scratch={HEAD_ONLY: True})

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return self.workers.now

    @contextmanager
    def reading(self, ctx: Context) -> Iterator[Work]:
        """Work that only reads, as a Runtime gives it."""
        yield self._begun(ctx, ctx.now(), is_writing=False)

    def write(self, ctx: Context, action: Callable[[Work], T]) -> T:
        """What the action gives, as a Runtime gives it; nothing is repeated, since nobody else is there."""
        work = self._begun(ctx, ctx.now())
        result = action(work)
        work.finish()
        return result

    def context(self, role: str = "", attributes: Mapping[str, Json] = EMPTY, who: str = "") -> Context:
        """Who acts at the present instant: somebody with a role and attributes, a user by alias, or the system."""
        actor = SYSTEM if not role else Actor(0, f"scenario:{role}", frozenset({role}), attributes)
        if who:
            row = access.user_by_id(self.tx, self.called(who).id)
            assert row is not None, "the check of scenarios lets only users be named"
            actor = actor_of(row)
        return Context(
            actor=actor, clock=frozen_clock(self.now), request_id=self.workers.causes[0], reason="scenario",
            language=self.settings.language,
        )  # fmt: skip

    @contextmanager
    def work(self, acting: Mapping[str, Json] = EMPTY) -> Iterator[Work]:
        """A piece of work at the present instant; its finishers run at the end.

        acting: `by`, the role under which it is done, and `user`, attributes; or `who`, a user; empty for the system.
        """
        context = self.context(acting.get("by", ""), acting.get("user", EMPTY), acting.get("who", ""))
        work = self._begun(context, self.now)
        yield work
        work.finish()

    def _begun(self, ctx: Context, now: datetime, *, is_writing: bool = True) -> Work:
        """Work in which the rules that are tested decide everything, also what happened before they were released."""
        return Work(self.tx, ctx, self.release, self.settings, is_writing, now, {HEAD_ONLY: True})

    def set_clock(self, text: str | None) -> None:
        """Let the clock show an instant; nothing for None."""
        if text:
            self.workers.now = datetime.fromisoformat(text).astimezone(UTC)

    def called(self, name: str) -> Cast:
        """The record of that alias. Raises: UnknownAlias("unknown_alias")."""
        found = self.cast.get(name)
        if found is None:
            raise UnknownAlias(name=name)
        return found

    def ids(self, names: Iterable[str]) -> list[int]:
        """Primary keys of the records of these aliases. Raises: UnknownAlias("unknown_alias")."""
        return [self.called(name).id for name in names]

    def values(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """The values with primary keys in the places of aliases."""
        return {name: self._value(each) for name, each in values.items()}

    def _value(self, value: Json) -> Json:
        if isinstance(value, str) and value.startswith("@"):
            return value[1:] if value.startswith("@@") else self.called(value[1:]).id
        if isinstance(value, list):
            return [self._value(each) for each in value]
        return self.values(value) if isinstance(value, Mapping) else value
