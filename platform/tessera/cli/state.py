"""What every command is handed: the settings, the wired process, and how results are shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import click
import orjson
from rich.console import Console
from rich.table import Table

from tessera.cli.words import word
from tessera.context import SYSTEM, Context
from tessera.errors import Json, Problem, TesseraError
from tessera.runtime import Runtime, open_runtime
from tessera.settings import Settings
from tessera.store.column_types import json_text

_NUMBER = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?\Z")

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class State:
    """One run of the command line. as_json: results and errors are one JSON value on the standard output."""

    settings: Settings
    as_json: bool = False
    console: Console = field(default_factory=lambda: _console())
    _runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """The wired process, made at the first use."""
        if self._runtime is None:
            self._runtime = open_runtime(self.settings, role="job")
        return self._runtime

    def close(self) -> None:
        """Give back what was opened."""
        if self._runtime is not None:
            self._runtime.close()

    def context(self, reason: str = "") -> Context:
        """Who acts on the command line: the system, with the reason that was given."""
        return Context(actor=SYSTEM, reason=reason, language=self.settings.language, zone=self.settings.zone)

    def word(self, key: str, /, **parameters: object) -> str:
        """A text of `words` in the language of the settings."""
        return word(self.settings.language, key, **parameters)

    def say(self, text: str) -> None:
        """Show a sentence to people; nothing in JSON."""
        if not self.as_json:
            self.console.print(text, markup=False, soft_wrap=True)

    def give(self, value: Json, show: Callable[[], None] | None = None) -> None:
        """Show a result: as JSON when that is asked for, else by the function, else as indented JSON."""
        if self.as_json or show is None:
            text = json_text(value)
            click.echo(text if self.as_json else orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode())
        else:
            show()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
        """Show rows under headings; numbers stand to the right."""
        every = [[_cell(each) for each in row] for row in rows]
        shown = Table(title=title or None, title_justify="left")
        for index, heading in enumerate(columns):
            cells = [row[index] for row in every if row[index]]
            is_number = bool(cells) and all(_NUMBER.match(cell) for cell in cells)
            shown.add_column(heading, justify="right" if is_number else "left")
        for row in every:
            shown.add_row(*row)
        self.console.print(shown)

    def fail(self, error: TesseraError) -> None:
        """Show what went wrong, each problem with its place and what to do."""
        problems = error.problems()
        if self.as_json:
            body = {"code": error.code, "message": error.message, "problems": [each.to_json() for each in problems]}
            click.echo(json_text(body))
            return
        click.echo(f"error: {error.code}: {len(problems)} problem{'s' * (len(problems) != 1)}", err=True)
        for each in problems:
            click.echo(problem_text(each), err=True)


def _console() -> Console:
    """A console that does not cut what goes into a file or another program."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=200)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "" if value is None else str(value)


def problem_text(problem: Problem) -> str:
    """One problem in two lines: where and what, then what to do."""
    place = f"{problem.pointer}: " if problem.pointer else ""
    hint = f"\n    {problem.hint}" if problem.hint else ""
    return f"  {place}{problem.message} ({problem.code}){hint}"


pass_state = click.make_pass_decorator(State)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(State).as_json = True


def json_option(command: Command) -> Command:
    """The option --json."""
    option = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_set_json, help="Give the result as JSON."
    )
    return option(command)


def is_interactive() -> bool:
    """Whether a person can answer questions here."""
    return sys.stdin.isatty() and sys.stdout.isatty()
