"""Turns the users that a caller names into ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from tessera.engine.identity.users import name_key
from tessera.engine.records.drafts import Draft, levels
from tessera.engine.records.plan import Plan
from tessera.engine.work import Work
from tessera.store.system.access import users

_Given: TypeAlias = int | str
_CHUNK = 1_000


def resolve_users(work: Work, plan: Plan, drafts: Sequence[Draft]) -> None:
    """Put the id of a user in the place of a sign-in name; ids must be of users that there are.

    A user who may not sign in any more stays where he stands, but is not put anywhere anew.
    """
    for _, level, members in levels(plan, drafts):
        for name in level.people:
            given = [draft for draft in members if name in draft.given and draft.values[name] is not None]
            found = _ids(work, {draft.values[name] for draft in given}) if given else {}
            for draft in given:
                value = draft.values[name]
                if draft.before is not None and draft.before.get(name) == value:
                    continue
                draft.values[name] = found.get(value)
                if value not in found:
                    draft.report("unknown_user", name, "There is no such user.", "Give an id or a sign-in name.")


def _ids(work: Work, given: Iterable[_Given]) -> dict[_Given, int]:
    """The ids of active users by what they are called."""
    found: dict[_Given, int] = {}
    numbers = sorted(each for each in given if isinstance(each, int))
    names = {each: name_key(each) for each in given if isinstance(each, str)}
    for start in range(0, len(numbers), _CHUNK):
        part = users.c.id.in_(numbers[start : start + _CHUNK])
        found.update({number: number for number in work.tx.execute(_active(part, users.c.id)).scalars()})
    keys = sorted(set(names.values()))
    by_key: dict[str, int] = {}
    for start in range(0, len(keys), _CHUNK):
        part = users.c.name_key.in_(keys[start : start + _CHUNK])
        by_key.update(tuple(row) for row in work.tx.execute(_active(part, users.c.name_key, users.c.id)).all())
    return found | {name: by_key[key] for name, key in names.items() if key in by_key}


def _active(where: sa.ColumnElement[bool], *columns: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(*columns).where(where, users.c.is_active)
