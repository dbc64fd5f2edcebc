"""What the engine needs of the process that it runs in, for work of many transactions; a Runtime is one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from tessera.context import Context
from tessera.engine.work import Work
from tessera.settings import Settings

T = TypeVar("T")


class Process(Protocol):
    """The transactions of a wired process."""

    settings: Settings

    def reading(self, ctx: Context) -> AbstractContextManager[Work]:
        """A transaction that only reads."""
        ...

    def write(self, ctx: Context, action: Callable[[Work], T]) -> T:
        """What the action gives, in a transaction that is repeated as a whole when it must be."""
        ...
