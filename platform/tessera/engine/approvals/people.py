"""Where the people of an approval are found: users, roles, fields, managers, formulas, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tessera.engine.approvals.frames import Frame, follow, names_of
from tessera.engine.identity.users import name_key
from tessera.engine.work import Work
from tessera.meta.approvals import OrganisationDoc, Source
from tessera.meta.kinds.table import TableDoc
from tessera.store.column_types import Text
from tessera.store.system.access import users

_BETWEEN = re.compile(r"[,，、;；\s]+")
_MOST = 200
_MOST_LEVELS = 20


@dataclass
class People:
    """The directory of one approval. entity and record_id: what it is about."""

    work: Work
    frame: Frame
    entity: str
    record_id: int
    requester: int

    def approvers(self, node: int) -> tuple[int, ...]:
        """Whom a node asks, in order, each once; only those who may sign in."""
        return self.of(self.frame.options.nodes[node].approvers)

    def fallback(self, node: int) -> tuple[int, ...]:
        """Whom it asks when there is nobody else."""
        return self.of(self.frame.options.nodes[node].fallback)

    def takers(self, node: int, deadline: int) -> tuple[int, ...]:
        """To whom a deadline of the node transfers."""
        return self.of(self.frame.options.nodes[node].plan.deadlines[deadline].to)

    def copies(self, node: int) -> tuple[int, ...]:
        """Who is sent a copy once a node is left."""
        return self.of(self.frame.options.nodes[node].copies)

    def manager(self, person: int) -> int | None:
        """Who is above a person, by the step's organisation."""
        return manager_of(self.work, self._organisation(self.frame.options.organisation), person)

    def is_active(self, person: int) -> bool:
        """Whether the person may sign in."""
        return person in active_among(self.work, [person])

    def of(self, sources: Iterable[Source]) -> tuple[int, ...]:
        """The people of some sources together."""
        found = [person for source in sources for person in _FINDERS[source.kind](self, source)]
        wanted = list(dict.fromkeys(found))
        active = active_among(self.work, wanted)
        return tuple(each for each in wanted if each in active)[:_MOST]

    # One finder for each kind of source

    def _users(self, source: Source) -> Iterator[int]:
        yield from ids_of(self.work, source.users)

    def _role(self, source: Source) -> Iterator[int]:
        value = _comparable(self.frame.value(source.value, self.requester)) if source.attribute else None
        for person, attributes in holders_of(self.work, source.role):
            if not source.attribute or (value is not None and _comparable(attributes.get(source.attribute)) == value):
                yield person

    def _field(self, source: Source) -> Iterator[int]:
        entity = self.work.model.entities.get(self.entity)
        names = names_of(self.work.model, source.path)
        if entity is not None and names is not None:
            yield from self._named(follow(self.work, entity, self.record_id, names))

    def _manager(self, source: Source) -> Iterator[int]:
        organisation = self._organisation(source.organisation)
        for person in self._named(self.frame.value(source.value, self.requester)):
            chain = list(above(self.work, organisation, person, source.levels))
            yield from chain if source.each else chain[source.levels - 1 :]

    def _requester(self, source: Source) -> Iterator[int]:
        yield self.requester

    def _formula(self, source: Source) -> Iterator[int]:
        yield from self._named(self.frame.value(source.value, self.requester))

    def _table(self, source: Source) -> Iterator[int]:
        table: TableDoc | None = self.frame.model.parts.get("table", {}).get(source.table)
        if table is None:
            return
        column = next(each.name for each in table.columns if source.column == f"{table.key}.{each.uid}")
        for row in table.rows:
            if self.frame.value(source.when, self.requester, {"row": row}) is True:
                value = row.get(column)
                if source.is_role:
                    for role in _BETWEEN.split(str(value or "")):
                        yield from (person for person, _ in holders_of(self.work, role))
                else:
                    yield from self._named(value)
                if source.first:
                    return

    def _named(self, value: Any) -> Iterator[int]:
        """The people that a value names: ids, sign-in names, or lists of them."""
        if isinstance(value, bool) or value is None:
            return
        if isinstance(value, int | Decimal):
            if value == int(value):
                yield int(value)
        elif isinstance(value, str):
            yield from ids_of(self.work, _BETWEEN.split(value))
        elif isinstance(value, Mapping):
            yield from self._named(value.get("id"))
        elif isinstance(value, Iterable):
            for each in value:
                yield from self._named(each)

    def _organisation(self, key: str) -> OrganisationDoc | None:
        # Of the head: who is above whom is so now, whatever it was when the run began.
        found: OrganisationDoc | None = self.work.model.parts.get("organisation", {}).get(key)
        return found


