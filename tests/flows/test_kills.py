"""Workers that are killed lose no run, double no effect, leave none stuck and keep the order of each key."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from engine.conftest import opened
from flows.probe import probing
from flows.rig import PROGRAM, Rig
from tessera.settings import Limits


def seed_of_storm() -> int:
    """From TESSERA_SEED, else by chance."""
    return int(os.environ.get("TESSERA_SEED") or random.SystemRandom().randrange(10**9))


def storm(database_url: str, folder: Path, kills: int) -> None:
    """A storm, the calm after it, and the look at what is left."""
    seed = seed_of_storm()
    print(f"\nto see the same again: TESSERA_SEED={seed}")
    with probing(folder / "calls.txt") as probe:
        runtime = opened(database_url, *PROGRAM)
        try:
            limits = replace(Limits(), flow_lease_s=1, flow_deaths=0)
            runtime.settings = replace(runtime.settings, limits=limits)
            rig = Rig(runtime, probe, seed)
            rig.prepare()
            rig.storm(kills)
            rig.calm()
            found = list(rig.problems())
            calls = len(probe.lines())
            with runtime.database.read() as tx:
                runs = tx.connection.exec_driver_sql("SELECT count(*) FROM tsr_run").scalar()
            print(f"{rig.kills} kills, {runs} runs, {calls - len({key for key, _ in probe.lines()})} calls repeated")
            assert found == [], f"seed {seed}"
            assert runs > 0, f"seed {seed}: the storm made nothing"
        finally:
            runtime.close()


@pytest.mark.full
def test_hundreds_of_kills_lose_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    storm(database_url, tmp_path, 260)


@pytest.mark.long
def test_ten_thousand_kills_lose_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    storm(database_url, tmp_path, 10_000)
