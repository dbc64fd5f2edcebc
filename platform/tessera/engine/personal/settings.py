"""Settings of a user for himself: language, theme, widths of panels, single-key shortcuts off …"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import orjson
import sqlalchemy as sa

from tessera.engine.work import Work
from tessera.errors import Invalid, Json, Problem
from tessera.store.system import access
from tessera.store.system.personal import setting

MOST = 300
_BYTES = 20_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}(\.[A-Za-z0-9_:-]{1,80}){0,3}\Z")
_KNOWN: Mapping[str, Callable[[Json], bool]] = {
    "language": lambda value: value in ("zh", "en"),
    "theme": lambda value: value in ("light", "dark", "system"),
    "height": lambda value: value in ("compact", "normal", "comfortable"),
    "keys_off": lambda value: isinstance(value, bool),
}
"""Settings that everybody understands alike; screens keep others under names of their own, such as panel.list.width."""


def get_settings(work: Work) -> dict[str, Json]:
    """What the actor has set, by name; the language is that of his account."""
    rows = work.tx.rows(sa.select(setting).where(setting.c.user_id == work.ctx.actor.id).order_by(setting.c.name))
    user = access.user_by_id(work.tx, work.ctx.actor.id)
    found: dict[str, Json] = {row["name"]: row["value"] for row in rows}
    return {**found, **({"language": user["language"]} if user is not None else {})}


def change_settings(work: Work, given: Mapping[str, Json]) -> dict[str, Json]:
    """Set what is given by name, null takes one away. Raises: Invalid with every problem."""
    problems = [problem for name, value in given.items() if (problem := _problem(name, value)) is not None]
    if problems:
        raise Invalid(problems)
    user = work.ctx.actor.id
    for name, value in given.items():
        if name == "language" and value is not None:
            access.update_user(work.tx, user, {"language": value})
            continue
        work.tx.execute(sa.delete(setting).where(setting.c.user_id == user, setting.c.name == name))
        if value is not None:
            row = {"user_id": user, "name": name, "value": value, "updated_at": work.now}
            work.tx.execute(sa.insert(setting), [row])
    count = work.tx.scalar(sa.select(sa.func.count()).where(setting.c.user_id == user))
    if count > MOST:
        raise Invalid([Problem("too_many", "", f"There are more than {MOST} settings.", "Take some away.")])
    return get_settings(work)


def _problem(name: str, value: Json) -> Problem | None:
    if not _NAME.match(name):
        return Problem("bad_name", f"/{name[:100]}", "This cannot be the name of a setting.")
    known = _KNOWN.get(name)
    if value is not None and known is not None and not known(value):
        return Problem("wrong_value", f"/{name}", "This setting cannot have this value.")
    if len(orjson.dumps(value, default=str)) > _BYTES:
        return Problem("too_long_text", f"/{name}", f"A setting has at most {_BYTES} bytes.")
    return None
