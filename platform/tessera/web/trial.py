"""Running the scenarios of packages that are not applied: in an embedded database of their own, removed afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tessera.context import SYSTEM, Context
from tessera.engine import packages as verbs
from tessera.engine.scenarios import Outcome, run_all
from tessera.meta import Package
from tessera.runtime import open_runtime
from tessera.settings import Settings

MOST = 200


def outcomes_of(settings: Settings, packages: Sequence[Package], wanted: frozenset[str]) -> list[Outcome]:
    """What came of the scenarios of these keys (of all, when none is named), 200 at most."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        place = Path(folder)
        own = replace(settings, redis_url="", database_url=f"sqlite:///{place / 'trial.db'}", data_dir=place)
        runtime = open_runtime(own)
        try:
            verbs.apply(runtime.database, own, Context(actor=SYSTEM), packages, consent=True)
            with runtime.database.read() as tx:
                release = runtime.releases.bind(tx)
            chosen = [
                each.key for each in release.model.all("document")
                if each.kind == "scenario" and (not wanted or each.key in wanted)
            ]  # fmt: skip
            asked = frozenset(chosen[:MOST])
            return list(run_all(runtime.database, own, release, lambda document: document.key in asked))
        finally:
            runtime.close()
