"""Counts the statements that reach a database's driver."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

_ASKED = frozenset({"execute", "executemany", "copy"})


@dataclass
class Count:
    """How many there were."""

    statements: int = 0


@contextmanager
def counted() -> Iterator[Count]:
    """The statements of this thread during the with block; one for many rows counts once."""
    count = Count()

    def note(frame: FrameType, event: str, what: Any) -> None:
        if event == "c_call" and what.__name__ in _ASKED:
            owner = getattr(what, "__self__", None)
            count.statements += isinstance(owner, sqlite3.Connection | sqlite3.Cursor)
        elif event == "call" and frame.f_code.co_name in _ASKED:
            count.statements += frame.f_code.co_filename.endswith("psycopg/cursor.py")

    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(None)
