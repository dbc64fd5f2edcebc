"""The packages of this repository pass their own scenarios."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from packages.building import apply, fresh_runtime
from tessera.cli.main import run
from tessera.engine.scenarios import run_all
from tessera.meta import load_folder

METADATA = Path(__file__).resolve().parents[2] / "metadata"


def test_the_scenarios_of_the_packages_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["test", "--json", *(str(METADATA / name) for name in ("retail", "loyalty"))])
    outcomes = json.loads(capsys.readouterr().out)
    assert [each for each in outcomes if not each["passed"]] == []
    assert code == 0 and {each["package"] for each in outcomes} == {"retail", "loyalty"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_they_pass_on_postgresql_too(database_url: str) -> None:
    runtime = fresh_runtime(database_url)
    apply(runtime, *(load_folder(METADATA / name) for name in ("retail", "loyalty")))
    with runtime.database.read() as tx:
        release = runtime.releases.bind(tx)
    outcomes = list(run_all(runtime.database, runtime.settings, release, lambda document: True))
    runtime.close()
    assert [each for each in outcomes if not each.passed] == [] and len(outcomes) > 30
