"""Types of formula values, and what names a formula may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal[
    "number", "text", "boolean", "date", "datetime", "time", "record", "list", "json", "blank"
]


@dataclass(frozen=True, slots=True)
class Type:
    """What a formula gives.

    nullable: whether it may be blank. integer: a number that is whole. scale: decimal places of a
    stored number, None when it has no fixed number of them. shape: what a record, or a record of a list, holds.
    item: the type of the members of a list of plain values (a list has either shape or item).
    """

    kind: Kind
    nullable: bool = True
    integer: bool = False
    scale: int | None = None
    shape: Shape | None = None
    item: Type | None = None

    def required(self) -> Type:
        """The same type, never blank."""
        return replace(self, nullable=False)

    def optional(self) -> Type:
        """The same type, perhaps blank."""
        return replace(self, nullable=True)


NUMBER = Type("number")
INTEGER = Type("number", integer=True, scale=0)
TEXT = Type("text")
BOOLEAN = Type("boolean", nullable=False)
DATE = Type("date")
DATETIME = Type("datetime")
TIME = Type("time")
JSON = Type("json")
BLANK = Type("blank")


@dataclass(frozen=True, slots=True)
class Member:
    """A name within a shape.

    name: the key of its value at run time. ref: what it is for good ("retail:order.tot" for a field), which a
    rename does not change; "" for a name that only lives in its document. labels: other ways to write it
    (labels in any language, older names). is_deprecated names are looked up through `labels` too. title: how people
    are shown it, in Chinese and English, where that is no other way to write it.
    """

    name: str
    type: Type
    ref: str = ""
    labels: tuple[str, ...] = ()
    title: tuple[str, str] = ("", "")


class Shape(Protocol):
    """What a record holds: an entity's fields, a table's columns, a ledger's figures."""

    @property
    def key(self) -> str:
        """Stable key of the entity, table … that this is the shape of."""
        ...

    def member(self, name: str) -> Member | None:
        """The member of that name, older name or label; None when there is none."""
        ...

    def members(self) -> Iterable[Member]:
        """Every member, in the order of its document."""
        ...


@dataclass(frozen=True, slots=True)
class StaticShape:
    """A shape from a list of members, all known beforehand."""

    key: str
    all: tuple[Member, ...] = ()
    _index: dict[str, Member] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for each in self.all:
            for label in each.labels:
                self._index.setdefault(label, each)
        for each in self.all:
            self._index[each.name] = each

    def member(self, name: str) -> Member | None:
        """The member of that name or label."""
        return self._index.get(name)

    def members(self) -> Iterable[Member]:
        """Every member, in order."""
        return self.all


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a formula may use, besides the functions.

    root: the record that it is about. extras: further names (values computed before, state, ledgers, tables);
    they win over the root's. offers: what the host can answer, such as {"clock", "user", "ledger", "moment", "batch"};
    a function that needs something else is refused when the formula is checked. row: the shape of the lines that
    `Formula.column` goes over; its names win over all others.
    """

    root: Shape
    extras: Mapping[str, Member] = field(default_factory=lambda: MappingProxyType({}))
    offers: frozenset[str] = frozenset()
    row: Shape | None = None

    def lookup(self, name: str) -> Member | None:
        """What the name means here; None when nothing."""
        return self.extras.get(name) or self.root.member(name)

    def plus(self, *members: Member) -> Scope:
        """The same scope with further names (their labels too)."""
        grown = dict(self.extras)
        for each in members:
            for label in (*each.labels, each.name):
                grown[label] = each
        return replace(self, extras=MappingProxyType(grown))

    def over(self, row: Shape) -> Scope:
        """The same scope for a formula that is evaluated once for every line of that shape."""
        return replace(self, row=row)
