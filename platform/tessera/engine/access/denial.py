"""Explains to an administrator why somebody may not do something."""

from __future__ import annotations

from dataclasses import dataclass

from tessera.context import Actor
from tessera.engine.access.rights import grants_of, rights_of_roles
from tessera.engine.host import Host, user_of
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json


@dataclass(frozen=True, slots=True)
class Denial:
    """Why an actor is refused. is_allowed: he is not. reason: stable word; the other parts say more about it.

    reason: "allowed", "no_role" (none of his roles mentions the entity), "no_right" (none allows the action),
    "outside" (the record does not fulfil the row condition), "field_hidden", "field_locked".
    """

    is_allowed: bool
    reason: str
    roles: tuple[str, ...] = ()
    condition: str = ""
    fields: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """As it goes over the wire."""
        return {
            "is_allowed": self.is_allowed,
            "reason": self.reason,
            "roles": list(self.roles),
            "condition": self.condition,
            "fields": list(self.fields),
        }


def explain_denial(
    work: Work,
    actor: Actor,
    entity_name: str,
    action: str,
    *,
    record_id: int | None = None,
    fields: tuple[str, ...] = (),
) -> Denial:
    """Why the actor may or may not do an action (read, create, update, delete) on an entity, a record, fields of it.

    Only for administrators. Raises: Forbidden("forbidden"), NotFound.
    """
    if not work.ctx.actor.is_admin:
        raise Forbidden(action="explain")
    entity = work.entity(entity_name)
    roles = tuple(sorted(actor.roles))
    if actor.is_admin:
        return Denial(True, "allowed", roles)
    if not grants_of(work.model, roles, entity):
        return Denial(False, "no_role", roles)
    own = rights_of_roles(work.model, actor.roles, entity)
    if not own.can_read or not getattr(own, f"can_{action}"):
        return Denial(False, "no_right", roles)
    hidden = tuple(name for name in fields if not own.may_read(name))
    if hidden:
        return Denial(False, "field_hidden", roles, fields=hidden)
    locked = tuple(name for name in fields if action != "read" and not own.may_write(name))
    if locked:
        return Denial(False, "field_locked", roles, fields=locked)
    condition = own.row_condition
    if record_id is not None and condition is not None and not _fulfils(work, actor, entity_name, record_id):
        return Denial(False, "outside", roles, condition=condition.text)
    return Denial(True, "allowed", roles, condition=condition.text if condition else "")


def _fulfils(work: Work, actor: Actor, entity_name: str, record_id: int) -> bool:
    """Whether the record exists and the actor's row condition is true for it."""
    from tessera.engine.records.related import find

    entity = work.entity(entity_name)
    condition = rights_of_roles(work.model, actor.roles, entity).row_condition
    found = find(work, entity, [("id", record_id)], condition.reads if condition else (), seen=False)
    row = found.get(("id", record_id))
    host = Host(work.now, work.host().zone, user_of(actor))
    return row is not None and (condition is None or condition(row, host) is True)


