"""What people are called, read once in a transaction for all that are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.model import Label
from tessera.store.system.access import users

_KNOWN = "cache:approvals.names"
_CHUNK = 1_000


def remember(work: Work, people: Iterable[int]) -> None:
    """Read the names of people, so that `person_json` knows them."""
    known: dict[int, dict[str, Any]] = work.scratch.setdefault(_KNOWN, {})
    wanted = sorted({each for each in people if each and each not in known})
    columns = (users.c.id, users.c.name, users.c.display_name, users.c.is_active)
    for start in range(0, len(wanted), _CHUNK):
        part = sa.select(*columns).where(users.c.id.in_(wanted[start : start + _CHUNK]))
        known.update({row["id"]: row for row in work.tx.rows(part)})


def person_json(work: Work, person: int | None) -> Json:
    """A person: {"id", "name", "is_active"}; null for the platform itself."""
    if not person:
        return None
    remember(work, [person])
    row = work.scratch[_KNOWN].get(person)
    if row is None:
        return {"id": person, "name": f"#{person}", "is_active": False}
    return {"id": person, "name": row["display_name"] or row["name"], "is_active": row["is_active"]}


def label_json(label: Label, otherwise: str = "") -> dict[str, Json]:
    """A label in both languages."""
    return {"zh": label.zh or label.en or otherwise, "en": label.en or label.zh or otherwise}
