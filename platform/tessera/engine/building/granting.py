"""What a release may do by the hand of somebody who is no administrator: give and show no more than he may himself.

His own rights are those of the release before. A role that gains something must stay within them; a changed document
may not read a field that he may not read, nor sum up records of which he sees only some; a document that acts by itself
(a flow) may only touch what he may change without a condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tessera.engine.access import FULL, Rights, permissions_of, rights_of_roles
from tessera.engine.access.rights import roles_of
from tessera.engine.building.errors import BeyondRights
from tessera.engine.packages import Proposal
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.meta.documents import pointer_steps
from tessera.meta.graph import Use
from tessera.meta.kinds.role import ApprovalGrant, Grant, Role
from tessera.meta.model import Entity, Model

_ACTING = frozenset({"flow", "connector"})
"""Kinds of documents that act without anybody's rights."""

_ACTIONS = ("read", "create", "update", "delete")


def ensure_within(work: Work, proposal: Proposal) -> None:
    """Raises: BeyondRights("beyond_rights") with every place, for an actor who is no administrator."""
    actor = work.ctx.actor
    if actor.is_admin:
        return
    before, after = proposal.before, proposal.after
    places = [*_roles(before, after, actor.roles), *_reads(before, after, actor.roles)]
    if places:
        raise BeyondRights(count=len(places), places=places[:100])


def _roles(before: Model, after: Model, mine: frozenset[str]) -> Iterator[dict[str, Json]]:
    """Roles that would give more than these roles do now."""
    old: Mapping[str, Role] = before.parts.get("role", {})
    own = permissions_of(before, mine)
    for key, role in after.parts.get("role", {}).items():
        known = old.get(key)
        fresh = role.permissions - (known.permissions if known is not None else frozenset())
        if fresh - own:
            yield {"document": key, "why": "permissions", "what": sorted(fresh - own)}
        grants = {each.uid: each for each in known.grants} if known is not None else {}
        for grant in role.grants:
            if not _is_same(grants.get(grant.uid), grant) and not _covers(before, after, mine, grant):
                yield {"document": key, "why": "grant", "what": [grant.uid]}
        told = {each.uid: each for each in known.approvals} if known is not None else {}
        for each in role.approvals:
            if told.get(each.uid) != each and not _may_give(before, mine, each):
                yield {"document": key, "why": "approvals", "what": [each.uid]}


def _may_give(model: Model, mine: frozenset[str], wanted: ApprovalGrant) -> bool:
    """Whether these roles have themselves what a grant on approvals gives."""
    own = [each for role in roles_of(model, mine) for each in role.approvals if each.flow in ("", wanted.flow)]
    return wanted.actions <= frozenset[str]().union(*(each.actions for each in own))


def _is_same(one: Grant | None, other: Grant) -> bool:
    return one is not None and _meaning(one) == _meaning(other)


def _meaning(grant: Grant) -> tuple[object, ...]:
    where = grant.where.text if grant.where is not None else None
    return grant.entity, grant.actions, where, grant.hidden, grant.read_only, tuple(sorted(grant.masks.items()))


def _covers(before: Model, after: Model, mine: frozenset[str], grant: Grant) -> bool:
    """Whether somebody with these roles has all that a grant gives."""
    entity = before.entities.get(grant.entity)
    if entity is None:
        return True
    own = rights_of_roles(before, mine, entity)
    if any(action in grant.actions and not getattr(own, f"can_{action}") for action in _ACTIONS):
        return False
    if not _condition_covers(own, grant):
        return False
    names = {each.name: each.key for each in entity.fields}
    now_there = after.entities.get(grant.entity)
    later = {each.key: each.name for each in now_there.fields} if now_there is not None else {}

    def now(field: str) -> str:
        return later.get(names.get(field, ""), field)

    hidden = {now(each) for each in own.hidden} <= grant.hidden
    masked = all(now(name) in grant.hidden or grant.masks.get(now(name)) == mask for name, mask in own.masks.items())
    locked = {now(each) for each in own.locked} <= {*grant.read_only, *grant.hidden}
    return hidden and masked and (locked or not grant.actions & {"create", "update"})


def _condition_covers(own: Rights, grant: Grant) -> bool:
    given = grant.where.text if grant.where is not None else None
    wanted = [own.row_condition, *(own.conditions.get(each) for each in grant.actions)]
    return all(each is None or each.text == given for each in wanted)


def _reads(before: Model, after: Model, mine: frozenset[str]) -> Iterator[dict[str, Json]]:
    """Places in changed documents that read, or act on, what these roles may not."""
    changed = {key for key, body in _bodies(after).items() if _bodies(before).get(key) != body}
    entities = {key: each for key, each in before.entities.items()}
    fields = {each.key: (entity, each.name) for entity in entities.values() for each in entity.fields}
    known = {_said(before, use) for use in before.graph.uses if use.document in changed}
    for use in after.graph.uses:
        if use.document not in changed or _said(after, use) in known:
            continue
        kind = str(_bodies(after)[use.document].get("kind"))
        entity, name = fields.get(use.target, (entities.get(use.target), ""))
        if kind in ("role", "scenario") or entity is None or (not name and use.document == entity.key):
            continue
        why = _why_not(before, mine, entity, name, kind)
        if why:
            yield {"document": use.document, "why": why, "what": [use.pointer]}


def _said(model: Model, use: Use) -> tuple[str, str, str, str]:
    """What an element says at a place, wherever it stands in its list."""
    here: Json = _bodies(model).get(use.document)
    for step in pointer_steps(use.pointer):
        here = here[int(step)] if isinstance(here, list) else here.get(step) if isinstance(here, Mapping) else None
    return use.document, use.source, use.target, str(here)


def _why_not(model: Model, mine: frozenset[str], entity: Entity, name: str, kind: str) -> str:
    root, inner = _root(model, entity, name)
    own = rights_of_roles(model, mine, root)
    if not own.can_read or (inner and (not own.may_read(inner) or inner in own.masks)):
        return "hidden"
    if kind == "entity" and own.row_condition is not None:
        return "partly_seen"
    if kind in _ACTING and own != FULL:
        return "acts"
    return ""


def _root(model: Model, entity: Entity, name: str) -> tuple[Entity, str]:
    """The record's entity and the name under which its rights speak of the field."""
    if not entity.parent:
        return entity, name
    return model.entities[entity.parent], f"{entity.parent_field}.{name}" if name else entity.parent_field


def _bodies(model: Model) -> Mapping[str, Mapping[str, Json]]:
    found: Mapping[str, Mapping[str, Json]] | None = model.cache.get("building.bodies")
    if found is None:
        every: Iterable[object] = model.all("document")
        found = {each.key: each.body for each in every}  # type: ignore[attr-defined]
        model.cache["building.bodies"] = found
    return found
