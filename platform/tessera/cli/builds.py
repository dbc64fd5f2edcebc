"""What releases left to be done: the command for it, and what `apply` and `rollback` do of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from tessera.cli.state import State, json_option, pass_state
from tessera.engine import outstanding
from tessera.engine.outstanding import Progress, Told

COLUMNS = ("id", "release", "kind", "target", "state", "done", "total", "problems")


@click.command("builds")
@click.option("--list", "only_list", is_flag=True, help="Do nothing, show what is open.")
@json_option
@pass_state
def builds_command(state: State, *, only_list: bool) -> None:
    """Do what releases left to be built: indexes of large tables, and lives to fold again; show what is blocked."""
    left = open_builds(state) if only_list else finish(state)
    state.give([asdict(each) for each in left], lambda: show(state, left))


def open_builds(state: State) -> list[Progress]:
    """How far the builds are that are not done."""
    with state.runtime.reading(state.context()) as work:
        return outstanding.progress(work)


def finish(state: State) -> list[Progress]:
    """Do what releases left to be done, under a progress bar; the builds that something stands in the way of."""
    try:
        with progress_bar(state) as told:
            outstanding.finish(state.runtime, state.context(), told)
    except KeyboardInterrupt:
        click.echo("Stopped. Go on with: tessera builds", err=True)
        raise
    return open_builds(state)


def show(state: State, left: list[Progress]) -> None:
    """Print builds that are open."""
    rows = [
        [
            ", ".join(map(str, value)) if name == "problems" else value
            for name in COLUMNS
            for value in [getattr(each, name)]
        ]
        for each in left
    ]
    if rows:
        state.table(COLUMNS, rows)
    else:
        state.say("All built.")


@contextmanager
def progress_bar(state: State) -> Iterator[Told]:
    """What shows a bar for each part of what is done, on the error output; none when there is nothing to do."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Bars(*columns, console=Console(file=sys.stderr), disable=state.as_json)
    tasks: dict[str, int] = {}

    def told(what: str, done: int, total: int) -> None:
        if what not in tasks:
            bars.start()
            tasks[what] = bars.add_task(state.word(what), total=total)
        bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]

    try:
        yield told
    finally:
        if tasks:
            bars.stop()


COMMANDS = (builds_command,)
