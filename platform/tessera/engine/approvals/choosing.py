"""What the holder of a task can choose from: people to ask, and places to return to."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.engine.approvals import core
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.deciding import seen_task
from tessera.engine.approvals.delegating import hand_of
from tessera.engine.approvals.errors import CannotReturn, NotOffered
from tessera.engine.approvals.state import REQUESTER
from tessera.engine.approvals.turns import Turn
from tessera.engine.work import Work
from tessera.store.column_types import Text
from tessera.store.system.access import users

_MOST = 20
_LOOKED_AT = 200
_ASKING = frozenset({"transfer", "add_signer", "copy"})


def candidates(work: Work, task_id: int, text: str) -> list[int]:
    """People whose name holds a text and who can be asked at the node of a task that is one's own and open.

    Raises: NotFound, NotOffered for a task with which nobody can be asked: names are not told beyond that.
    """
    case, number = seen_task(work, task_id)
    task = case.state.task(number)
    hand = hand_of(work, case.row["flow"])
    if task is None or not hand.is_for(task.person) or not core.offered(case.state, task) & _ASKING:
        raise NotOffered(action="ask")
    names = sa.func.coalesce(users.c.display_name, "") + " " + users.c.name
    wanted = sa.func.lower(sa.type_coerce(names, Text())).contains(text.strip().lower(), autoescape=True)
    query = sa.select(users.c.id).where(users.c.is_active, users.c.id != work.ctx.actor.id)
    if text.strip():
        query = query.where(wanted)
    found = work.tx.execute(query.order_by(users.c.id).limit(_LOOKED_AT)).scalars().all()
    turn = Turn(case.state, work.now, case.people)
    return [each for each in found if turn.may_be_asked(each)][:_MOST]


def target_of(work: Work, task_id: int, to: str) -> int | None:
    """The number of the node of that uid; None for "". Raises: NotFound, CannotReturn."""
    if not to:
        return None
    case, _ = seen_task(work, task_id)
    if to == "requester":
        return REQUESTER
    return _node(case, to)


def _node(case: Case, uid: str) -> int:
    for place, each in enumerate(case.state.plan.nodes):
        if each.uid == uid:
            return place
    raise CannotReturn(pointer="/to")
