"""Hashes over rows, by which a changed row is found."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def text_of(value: Any) -> str:
    """A value as it goes into a hash; instants to the microsecond, nothing for None."""
    if isinstance(value, datetime):
        return str((value - _EPOCH) // _MICROSECOND)
    return "" if value is None else str(value)


def seal(values: Iterable[Any]) -> str:
    """A hash over the values of a row."""
    return blake2b("|".join(map(text_of, values)).encode(), digest_size=12).hexdigest()
