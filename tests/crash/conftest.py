"""Databases for the crash tests: a program is applied once, and every test gets copies of what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from crash.copies import Copies
from crash.programs import PROGRAMS
from crash.snapshot import snapshot
from databases import Templates
from packages.retailer import imported
from packages.test_online_retail import expected, first_difference
from tessera.runtime import Runtime

Fresh = Callable[..., Runtime]


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Copies:
    """Where copies of databases with an applied program come from."""
    return Copies(tmp_path_factory.mktemp("crash"), templates, PROGRAMS)


@pytest.fixture
def fresh(copies: Copies, dialect: str) -> Iterator[Fresh]:
    """Makes runtimes on new databases with a program: `fresh("retailer")`. They are dropped after the test."""
    with ExitStack() as stack:
        yield lambda program, **settings: stack.enter_context(copies.open(program, dialect, **settings))


@pytest.fixture(scope="session")
def sample(shared_data: Path) -> Path:
    """The small sample of a real retailer's year."""
    return shared_data / "online-retail" / "sample.csv"


@pytest.fixture(scope="session")
def wanted(copies: Copies, sample: Path) -> dict[str, Any]:
    """What the sample comes to when it is imported as one file, equal to the independent reference."""
    with copies.open("retailer", "sqlite") as runtime:
        imported(runtime, sample)
        found = snapshot(runtime)
    for view in ("documents", "members", "checkpoints"):
        reference = expected(sample.parent, f"sample-{view}.csv")
        assert first_difference("\n".join(found[view]).encode(), reference.rstrip(b"\n")) == ""
    return found
