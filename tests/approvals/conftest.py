"""An office: on both databases, or on SQLite alone for what does not depend on the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from approvals.kit import Office, office_with

Begin = Callable[..., Office]


@pytest.fixture
def begin(database_url: str) -> Iterator[Begin]:
    """Makes an office with documents, once a test; on both databases."""
    yield from _making(database_url)


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Begin]:
    """Makes an office with documents, once a test; on SQLite."""
    yield from _making(sqlite_url)


def _making(url: str) -> Iterator[Begin]:
    made: list[Office] = []

    def make(*documents: dict[str, Any], **limits: Any) -> Office:
        made.append(office_with(url, *documents, **limits))
        return made[-1]

    yield make
    for each in made:
        each.runtime.close()
