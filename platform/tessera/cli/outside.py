"""Commands about the outside: secrets that calls show, hooks that take events, and deliveries that went wrong."""

from __future__ import annotations

import os
import sys

import click

from tessera.cli.state import State, json_option, pass_state
from tessera.engine import incoming, messages, vault
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.settings import BadSetting


@click.group("secret")
def secret_group() -> None:
    """Put secrets in, list their names, take them away. Nobody can read them again."""


@secret_group.command("set")
@click.argument("name")
@json_option
@pass_state
def set_secret(state: State, name: str) -> None:
    """Put a secret in, or another value in its place; asked for, or taken from the standard input."""
    value = click.prompt("Value", hide_input=True) if sys.stdin.isatty() else sys.stdin.read().rstrip("\r\n")
    found = state.runtime.write(state.context(), lambda work: vault.set_secret(work, name, value))
    state.give(found, lambda: state.say(f"Secret {name} is set."))


@secret_group.command("list")
@json_option
@pass_state
def list_secrets(state: State) -> None:
    """List the names of the secrets, and whether the present secret key opens them."""
    with state.runtime.reading(state.context()) as work:
        found = vault.list_secrets(work)
    columns = ("name", "set_at", "is_readable")
    state.give(found, lambda: state.table(columns, [[each[name] for name in columns] for each in found]))


@secret_group.command("delete")
@click.argument("name")
@json_option
@pass_state
def delete_secret(state: State, name: str) -> None:
    """Take a secret away."""
    state.runtime.write(state.context(), lambda work: vault.delete_secret(work, name))
    state.give({"deleted": name}, lambda: state.say(f"Secret {name} is gone."))


@secret_group.command("rotate")
@json_option
@pass_state
def rotate_secrets(state: State) -> None:
    """Seal every secret anew after TESSERA_SECRET_KEY has changed; TESSERA_OLD_SECRET_KEY holds the one before."""
    old = os.environ.get("TESSERA_OLD_SECRET_KEY", "")
    if not old:
        raise BadSetting(name="TESSERA_OLD_SECRET_KEY", value="", hint="Give the secret key that was used until now.")
    count = state.runtime.write(state.context(), lambda work: vault.rotate(work, old))
    state.give({"sealed": count}, lambda: state.say(f"{count} secrets are sealed anew."))


@click.group("hook")
def hook_group() -> None:
    """Make addresses to which outside systems send signed events, and look at what came."""


@hook_group.command("add")
@click.argument("name")
@json_option
@pass_state
def add_hook(state: State, name: str) -> None:
    """Make a hook; its secret is shown this one time."""
    found = state.runtime.write(state.context(), lambda work: incoming.create_hook(work, name))
    state.give(found, lambda: click.echo(found["secret"]))


@hook_group.command("list")
@json_option
@pass_state
def list_hooks(state: State) -> None:
    """List the hooks with what they accepted, had before and refused."""
    with state.runtime.reading(state.context()) as work:
        found = incoming.list_hooks(work)
    columns = ("name", "is_active", "accepted", "repeated", "rejected", "last_at")
    state.give(found, lambda: state.table(columns, [[each[name] for name in columns] for each in found]))


@hook_group.command("secret")
@click.argument("name")
@json_option
@pass_state
def renew_hook_secret(state: State, name: str) -> None:
    """Give a hook another secret, shown this one time; the old one ends at once."""
    fresh = state.runtime.write(state.context(), lambda work: incoming.renew_secret(work, name))
    state.give({"name": name, "secret": fresh}, lambda: click.echo(fresh))


@hook_group.command("delete")
@click.argument("name")
@json_option
@pass_state
def delete_hook(state: State, name: str) -> None:
    """Take a hook away with what it kept."""
    state.runtime.write(state.context(), lambda work: incoming.delete_hook(work, name))
    state.give({"deleted": name}, lambda: state.say(f"Hook {name} is gone."))


@click.group("message")
def message_group() -> None:
    """Look at deliveries, and send again what went wrong."""


@message_group.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice(messages.deliveries.STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@json_option
@pass_state
def list_messages(state: State, states: tuple[str, ...], limit: int) -> None:
    """List deliveries, the latest first."""
    with state.runtime.reading(state.context()) as work:
        found = messages.deliveries.list_deliveries(work, {}, states=states, limit=limit)
    columns = ("id", "message", "channel", "state", "reason", "attempts", "due_at", "sent_at", "error")
    state.give(found, lambda: state.table(columns, [[each[name] for name in columns] for each in found]))


@message_group.command("replay")
@click.argument("number", type=int, required=False)
@click.option("--dead", is_flag=True, help="Everything that is dead.")
@json_option
@pass_state
def replay_messages(state: State, number: int | None, *, dead: bool) -> None:
    """Send again a delivery that is dead or under review, or everything that is dead."""
    if (number is None) != dead:
        raise click.UsageError("Give the number of a delivery, or --dead.")

    def replay(work: Work) -> list[Json]:
        wanted = [number] if number is not None else [each["id"] for each in _dead(work)]
        return [messages.deliveries.replay(work, each)["id"] for each in wanted]

    done = state.runtime.write(state.context(), replay)
    state.give({"replayed": done}, lambda: state.say(f"{len(done)} to be sent again."))


def _dead(work: Work) -> list[dict[str, Json]]:
    return messages.deliveries.list_deliveries(work, {}, states=["dead"], limit=10_000)


COMMANDS = (secret_group, hook_group, message_group)
