"""The command `test`: run the scenarios of packages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from tessera.cli.packages import read
from tessera.cli.state import State, json_option, pass_state
from tessera.engine import packages as verbs
from tessera.engine.scenarios import Outcome, run_all
from tessera.meta import Package
from tessera.meta.documents import Document
from tessera.runtime import Runtime, open_runtime


@click.command("test")
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--only", metavar="NAME", help="Only the scenario of that name.")
@json_option
@pass_state
def test_command(state: State, folders: tuple[Path, ...], only: str | None) -> None:
    """Run the scenarios of packages and show what went otherwise than expected.

    With folders they run in a database of their own; without, those of the head release run in a transaction that is
    rolled back.
    """
    if folders:
        with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
            outcomes = in_new_database(state, read(folders), Path(folder), only)
    else:
        outcomes = run(state.runtime, None, only)
    state.give([each.to_json() for each in outcomes], lambda: show(state, outcomes))
    if not outcomes or not all(each.passed for each in outcomes):
        raise click.exceptions.Exit(1)


def in_new_database(state: State, packages: Sequence[Package], folder: Path, only: str | None) -> list[Outcome]:
    """Apply the packages to an embedded database in the folder and run their scenarios."""
    settings = replace(state.settings, database_url=f"sqlite:///{folder / 'test.db'}", data_dir=folder)
    runtime = open_runtime(settings)
    try:
        verbs.apply(runtime.database, settings, state.context(), packages, consent=True)
        return run(runtime, {each.name for each in packages}, only)
    finally:
        runtime.close()


def run(runtime: Runtime, packages: set[str] | None, only: str | None) -> list[Outcome]:
    """Run the scenarios of these packages (None: of all) in the runtime's database."""
    with runtime.database.read() as tx:
        release = runtime.releases.bind(tx)

    def wanted(document: Document) -> bool:
        return (packages is None or document.package in packages) and only in (None, document.name)

    return list(run_all(runtime.database, runtime.settings, release, wanted))


def show(state: State, outcomes: Sequence[Outcome]) -> None:
    """One line a scenario, with its differences below."""
    for each in outcomes:
        state.say(f"{'passed' if each.passed else 'FAILED'}  {each.package}/{each.name}")
        for failure in each.failures:
            state.say(f"    {failure}")
    failed = sum(not each.passed for each in outcomes)
    state.say(f"{len(outcomes) - failed} of {len(outcomes)} scenarios passed." if outcomes else "There is no scenario.")


COMMANDS = (test_command,)
