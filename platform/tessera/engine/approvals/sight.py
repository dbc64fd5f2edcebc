"""Who may see an approval and what of it, besides those who are asked."""

from __future__ import annotations

import sqlalchemy as sa

from tessera.engine.access.rights import roles_of
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.delegating import hand_of
from tessera.engine.work import Work
from tessera.errors import Forbidden, NotFound
from tessera.store.system.approvals import copies


def may_see_all(work: Work, flow: str) -> bool:
    """Whether the actor may see every approval of the flow of that key."""
    return _granted(work, flow, "see")


def may_manage(work: Work, flow: str) -> bool:
    """Whether the actor may urge, and give to others, every task of the flow of that key."""
    return _granted(work, flow, "manage")


def _granted(work: Work, flow: str, action: str) -> bool:
    if work.ctx.actor.is_admin:
        return True
    grants = [each for role in roles_of(work.model, work.ctx.actor.roles) for each in role.approvals]
    return any(action in each.actions and each.flow in ("", flow) for each in grants)


def seen_flows(work: Work) -> frozenset[str] | None:
    """Keys of the flows of which the actor may see every approval; None for all."""
    if work.ctx.actor.is_admin:
        return None
    grants = [each for role in roles_of(work.model, work.ctx.actor.roles) for each in role.approvals]
    seen = {each.flow for each in grants if each.actions & {"see", "manage"}}
    return None if "" in seen else frozenset(seen)


def node_seen(case: Case) -> int | None:
    """The node whose fields the actor sees: of his latest task, of his copy, or -1 as the requester.

    None for somebody who takes no part in it himself.
    """
    hand = hand_of(case.work, case.row["flow"])
    own = [each for each in case.state.tasks if hand.is_for(each.person) or each.by == hand.id]
    asked = [each.node for each in own if each.state != "waiting" or each.decision]
    if asked:
        return asked[-1]
    if hand.is_for(case.state.requester) and hand.id:
        return -1
    mine = (copies.c.approval_id == case.id) & (copies.c.person_id == hand.id)
    found: int | None = case.work.tx.scalar(sa.select(copies.c.node).where(mine))
    if found is None and own:
        return own[-1].node
    return found


def copying_node(case: Case) -> int | None:
    """The node at which the actor may send copies: whoever is sent one sees its fields. None when he may not."""
    hand = hand_of(case.work, case.row["flow"])
    own = [each for each in case.state.tasks if hand.is_for(each.person) and each.node >= 0 and each.state != "waiting"]
    for each in reversed(own):
        if "copy" in case.state.plan.nodes[each.node].offers:
            return each.node
    return -1 if case.state.requester == hand.id or hand.is_admin else None


def ensure_participates(case: Case) -> None:
    """Raises: NotFound for an actor who neither takes part in the approval nor may see all of its flow."""
    flow = case.row["flow"]
    if node_seen(case) is None and not may_see_all(case.work, flow) and not may_manage(case.work, flow):
        raise NotFound(what="approval")


def ensure_manages(case: Case) -> None:
    """Raises: Forbidden for an actor who may not manage the approvals of its flow."""
    if not may_manage(case.work, case.row["flow"]):
        raise Forbidden(action="manage")
