"""Entities and fields while they are being compiled: known by name, typed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import JSON, Member, Type
from tessera.meta.documents import Document
from tessera.meta.fields.base import FieldType
from tessera.meta.model import Label, system_members

if TYPE_CHECKING:
    from tessera.meta.linker import Linker


class Unusable(Exception):
    """Something that is wrong itself, and reported, was asked for. Private to the compiler."""


@dataclass(eq=False)
class FieldDraft:
    """A field that is being compiled.

    steps: where it stands in its document. typing: finds its type when that is not told by the settings alone.
    """

    document: Document
    steps: tuple[object, ...]
    body: Mapping[str, Json]
    entity: EntityDraft
    key: str
    name: str
    label: Label
    type: FieldType
    options: dict[str, Json]
    typing: Callable[[FieldDraft, Linker], Type]
    value: Formula | None = None
    path: tuple[FieldDraft, ...] = ()
    depth: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    _type: Type | None = None
    _state: str = "new"

    def at(self, *steps: object) -> str:
        """Pointer to a place inside the field."""
        return self.document.at(*self.steps, *steps)

    @property
    def known_type(self) -> Type | None:
        """Its type when it has been found already."""
        return self._type

    @property
    def is_broken(self) -> bool:
        """Whether its type could not be found."""
        return self._state == "broken"

    @property
    def is_new(self) -> bool:
        """Whether nobody asked for its type yet."""
        return self._state == "new"

    def labels(self) -> tuple[str, ...]:
        """Other ways to write it in a formula."""
        aliases = self.body.get("aliases", ())
        return tuple(text for text in (self.label.zh, self.label.en, *aliases) if text)

    def resolve(self, linker: Linker) -> Type:
        """Its type. Raises: Unusable, after the problem was reported."""
        if self._type is not None:
            return self._type
        if self._state == "typing":
            self._report_circle(linker)
        if self._state != "new":
            raise Unusable(self.key)
        self._state = "typing"
        linker.typing.append(self)
        try:
            self._type = self.typing(self, linker)
        finally:
            linker.typing.pop()
            self._state = "typed" if self._type is not None else "broken"
        linker.typed.append(self)
        return self._type

    def _report_circle(self, linker: Linker) -> None:
        circle = linker.typing[linker.typing.index(self) :]
        names = [f"{each.entity.name}.{each.name}" for each in (*circle, self)]
        first = min(circle, key=lambda each: each.key)
        message = f"These fields are computed from each other: {' → '.join(names)}."
        linker.problem("cycle", first.at(), message, "Take one of them out of the circle.", names=names)


@dataclass(eq=False)
class EntityShape:
    """An entity as formulas see it, also while it is being compiled."""

    key: str
    linker: Linker
    draft: EntityDraft | None = None

    def __eq__(self, other: object) -> bool:
        return getattr(other, "key", None) == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"EntityShape({self.key!r})"

    def member(self, name: str) -> Member | None:
        """The field of that name, older name or label, typed. Raises: Unusable when it is broken."""
        if self.draft is None:
            return None
        found = self.draft.field(name) or self.draft.by_label.get(name)
        if found is None:
            if name in self.draft.broken:
                raise Unusable(name)
            return self.draft.system.get(name)
        return Member(found.name, found.resolve(self.linker), found.key, found.labels())

    def members(self) -> Iterable[Member]:
        """Every field that is not broken, then the system's; types not known yet are not worked out."""
        for each in self.draft.fields if self.draft else ():
            if not each.is_broken:
                yield Member(each.name, each.known_type or JSON, each.key, each.labels())
        yield from self.draft.system.values() if self.draft else ()


@dataclass(eq=False)
class EntityDraft:
    """An entity, or the lines of one, that is being compiled.

    broken: names of fields that do not fit their schema. parent and parent_field: of lines.
    """

    document: Document
    key: str
    name: str
    shape: EntityShape
    steps: tuple[object, ...] = ()
    parent: EntityDraft | None = None
    parent_field: str = ""
    fields: list[FieldDraft] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    by_label: dict[str, FieldDraft] = field(default_factory=dict)
    by_name: dict[str, FieldDraft] = field(default_factory=dict)
    system: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shape.draft = self
        members = system_members(self.key, is_line=self.parent is not None)
        self.system = {each.name: each for each in members}

    def add(self, each: FieldDraft) -> None:
        """Take in a field; its name must be free."""
        self.fields.append(each)
        self.by_name[each.name] = each
        for label in each.labels():
            self.by_label.setdefault(label, each)

    def field(self, name: str) -> FieldDraft | None:
        """The field of that name."""
        return self.by_name.get(name) or self._by_alias(name)

    def _by_alias(self, name: str) -> FieldDraft | None:
        found = self.by_label.get(name)
        return found if found is not None and name in found.body.get("aliases", ()) else None

    def names(self) -> list[str]:
        """The names of its fields."""
        return list(self.by_name)


@dataclass(frozen=True, eq=False)
class LineShape:
    """What a formula of a line sees: the line's own fields, then those of the record that it belongs to."""

    line: EntityShape
    parent: EntityShape

    @property
    def key(self) -> str:
        """The key of the line entity."""
        return self.line.key

    def member(self, name: str) -> Member | None:
        """The line's field of that name, else the record's."""
        return self.line.member(name) or self.parent.member(name)

    def members(self) -> Iterable[Member]:
        """The line's fields, then the record's that they do not hide."""
        own = list(self.line.members())
        taken = {each.name for each in own}
        return [*own, *(each for each in self.parent.members() if each.name not in taken)]