_FINDERS: Mapping[str, Callable[[People, Source], Iterator[int]]] = {
    "users": People._users,
    "role": People._role,
    "field": People._field,
    "manager": People._manager,
    "requester": People._requester,
    "formula": People._formula,
    "table": People._table,
}


def _comparable(value: Any) -> Any:
    """A value as it is compared with an attribute of an account."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def ids_of(work: Work, names: Iterable[str]) -> Iterator[int]:
    """The ids of users by their sign-in names, in their order; unknown ones are left out."""
    wanted = [name_key(each) for each in names if each]
    if not wanted:
        return
    query = sa.select(users.c.name_key, users.c.id).where(users.c.name_key.in_(sorted(set(wanted))))
    found = {row["name_key"]: row["id"] for row in work.tx.rows(query)}
    yield from (found[each] for each in wanted if each in found)


def active_among(work: Work, people: Iterable[int]) -> set[int]:
    """Those of the people who may sign in."""
    wanted = sorted(set(people))
    if not wanted:
        return set()
    return set(work.tx.execute(sa.select(users.c.id).where(users.c.id.in_(wanted), users.c.is_active)).scalars())


def holders_of(work: Work, role: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The active users who have a role, by id, with the attributes of their accounts."""
    if not role:
        return []
    # Roles stand as a JSON list; the text narrows the search, the list decides.
    about = sa.type_coerce(users.c.roles, Text()).contains(f'"{role}"', autoescape=True)
    query = sa.select(users.c.id, users.c.roles, users.c.attributes).where(users.c.is_active, about)
    rows = work.tx.rows(query.order_by(users.c.id))
    return [(row["id"], row["attributes"]) for row in rows if role in row["roles"]]


def above(work: Work, organisation: OrganisationDoc | None, person: int, levels: int) -> Iterator[int]:
    """The people above a person, one level after the other, as far as there are any and none comes twice."""
    seen = {person}
    for _ in range(levels):
        found = manager_of(work, organisation, person)
        if found is None or found in seen:
            return
        yield found
        seen.add(found)
        person = found


def manager_of(work: Work, organisation: OrganisationDoc | None, person: int) -> int | None:
    """Who is above a person: over the person's own records, in order of their ids and of the ways up from each.

    Somebody who may not sign in is passed over upwards. None when there is nobody.
    """
    seen = {person}
    waiting = [person]
    for _ in range(_MOST_LEVELS):
        if organisation is None or not waiting:
            return None
        found = [each for one in waiting for each in _directly_above(work, organisation, one) if each not in seen]
        active = active_among(work, found)
        first = next((each for each in found if each in active), None)
        if first is not None:
            return first
        seen.update(found)
        waiting = list(dict.fromkeys(found))
    return None


def _directly_above(work: Work, organisation: OrganisationDoc, person: int) -> Iterator[int]:
    entity = work.model.entities.get(organisation.entity)
    if entity is None:
        return
    columns = work.tables.columns(entity)
    own = sa.select(columns["id"]).where(columns[organisation.user] == person, columns["deleted_at"].is_(None))
    for place in work.tx.execute(own.order_by(columns["id"])).scalars().all():
        for path in organisation.managers:
            value = follow(work, entity, place, path.names)
            if path.is_place and value is not None:
                number = value["id"] if isinstance(value, Mapping) else value
                value = follow(work, entity, number, (organisation.user,))
            if isinstance(value, int):
                yield value
