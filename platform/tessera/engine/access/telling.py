"""What roles let people do, told to administrators: as their documents say it, and as it adds up for one user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tessera.context import Actor
from tessera.engine.access.denial import explain_denial
from tessera.engine.access.rights import permissions_of, rights_of_roles, roles_of
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound
from tessera.formula import Formula
from tessera.formula.nodes import Call, Literal, walk
from tessera.meta.kinds.role import Grant, Role
from tessera.meta.model import Entity, Label
from tessera.store.system import access

_ACTIONS = ("read", "create", "update", "delete")


def told_roles(work: Work) -> list[dict[str, Json]]:
    """Every role with its grants, for administrators, by name.

    Each: name, label, package, includes, permissions, users (how many active ones have it), asks (attributes of a user
    that its conditions compare with), grants. Raises: Forbidden("forbidden").
    """
    _ensure_admin(work)
    users = access.count_roles(work.tx)
    roles: Iterable[Role] = work.model.all("role")
    return [_role_json(work, each, users.get(each.name, 0)) for each in sorted(roles, key=lambda each: each.name)]


def told_rights(work: Work, user_id: int) -> dict[str, Json]:
    """What a user may do, as his roles add up, for administrators: {"is_admin", "permissions", "unknown", "entities"}.

    unknown: roles he has that no package knows. Raises: Forbidden, NotFound.
    """
    _ensure_admin(work)
    actor = _actor(work, user_id)
    known = {each.name for each in roles_of(work.model, actor.roles)}
    entities = []
    for each in sorted(work.model.entities.values(), key=lambda each: each.name):
        own = rights_of_roles(work.model, actor.roles, each)
        if each.parent or actor.is_admin or not own.can_read:
            continue
        conditions = {action: found.text for action, found in own.conditions.items()}
        entities.append({
            **_entity_json(each), "actions": [name for name in _ACTIONS if getattr(own, f"can_{name}")],
            "where": own.row_condition.text if own.row_condition is not None else None, "conditions": conditions,
            "hidden": _fields(each, own.hidden), "read_only": _fields(each, own.locked),
            "masks": _masks(each, own.masks),
        })  # fmt: skip
    return {
        "is_admin": actor.is_admin, "permissions": sorted(permissions_of(work.model, actor.roles)),
        "unknown": sorted(actor.roles - known), "entities": entities,
    }  # fmt: skip


def told_denial(work: Work, user_id: int, entity: str, action: str, record_id: int | None) -> dict[str, Json]:
    """Why a user may or may not do an action on an entity or a record of it. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    return explain_denial(work, _actor(work, user_id), entity, action, record_id=record_id).to_json()


def _ensure_admin(work: Work) -> None:
    if not work.ctx.actor.is_admin:
        raise Forbidden(action="see the rights of others in")


def _actor(work: Work, user_id: int) -> Actor:
    row = access.user_by_id(work.tx, user_id) if 0 < user_id < 2**63 else None
    if row is None:
        raise NotFound(what="user")
    return Actor(row["id"], row["name"], frozenset(row["roles"]), row["attributes"], row["is_admin"])


def _role_json(work: Work, role: Role, users: int) -> dict[str, Json]:
    asked = {name for each in role.grants if each.where is not None for name in _attributes(each.where)}
    return {
        "name": role.name, "label": _label_json(role.label, role.name), "package": role.key.split(":", 1)[0],
        "includes": list(role.includes), "permissions": sorted(role.permissions), "users": users,
        "asks": sorted(asked), "grants": [_grant_json(work, each) for each in role.grants],
    }  # fmt: skip


def _grant_json(work: Work, grant: Grant) -> dict[str, Json]:
    entity = work.model.entities[grant.entity]
    return {
        **_entity_json(entity), "actions": [name for name in _ACTIONS if name in grant.actions],
        "where": grant.where.text if grant.where is not None else None, "conditions": {},
        "hidden": _fields(entity, grant.hidden), "read_only": _fields(entity, grant.read_only),
        "masks": _masks(entity, grant.masks),
    }  # fmt: skip


def _attributes(condition: Formula) -> set[str]:
    """The attributes of a user that a condition reads: `store` of USER('store')."""
    found = set()
    for node in walk(condition.ast):
        if isinstance(node, Call) and node.function == "USER" and node.args and isinstance(node.args[0], Literal):
            found.add(str(node.args[0].value))
    return found - {"id"}


def _entity_json(entity: Entity) -> dict[str, Json]:
    return {"entity": entity.name, "label": _label_json(entity.label, entity.name)}


def _fields(entity: Entity, names: Iterable[str]) -> list[Json]:
    return [{"name": name, "label": _label_of_field(entity, name)} for name in sorted(names)]


def _masks(entity: Entity, masks: Mapping[str, str]) -> list[Json]:
    return [{"name": name, "label": _label_of_field(entity, name), "mask": masks[name]} for name in sorted(masks)]


def _label_of_field(entity: Entity, name: str) -> dict[str, Json]:
    """The label of a field; of a field of lines, that of the field that holds them stands for it by name."""
    field = entity.field(name)
    return _label_json(field.label, name) if field is not None else {"zh": name, "en": name}


def _label_json(label: Label, otherwise: str) -> dict[str, Json]:
    return {"zh": label.zh or otherwise, "en": label.en or otherwise}
