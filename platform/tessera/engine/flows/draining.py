"""Doing the chores again and again: what a worker, and the thread of an embedded server, is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tessera.context import SYSTEM, Context
from tessera.engine.flows.chores import Chore, in_order
from tessera.engine.process import Process
from tessera.errors import Unavailable

_LOG = logging.getLogger("tessera.flows")

PORTION = 200
"""How much one call asks of each chore."""

BUSY_S = 0.25
"""Without a doorbell: how long to wait after something was done."""

IDLE_S = 2.0
"""Without a doorbell: how long to wait when there has been nothing to do for a while."""


@dataclass
class Drain:
    """Does the chores of a process. context: of each round; tests give a clock of their own."""

    process: Process
    context: Callable[[], Context] = lambda: Context(actor=SYSTEM)
    _rested_at: dict[str, float] = field(default_factory=dict)

    def once(self, limit: int = PORTION) -> int:
        """Every chore once, in order; how many things were done. A chore that fails is told of and left for later."""
        return sum(self._do(chore, limit) for chore in in_order())

    def _do(self, chore: Chore, limit: int) -> int:
        now = time.monotonic()
        if chore.every_s and now - self._rested_at.get(chore.name, -chore.every_s) < chore.every_s:
            return 0
        try:
            count = chore.run(self.process, self.context(), limit)
        except Unavailable as error:
            _LOG.warning("%s: %s", chore.name, error.message)
            return 0
        except Exception as error:  # the edge of the worker: what fails here must not keep the other chores from work
            _LOG.error("the chore %s failed", chore.name, exc_info=error)
            return 0
        if not count:
            self._rested_at[chore.name] = now
        return count

    def all(self, limit: int = PORTION, *, rounds: int = 10_000) -> int:
        """Every chore until there is nothing left to do now; how many things were done."""
        total = 0
        for _ in range(rounds):
            count = self.once(limit)
            total += count
            if not count:
                break
        return total

    def rest(self) -> None:
        """Forget when chores last found nothing, so that the next round asks all of them."""
        self._rested_at.clear()
