"""Named fault points: places where a test may stop or kill the process.

`reach("ledger.posted")` costs a look-up in an empty dict when nothing is armed.
A child process is armed through the environment: `TESSERA_FAULT=ledger.posted:3` kills it with SIGKILL
when the point is reached for the third time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_armed: dict[str, Callable[[], None]] = {}
_known: set[str] = set()


def point(name: str) -> str:
    """Declare a fault point, so that tests can list them all; returns its name."""
    _known.add(name)
    return name


def known() -> frozenset[str]:
    """Every declared fault point of the modules loaded so far."""
    return frozenset(_known)


def reach(name: str) -> None:
    """Run what a test has armed at this point; nothing otherwise."""
    if _armed:
        action = _armed.get(name)
        if action is not None:
            action()


@contextmanager
def armed(name: str, action: Callable[[], None]) -> Iterator[None]:
    """Run the action whenever the point is reached within the with block."""
    _armed[name] = action
    try:
        yield
    finally:
        _armed.pop(name, None)


def _kill_at(count: int) -> Callable[[], None]:
    left = count

    def action() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return action


def arm_from_environment() -> None:
    """Arm the point named by TESSERA_FAULT (`name` or `name:nth`) to kill this process."""
    wish = os.environ.get("TESSERA_FAULT", "")
    if wish:
        name, _, nth = wish.partition(":")
        _armed[name] = _kill_at(int(nth or "1"))


arm_from_environment()
