"""A runtime with flows on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flows.kit import Works, works_with
from flows.postgres_kit import Cluster, own_cluster


@pytest.fixture
def begin(database_url: str) -> Iterator[Callable[..., Works]]:
    """Makes a runtime with documents, once a test."""
    made: list[Works] = []

    def make(*documents: dict[str, Any], **limits: Any) -> Works:
        made.append(works_with(database_url, *documents, **limits))
        return made[-1]

    yield make
    for each in made:
        each.runtime.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this process' own, which tests may stop: they begin it again."""
    with own_cluster() as found:
        yield found
