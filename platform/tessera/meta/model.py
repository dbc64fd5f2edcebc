"""The Model: all metadata of a release, compiled and frozen.

Keys are stable for good: a document's is `package:uid`, an element's within it `package:uid.element_uid`.
Names may change from release to release; keys never do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import DATETIME, INTEGER, TEXT, Member, Type
from tessera.meta.graph import EMPTY_GRAPH, Graph

EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Label:
    """A text for people, in Chinese and English."""

    zh: str = ""
    en: str = ""

    def get(self, language: str) -> str:
        """The text in that language, else the other one."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


@dataclass(frozen=True, slots=True)
class Storage:
    """How a value is kept in a column.

    kind: what the database must hold. precision and scale: of a decimal. length: of a text, None without limit.
    """

    kind: Literal["text", "integer", "decimal", "boolean", "date", "datetime", "time", "json"]
    precision: int = 18
    scale: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity.

    type: name of its field type. value_type: what formulas see. storage: None when it has no column of its own
    (lines, multi_reference, lookup, rollup, balance, a formula that is not stored). column: the column's name.
    target: key of the entity it refers to (reference, multi_reference), or of its line entity (lines).
    default: fills it when nothing is given. value: computes it (type formula). check: must be true to be
    accepted, else check_message. capture: path over a reference whose value is copied when it is written.
    options: the type's own settings, with defaults filled in. aliases: older names still accepted.
    load: wire value → Python value, raising FieldError; dump: Python value → wire value.
    """

    uid: str
    name: str
    key: str
    entity: str
    type: str
    label: Label
    value_type: Type
    storage: Storage | None = None
    column: str = ""
    target: str = ""
    required: bool = False
    unique: bool = False
    read_only: bool = False
    personal: bool = False
    default: Formula | None = None
    value: Formula | None = None
    check: Formula | None = None
    check_message: Label = Label()
    capture: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    aliases: tuple[str, ...] = ()
    load: Callable[[Json], Any] = field(default=lambda value: value, compare=False, repr=False)
    dump: Callable[[Any], Json] = field(default=lambda value: value, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unique:
    """Fields (by uid) whose values together occur once among the records that are not deleted."""

    uid: str
    key: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Columns that an index of the store covers, derived from the metadata. name is the index's name.

    descending: those of the columns that stand in it from the last value to the first.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    descending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """A formula over the whole record that must be true, and what is said when it is not."""

    uid: str
    rule: Formula
    message: Label
    at: str = ""  # name of the field to which the message belongs; "" for the record


@dataclass(frozen=True, slots=True)
class Transition:
    """A permitted change of state. source and target: option values of the state field. when: its guard."""

    uid: str
    source: str
    target: str
    when: Formula | None = None
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The states of a record: the select field that holds them, the first one, and the permitted changes."""

    field: str
    initial: str
    transitions: tuple[Transition, ...] = ()


def system_members(entity: str, *, is_line: bool) -> tuple[Member, ...]:
    """What every record of that entity (by key) has for itself, as formulas see it. People are ids of users."""
    types: dict[str, Type] = {"id": INTEGER, "place": INTEGER} if is_line else {
        "id": INTEGER, "ref": TEXT, "version": INTEGER, "created_at": DATETIME, "created_by": INTEGER,
        "updated_at": DATETIME, "updated_by": INTEGER, "deleted_at": DATETIME,
    }  # fmt: skip
    return tuple(Member(name, value_type, f"{entity}.{name}") for name, value_type in types.items())


@dataclass(frozen=True)
class Entity:
    """A table's meaning.

    table: name of its database table. parent: key of the entity whose lines these are, "" for a root entity;
    parent_field: name of the parent's lines field. title: name of the field that names a record for people.
    business_key: names of the fields that identify a record outside (empty: only its ref does).
    computed: names of its formula fields in the order in which they can be worked out; those of its lines stand
    among them as "lines.total".
    """

    key: str
    package: str
    uid: str
    name: str
    label: Label
    table: str
    fields: tuple[Field, ...]
    aliases: tuple[str, ...] = ()
    title: str = ""
    parent: str = ""
    parent_field: str = ""
    business_key: tuple[str, ...] = ()
    uniques: tuple[Unique, ...] = ()
    indexes: tuple[Index, ...] = ()
    life_cycle: LifeCycle | None = None
    validations: tuple[Validation, ...] = ()
    computed: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    _by_name: dict[str, Field] = field(default_factory=dict, compare=False, repr=False)
    _members: dict[str, Member] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for each in self.fields:
            labels = tuple(text for text in (each.label.zh, each.label.en, *each.aliases) if text)
            member = Member(each.name, each.value_type, each.key, labels)
            for text in labels:
                self._members.setdefault(text, member)
            for alias in each.aliases:
                self._by_name.setdefault(alias, each)
        for each in self.fields:
            labels = tuple(text for text in (each.label.zh, each.label.en, *each.aliases) if text)
            self._by_name[each.name] = each
            self._members[each.name] = Member(each.name, each.value_type, each.key, labels)
        for member in system_members(self.key, is_line=bool(self.parent)):
            self._members.setdefault(member.name, member)

    def field(self, name: str) -> Field | None:
        """The field of that name or older name."""
        return self._by_name.get(name)

    def member(self, name: str) -> Member | None:
        """The field as formulas see it, by name, older name or label."""
        return self._members.get(name)

    def members(self) -> list[Member]:
        """Every field as formulas see it, in order."""
        return [self._members[each.name] for each in self.fields]


@dataclass(frozen=True)
class Model:
    """Everything that a release says. Look-ups by name accept older names (aliases).

    number: of the release (0: nothing applied yet). hash: of its documents. documents: the JSON documents that it
    was compiled from, by key. parts: for each kind that has a compiled form, key → compiled object.
    """

    number: int
    hash: str
    documents: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: EMPTY)
    entities: Mapping[str, Entity] = field(default_factory=lambda: EMPTY)
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: EMPTY)
    names: Mapping[tuple[str, str], str] = field(default_factory=lambda: EMPTY)  # (kind, name or alias) → key
    graph: Graph = EMPTY_GRAPH
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def uses(self, key: str) -> list[str]:
        """Keys of the documents and elements that this one names."""
        return self.graph.used(key)

    def used_by(self, key: str) -> list[str]:
        """Keys of the elements and documents that name this one."""
        return self.graph.used_by(key)

    def entity(self, name: str) -> Entity | None:
        """The entity of that name or older name."""
        key = self.names.get(("entity", name))
        return self.entities.get(key) if key else None

    def part(self, kind: str, name: str) -> Any | None:
        """The compiled document of that kind and name, such as part("ledger", "points")."""
        key = self.names.get((kind, name))
        return self.parts.get(kind, EMPTY).get(key) if key else None

    def all(self, kind: str) -> list[Any]:
        """Every compiled document of a kind, in the order of their keys."""
        return [part for _, part in sorted(self.parts.get(kind, EMPTY).items())]

    def lines_of(self, entity: Entity) -> list[tuple[Field, Entity]]:
        """The lines fields of an entity, each with the entity of its lines."""
        return [(each, self.entities[each.target]) for each in entity.fields if each.type == "lines"]
