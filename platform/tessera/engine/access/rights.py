"""The rights of an actor on an entity, worked out from its roles and kept per release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tessera.engine.work import Work
from tessera.errors import Forbidden, NotFound
from tessera.formula import Formula, Scope, check_formula
from tessera.formula.shapes import BOOLEAN
from tessera.meta.kinds.role import Grant, Role
from tessera.meta.model import EMPTY, Entity, Model


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with the records of an entity, and with which of their fields.

    row_condition: true for the records that the actor may see; None for all. conditions: for create, update and
    delete where they are narrower than that. hidden: fields that do not exist for
    him. locked: fields that he may read only. masks: fields of which he sees a part, with the name of the mask.
    Names of fields of lines stand as `lines.price`.
    """

    can_read: bool = False
    can_create: bool = False
    can_update: bool = False
    can_delete: bool = False
    row_condition: Formula | None = None
    conditions: Mapping[str, Formula] = field(default_factory=lambda: EMPTY)
    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    masks: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    @property
    def is_plain(self) -> bool:
        """Whether every field is shown as it is."""
        return not self.hidden and not self.masks

    def may_read(self, name: str) -> bool:
        """Whether the field exists for the actor."""
        return name not in self.hidden

    def may_write(self, name: str) -> bool:
        """Whether the actor may give the field a value."""
        return name not in self.hidden and name not in self.locked and name not in self.masks

    def condition_for(self, action: str) -> Formula | None:
        """What a record must fulfil for the action, besides being visible."""
        return self.conditions.get(action)

    def below(self, lines: str) -> Rights:
        """The rights on the lines of the field of that name."""
        if not (self.hidden or self.locked or self.masks):
            return self
        prefix = f"{lines}."

        def inner(names: Iterable[str]) -> frozenset[str]:
            return frozenset(name.removeprefix(prefix) for name in names if name.startswith(prefix))

        masks = {name.removeprefix(prefix): mask for name, mask in self.masks.items() if name.startswith(prefix)}
        return Rights(
            self.can_read, self.can_create, self.can_update, self.can_delete,
            hidden=inner(self.hidden), locked=inner(self.locked), masks=MappingProxyType(masks),
        )  # fmt: skip

    def ensure(self, action: str) -> None:
        """Raises: NotFound when the actor may not even read here, Forbidden("forbidden") when he may not do this."""
        if not self.can_read:
            raise NotFound(what="entity")
        if not getattr(self, f"can_{action}"):
            raise Forbidden(action=action)


FULL = Rights(can_read=True, can_create=True, can_update=True, can_delete=True)
"""What administrators and the platform itself may do."""

NONE = Rights()
"""What nobody in particular may do."""


def rights(work: Work, entity: Entity) -> Rights:
    """The rights of the transaction's actor on an entity; on lines, those on their record."""
    actor = work.ctx.actor
    if actor.is_admin:
        return FULL
    return rights_of_roles(work.model, actor.roles, entity)


def rights_of_roles(model: Model, roles: frozenset[str], entity: Entity) -> Rights:
    """What roles together may do: their rights add up, so that each further role only allows more."""
    key = ("access.rights", roles, entity.key)
    found = model.cache.get(key)
    if found is None:
        found = model.cache[key] = _worked_out(model, roles, entity)
    return found


def roles_of(model: Model, names: Iterable[str]) -> list[Role]:
    """The roles of these names, in the order of the names; unknown ones are left out."""
    found = (model.part("role", name) for name in sorted(names))
    return [role for role in found if role is not None]


def permissions_of(model: Model, names: Iterable[str]) -> frozenset[str]:
    """What roles may do besides records."""
    return frozenset[str]().union(*(role.permissions for role in roles_of(model, names)))


def grants_of(model: Model, roles: Iterable[str], entity: Entity) -> list[Grant]:
    """What these roles say about an entity."""
    return [grant for role in roles_of(model, roles) for grant in role.grants if grant.entity == entity.key]


def _worked_out(model: Model, roles: frozenset[str], entity: Entity) -> Rights:
    if entity.parent:
        return rights_of_roles(model, roles, model.entities[entity.parent]).below(entity.parent_field)
    grants = [grant for grant in grants_of(model, roles, entity) if "read" in grant.actions]
    if not grants:
        return NONE
    actions = frozenset[str]().union(*(grant.actions for grant in grants))
    row_condition = _any_of(entity, grants)
    conditions = {
        action: condition
        for action in ("create", "update", "delete")
        if (condition := _any_of(entity, [grant for grant in grants if action in grant.actions])) is not None
        and (row_condition is None or condition.text != row_condition.text)
    }
    shown = frozenset.intersection(*(frozenset(grant.hidden) for grant in grants))
    masks = {
        name: mask
        for name, mask in grants[0].masks.items()
        if all(name in grant.masks or name in grant.hidden for grant in grants)
    }
    locked = frozenset.intersection(*(frozenset(grant.read_only) | grant.hidden for grant in grants))
    hidden = shown | _hidden_lookups(model, roles, entity)
    return Rights(
        can_read=True,
        can_create="create" in actions,
        can_update="update" in actions,
        can_delete="delete" in actions,
        row_condition=row_condition,
        conditions=MappingProxyType(conditions),
        hidden=hidden,
        locked=locked - hidden,
        masks=MappingProxyType({name: mask for name, mask in masks.items() if name not in hidden}),
    )


def _any_of(entity: Entity, grants: list[Grant]) -> Formula | None:
    """One condition out of those of all grants; None when one of them has none."""
    conditions = [grant.where for grant in grants]
    plain = [each for each in conditions if each is not None]
    if len(plain) < len(conditions) or not plain:
        return None
    texts = list(dict.fromkeys(each.text for each in plain))
    if len(texts) == 1:
        return plain[0]
    joined = " OR ".join(f"({text.removeprefix('=')})" for text in texts)
    return check_formula(joined, Scope(entity, offers=frozenset({"clock", "user"})), BOOLEAN)


def _hidden_lookups(model: Model, roles: frozenset[str], entity: Entity) -> frozenset[str]:
    """Lookups that lead over a record or to a field which the roles may not read."""
    hidden = set()
    for each in entity.fields:
        if each.type != "lookup":
            continue
        here: Entity | None = entity
        for name in tuple(each.options.get("path", ())):
            step = here.field(name) if here is not None else None
            if here is None or step is None:
                break
            if here is not entity:
                own = rights_of_roles(model, roles, here)
                if not own.can_read or not own.may_read(step.name) or step.name in own.masks:
                    hidden.add(each.name)
            here = model.entities.get(step.target) if step.target else None
    return frozenset(hidden)
