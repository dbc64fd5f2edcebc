"""What workers do again and again: a registry to which every room adds its part.

A worker, and the thread of an embedded server, runs all chores in the order of their ranks, and begins anew as long as
one of them did something. So a chore does a bounded amount of work at a time, never waits for anything, and is safe
with any number of workers at once: it claims what it does by UPDATE … RETURNING or FOR UPDATE SKIP LOCKED on
PostgreSQL and in a writing transaction (BEGIN IMMEDIATE) on SQLite. A chore looks like this:

    def deliver(process: Process, ctx: Context, limit: int) -> int:
        '''Deliver up to `limit` messages; how many there were.'''
        …

    CHORES.add("messages.deliver", Chore("messages.deliver", deliver, rank=40))

A chore that finds nothing must find that out with one cheap statement: it is asked four times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tessera.context import Context
from tessera.engine.process import Process
from tessera.registry import Registry

Doing: TypeAlias = Callable[[Process, Context, int], int]


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is always to be done. run: does up to so many things, and says how many it did.

    rank: chores with a lower one come first (dispatching events 10, running runs 20, schedules 30, messages 40 …).
    every_s: seconds to leave between two runs that found nothing, for what need not be looked for all the time.
    """

    name: str
    run: Doing
    rank: int = 50
    every_s: float = 0.0


CHORES: Registry[Chore] = Registry("chore")
"""Every chore by name."""


def in_order() -> list[Chore]:
    """Every chore, in the order in which workers run them."""
    return sorted((chore for _, chore in CHORES.items()), key=lambda each: (each.rank, each.name))
