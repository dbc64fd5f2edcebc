"""What the formulas of a row may ask of their surroundings: the register of keys and the count of equal rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

EMPTY: Mapping[str, Any] = {}
JOINED_KEYS = 200_000


@dataclass
class RowHost:
    """Answers for the formulas of one batch.

    known: which of the given keys are in the register of completed batches. joined: per join, key → record (or
    None), filled before the rows of a chunk are worked on. now: the instant at which the batch was started.
    """

    zone: ZoneInfo
    now: datetime
    known: Callable[[Iterable[str]], set[str]] = field(default=lambda keys: set())
    user: Mapping[str, Any] = field(default_factory=dict)
    joined: dict[str, dict[Any, Any]] = field(default_factory=dict)
    _register: dict[str, bool] = field(default_factory=dict)
    _counts: dict[bytes, int] = field(default_factory=dict)
    _answers: dict[bytes, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day on which the batch was started, in its zone."""
        return self.now.astimezone(self.zone).date()

    def next_row(self) -> None:
        """Begin another row: equal calls of NTH within one row have one answer."""
        self._answers.clear()

    def prefetch(self, keys: Iterable[str]) -> None:
        """Look the keys up in the register in one go."""
        if len(self._register) > JOINED_KEYS:
            self._register.clear()
        asked = [key for key in keys if key not in self._register]
        if asked:
            found = self.known(asked)
            self._register.update((key, key in found) for key in asked)

    def call(self, name: str, *args: Any) -> Any:
        """The answer to a function that needs the batch."""
        if name == "IN_EARLIER_BATCH":
            return self._in_earlier_batch(*args)
        if name == "NTH":
            return self._nth(args)
        raise LookupError(name)

    def _in_earlier_batch(self, key: Any) -> bool:
        if key is None:
            return False
        text = str(key)
        if text not in self._register:
            self.prefetch([text])
        return self._register[text]

    def _nth(self, args: tuple[Any, ...]) -> int:
        digest = hashlib.blake2b(repr(args).encode("utf-8", "surrogatepass"), digest_size=12).digest()
        if digest not in self._answers:
            self._counts[digest] = self._answers[digest] = self._counts.get(digest, 0) + 1
        return self._answers[digest]
