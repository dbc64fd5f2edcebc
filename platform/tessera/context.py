"""Who does something, when and why: handed to every verb of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from tessera.names import new_ref


def utc_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """A user or program that acts.

    id: primary key of the user, 0 for the system. name: sign-in name. roles: role names.
    attributes: values that row conditions may read, such as the user's store.
    """

    id: int
    name: str
    roles: frozenset[str] = frozenset()
    attributes: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    is_admin: bool = False


SYSTEM = Actor(id=0, name="system", is_admin=True)


@dataclass(frozen=True, slots=True)
class Context:
    """Who, when and why.

    clock: gives the present instant (UTC); tests freeze it. request_id: goes into audit, logs and answers.
    reason: free text for the audit. language: "zh" or "en". zone: IANA name for the actor's display only.
    """

    actor: Actor = SYSTEM
    clock: Callable[[], datetime] = utc_now
    request_id: str = field(default_factory=new_ref)
    reason: str = ""
    language: str = "zh"
    zone: str = "UTC"

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.clock()

    def acting_as(self, actor: Actor) -> Context:
        """The same context with another actor."""
        return replace(self, actor=actor)


def frozen_clock(instant: datetime) -> Callable[[], datetime]:
    """A clock that stands still, for tests and replays."""
    return lambda: instant
