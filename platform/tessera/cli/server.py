"""Commands of the process: init, serve, purge, openapi."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import orjson

from tessera.cli.access import every_user
from tessera.cli.state import State, json_option, pass_state
from tessera.engine import files, identity
from tessera.errors import Json
from tessera.store import ddl
from tessera.web import handlers, openapi
from tessera.web import serve as web


@click.command("init")
@click.option("--admin", metavar="NAME", help="Also add an administrator of that name, unless there is such a user.")
@click.option("--password", envvar="TESSERA_PASSWORD", help="Asked for when it is left out.")
@json_option
@pass_state
def init_command(state: State, admin: str | None, password: str | None) -> None:
    """Make the system tables that are missing; nothing is lost when they are there."""
    database = state.runtime.database
    if admin and not exists(state, admin):
        secret = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
        body: dict[str, Json] = {"name": admin, "password": secret, "is_admin": True}
        database.run(lambda tx: identity.create_user(tx, state.context(), body))
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[database.dialect]
    state.give({"dialect": database.dialect, "admin": admin}, lambda: state.say(state.word("ready", name=name)))


def exists(state: State, name: str) -> bool:
    """Whether there is a user of that name."""
    with state.runtime.database.read() as tx:
        return any(user["name"] == name for user in every_user(state, tx))


@click.command("serve")
@click.option("--host", help="Address to listen on; left out: TESSERA_HOST.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; left out: TESSERA_PORT.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; left out: TESSERA_WORKERS.")
@pass_state
def serve_command(state: State, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API with its documentation page until Ctrl+C."""
    known = state.settings
    port = known.port if port is None else port
    settings = replace(known, host=host or known.host, port=port, workers=workers or known.workers)
    state.close()
    click.echo(f"http://{settings.host}:{settings.port}/api/docs", err=True)
    web.serve(settings)


@click.command("purge")
@click.option("--days", type=click.IntRange(0), default=30, show_default=True, help="What was removed before.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_state
def purge_command(state: State, days: int, *, yes: bool) -> None:
    """Drop for good the columns and tables of removed fields and entities, and uploads that no record took.

    The values of those fields are lost. Uploads wait for a day.
    """
    if not yes:
        click.confirm(f"Drop everything that was removed more than {days} days ago, for good?", abort=True)
    before = state.context().now() - timedelta(days=days)
    dropped = state.runtime.database.run(lambda tx: ddl.purge(tx, before=before))
    gone = files.collect(state.runtime, state.context())
    dropped += [f"{gone.files} uploads that no record took"] if gone.files else []
    dropped += [f"{gone.contents} contents of uploads cut off"] if gone.contents else []
    state.give(dropped, lambda: state.say("\n".join(dropped) or "Nothing waits to be dropped."))


@click.command("openapi")
@click.option("--to", "target", type=click.Path(path_type=Path), help="A file; left out: the standard output.")
@pass_state
def openapi_command(state: State, target: Path | None) -> None:
    """Write the OpenAPI 3.1 document of the head release."""
    handlers.routes()
    with state.runtime.reading(state.context()) as work:
        text = orjson.dumps(openapi.document(work), option=orjson.OPT_INDENT_2).decode() + "\n"
    if target is None:
        click.echo(text, nl=False)
    else:
        target.write_text(text, "utf-8")


COMMANDS = (init_command, serve_command, purge_command, openapi_command)
