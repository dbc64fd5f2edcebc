"""Who may read files through approvals: what is attached to them, and what approvers see of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals.attached import HOLDER
from tessera.engine.approvals.deciding import seen_approval
from tessera.engine.approvals.fields import seen_files
from tessera.engine.approvals.opening import open_case
from tessera.engine.approvals.sight import node_seen
from tessera.engine.files.opening import HOLDERS, READERS
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.store.system.approvals import approvals

_MOST_APPROVALS = 50


def takes_part(work: Work, row: Mapping[str, Any]) -> bool:
    """Whoever takes part in an approval may read what is attached to it."""
    try:
        seen_approval(work, row["record_id"])
    except NotFound:
        return False
    return True


def is_asked_about(work: Work, row: Mapping[str, Any]) -> bool:
    """Whoever is, or was, asked about a record may read the files in the fields that he sees of it."""
    mine = (approvals.c.entity == row["entity"]) & (approvals.c.record_id == row["record_id"])
    query = sa.select(approvals.c.id).where(mine).order_by(approvals.c.id.desc()).limit(_MOST_APPROVALS)
    for number in work.tx.execute(query).scalars().all():
        case = open_case(work, number, lock=False)
        node = node_seen(case)
        if node is not None and row["ref"] in seen_files(case, node):
            return True
    return False


HOLDERS[HOLDER] = takes_part
READERS.append(is_asked_about)
