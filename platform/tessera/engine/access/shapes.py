"""Entities as formulas of a particular actor see them: what he may not read is not there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tessera.engine.access.rights import Rights, rights
from tessera.engine.work import Work
from tessera.formula import Scope, Type
from tessera.formula.shapes import Member, Shape
from tessera.meta.model import Entity, Field


@dataclass(frozen=True)
class VisibleShape:
    """An entity without the fields that are hidden from (or masked for) the actor, the same behind references.

    Behind a reference whose records the actor sees only in part there is nothing but the id: a filter or sort there
    would tell about records that he may not see.
    """

    work: Work
    entity: Entity
    rights: Rights

    @property
    def key(self) -> str:
        """Key of the entity."""
        return self.entity.key

    def member(self, name: str) -> Member | None:
        """The field of that name, older name or label, if the actor may read it."""
        found = self.entity.member(name)
        if found is None:
            return None
        if not self.rights.may_read(found.name) or found.name in self.rights.masks:
            return None
        field = self.entity.field(found.name)
        if field is not None and field.type == "lookup" and partly_seen_hops(self.work, self.entity, field):
            return None
        return replace(found, type=self._narrowed(found.type))

    def members(self) -> Iterable[Member]:
        """Every field that the actor may read."""
        every = (self.member(each.name) for each in self.entity.members())
        return [each for each in every if each is not None]

    def _narrowed(self, kind: Type) -> Type:
        if kind.shape is None:
            return kind
        target = self.work.model.entities.get(kind.shape.key)
        if target is None:
            return kind
        own = rights(self.work, target)
        if target.parent:
            own = self.rights.below(target.parent_field)
        elif not own.can_read or own.row_condition is not None:
            return replace(kind, shape=_IdOnly(target))
        return replace(kind, shape=VisibleShape(self.work, target, own))


@dataclass(frozen=True)
class _IdOnly:
    """A record of which the actor knows no more than that it is there."""

    entity: Entity

    @property
    def key(self) -> str:
        return self.entity.key

    def member(self, name: str) -> Member | None:
        return self.entity.member("id") if name == "id" else None

    def members(self) -> Iterable[Member]:
        found = self.member("id")
        return [] if found is None else [found]


def partly_seen_hops(work: Work, entity: Entity, lookup: Field) -> list[Entity]:
    """The entities that a lookup leads over of whose records the actor sees only some."""
    hops = []
    here: Entity | None = entity
    for name in tuple(lookup.options["path"])[:-1]:
        step = here.field(name) if here is not None else None
        here = work.model.entities.get(step.target) if step is not None and step.target else None
        if here is not None and rights(work, here).row_condition is not None:
            hops.append(here)
    return hops


def visible_scope(work: Work, entity: Entity) -> Scope:
    """What a filter of the actor over records of the entity may name."""
    own = rights(work, entity)
    shape: Shape = entity if work.ctx.actor.is_admin else VisibleShape(work, entity, own)
    return Scope(shape, offers=frozenset({"clock", "user"}))
