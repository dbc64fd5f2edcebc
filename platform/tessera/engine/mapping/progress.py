"""How an import tells of its progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a phase is. phase: reading, writing or settling. total: 0 when it is not known.

    per_second: rows since the phase began in this process. remaining_s: None when it cannot be told.
    """

    phase: str
    done: int
    total: int
    per_second: int
    remaining_s: int | None


Listener: TypeAlias = "Callable[[Progress], None]"


def deaf(progress: Progress) -> None:
    """Listens to nothing."""


@dataclass
class Meter:
    """Measures one phase and tells a listener."""

    phase: str
    total: int
    listener: Listener
    began_at: float = field(default_factory=time.monotonic)
    first: int | None = None

    def tell(self, done: int) -> None:
        """Say that so much of the phase is done."""
        if self.first is None:
            self.first = done
            return
        passed = time.monotonic() - self.began_at
        per_second = int((done - self.first) / passed) if passed > 0 else 0
        left = (max(self.total - done, 0) // per_second) if per_second and self.total else None
        self.listener(Progress(self.phase, done, self.total, per_second, left))

    def end(self) -> None:
        """Say that the phase is done, headings and skipped lines included."""
        if self.total:
            self.tell(self.total)
