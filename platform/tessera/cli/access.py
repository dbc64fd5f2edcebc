"""Commands about users and API keys."""

from __future__ import annotations

import os
from dataclasses import replace

import click

from tessera.cli.state import State, json_option, pass_state
from tessera.context import Context
from tessera.engine import identity
from tessera.errors import Json, NotFound
from tessera.store import Tx


@click.group("user")
def user_group() -> None:
    """Add, change and list users."""


@user_group.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="An administrator: may do everything.")
@click.option("--role", "roles", multiple=True, metavar="NAME", help="A role of a package; may be given several times.")
@click.option("--password", envvar="TESSERA_PASSWORD", help="Asked for when it is left out.")
@json_option
@pass_state
def add_user(state: State, name: str, roles: tuple[str, ...], password: str | None, *, admin: bool) -> None:
    """Add a user."""
    secret = password or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    body: dict[str, Json] = {"name": name, "password": secret, "roles": list(roles), "is_admin": admin}
    user = state.runtime.database.run(lambda tx: identity.create_user(tx, state.context(), body))
    state.give(user, lambda: state.say(f"User {name} has the id {user['id']}."))


@user_group.command("change")
@click.argument("name")
@click.option("--role", "roles", multiple=True, metavar="NAME", help="The roles from now on.")
@click.option("--password", is_flag=True, help="Ask for a new password, unless TESSERA_PASSWORD says it.")
@click.option("--active/--inactive", "active", default=None, help="Whether the user may sign in.")
@json_option
@pass_state
def change_user(state: State, name: str, roles: tuple[str, ...], *, password: bool, active: bool | None) -> None:
    """Change a user; sessions of the user end."""
    body: dict[str, Json] = {}
    if roles:
        body["roles"] = list(roles)
    if password:
        secret = os.environ.get("TESSERA_PASSWORD")
        body["password"] = secret or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if active is not None:
        body["is_active"] = active

    def change(tx: Tx) -> dict[str, Json]:
        return identity.update_user(tx, state.context(), user_named(state, tx, name)["id"], body)

    user = state.runtime.database.run(change)
    state.give(user, lambda: state.say(f"User {name} is changed."))


@user_group.command("list")
@json_option
@pass_state
def list_users(state: State) -> None:
    """List the users."""
    with state.runtime.database.read() as tx:
        users = every_user(state, tx)
    columns = ("id", "name", "display_name", "is_admin", "is_active", "roles")
    rows = [[", ".join(user[name]) if name == "roles" else user[name] for name in columns] for user in users]
    state.give(users, lambda: state.table(columns, rows))


def every_user(state: State, tx: Tx) -> list[dict[str, Json]]:
    """All users in the order of their ids."""
    found: list[dict[str, Json]] = []
    while page := identity.list_users(tx, state.context(), after=found[-1]["id"] if found else 0, limit=500):
        found += page
    return found


def user_named(state: State, tx: Tx, name: str) -> dict[str, Json]:
    """The user of that sign-in name. Raises: NotFound("not_found")."""
    for user in every_user(state, tx):
        if user["name"] == name:
            return user
    raise NotFound(what=f'user "{name}"')


@click.group("key")
def key_group() -> None:
    """Make, list and revoke API keys."""


@key_group.command("add")
@click.argument("user")
@click.option("--label", default="command line", help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(identity.SCOPES), help="Left out: all.")
@click.option("--replace", "is_replaced", is_flag=True, help="Revoke the user's keys of the same label.")
@json_option
@pass_state
def add_key(state: State, user: str, label: str, scopes: tuple[str, ...], *, is_replaced: bool) -> None:
    """Make an API key of a user; it is shown this one time."""
    allowed = frozenset(identity.SCOPES)
    body: dict[str, Json] = {"label": label, "scopes": list(scopes or identity.SCOPES)}

    def make(tx: Tx) -> dict[str, Json]:
        context = acting_as(state, tx, user)
        for old in identity.list_keys(tx, context) if is_replaced else ():
            if old["label"] == label:
                identity.revoke_key(tx, context, old["id"])
        return identity.create_key(tx, context, body, allowed)

    key = state.runtime.database.run(make)
    state.give(key, lambda: click.echo(key["key"]))


@key_group.command("list")
@click.argument("user")
@json_option
@pass_state
def list_keys(state: State, user: str) -> None:
    """List the API keys of a user, without their secrets."""
    with state.runtime.database.read() as tx:
        keys = identity.list_keys(tx, acting_as(state, tx, user))
    columns = ("id", "label", "scopes", "created_at", "expires_at", "used_at")
    rows = [[", ".join(key[name]) if name == "scopes" else key[name] for name in columns] for key in keys]
    state.give(keys, lambda: state.table(columns, rows))


@key_group.command("revoke")
@click.argument("key_id")
@json_option
@pass_state
def revoke_key(state: State, key_id: str) -> None:
    """End an API key."""
    state.runtime.database.run(lambda tx: identity.revoke_key(tx, state.context(), key_id))
    state.give({"revoked": key_id}, lambda: state.say(f"Key {key_id} is revoked."))


def acting_as(state: State, tx: Tx, name: str) -> Context:
    """The context of a user. Raises: NotFound("not_found")."""
    user = user_named(state, tx, name)
    actor = replace(state.context().actor, id=user["id"], name=user["name"], is_admin=user["is_admin"])
    return state.context().acting_as(actor)


COMMANDS = (user_group, key_group)
