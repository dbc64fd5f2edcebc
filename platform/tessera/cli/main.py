"""The command group, its common options, and how errors become exit codes.

Exit codes: 0 it is done; 1 it was refused or a check found something; 2 the command line is wrong.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from tessera import __version__
from tessera.cli import access, books, builds, data, flows, outside, packages, scenarios, schedules, server, views
from tessera.cli.state import State
from tessera.errors import TesseraError
from tessera.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", metavar="URL", help="Use this database instead of TESSERA_DATABASE_URL.")
@click.version_option(__version__, prog_name="tessera")
@click.pass_context
def cli(context: click.Context, database: str | None) -> None:
    """Tessera: business applications as JSON metadata."""
    settings = Settings.from_environment()
    context.obj = State(replace(settings, database_url=database) if database else settings)
    context.call_on_close(context.obj.close)


for _room in (server, packages, builds, scenarios, data, views, access, books, outside, flows, schedules):
    for _command in _room.COMMANDS:
        cli.add_command(_command)


def main() -> None:
    """Run the command that the arguments name, and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of the command that the arguments name."""
    context: click.Context | None = None
    state: State | None = None
    try:
        context = cli.make_context("tessera", list(arguments))
        with context:
            cli.invoke(context)
    except TesseraError as error:
        state = context.obj if context is not None and isinstance(context.obj, State) else None
        (state or State(Settings())).fail(error)
        return 1
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0
