"""Waiting for what must come: for as long as the slowest machine may need, and not a moment longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_S = 300
"""After so long it does not come any more. No test depends on this number."""


def until(condition: Callable[[], T], what: str | Callable[[], str]) -> T:
    """What the condition gives as soon as that is true; what: for what one waits in vain, or who says so then."""
    end = time.monotonic() + LONGEST_S
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return found
