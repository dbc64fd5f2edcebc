"""Files that are attached to what is said about an approval, which holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals.cases import Case
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, Problem
from tessera.store.system.files import file_table

HOLDER = "approval"
"""What stands for an entity with files that an approval holds; keys of entities have a colon."""

_MOST = 20


def hold_files(case: Case, refs: Sequence[str]) -> list[Json]:
    """Let the approval hold uploads of the actor that wait: {"id", "name", "size", "media_type"} of each.

    Raises: Invalid with a problem for each that is none.
    """
    if len(refs) > _MOST:
        raise Invalid([Problem("too_many", "/files", f"At most {_MOST} files can be attached.")])
    wanted = list(dict.fromkeys(refs))
    rows = _waiting(case.work, wanted)
    problems = [
        Problem("unknown_file", f"/files/{place}", "There is no such uploaded file.", "Upload it first.")
        for place, each in enumerate(wanted)
        if each not in rows
    ]
    if problems:
        raise Invalid(problems)
    if wanted:
        held = {"entity": HOLDER, "record_id": case.id, "waiting_since": None}
        case.work.tx.execute(sa.update(file_table).where(file_table.c.ref.in_(wanted)).values(held))
    return [
        {"id": each, **{name: rows[each][name] for name in ("name", "size", "media_type")}} for each in wanted
    ]


def _waiting(work: Work, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
    if not refs:
        return {}
    mine = file_table.c
    query = sa.select(file_table).where(
        mine.ref.in_(list(refs)), mine.uploaded_by == work.ctx.actor.id, mine.record_id.is_(None)
    )
    return {row["ref"]: row for row in work.tx.rows(query.order_by(mine.ref).with_for_update())}
