"""How records of an entity are written, compiled once per release and kept in the Model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any, Literal, TypeAlias

from tessera.engine.records.fit import Fit, fitter, typed_loader
from tessera.formula import Formula
from tessera.meta.model import Entity, Field, Model

Path: TypeAlias = tuple[str, ...]

DERIVED_TYPES = frozenset({"formula", "lookup", "rollup", "balance"})
SIDE_TYPES = frozenset({"rollup", "balance"})


@dataclass(frozen=True, slots=True)
class Step:
    """One computed value: fills the field of a record, or of each of its lines (lines: the name of their field).

    kind: a default fills only what is blank and new, a capture copies a path, a value is always computed.
    outer: whether a line's formula reads fields of the record that the line belongs to.
    """

    kind: Literal["default", "capture", "value", "lookup"]
    lines: str
    field: Field
    fit: Fit
    formula: Formula | None = None
    path: Path = ()
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reference from elsewhere to this entity, and what becomes of it when its target is deleted."""

    entity: Entity
    field: Field
    policy: str


@dataclass(frozen=True)
class Plan:
    """What the write path has to know about an entity; its lines' entities have plans of their own.

    inputs: fields that a caller may give, by name and older name; known: every field likewise. blank: a record
    without values. wrapped: references that formulas see as records. reads: for a reference, the paths below it.
    people: names of the fields that hold users.
    """

    entity: Entity
    known: dict[str, Field]
    inputs: dict[str, Field]
    stored: tuple[Field, ...]
    references: tuple[Field, ...]
    multiple: tuple[Field, ...]
    sequences: tuple[Field, ...]
    lines: dict[str, Plan]
    blank: dict[str, Any]
    uniques: tuple[tuple[Field, ...], ...]
    checked: tuple[Field, ...]
    required: tuple[Field, ...]
    side: tuple[Field, ...]
    wrapped: tuple[str, ...]
    reads: dict[str, frozenset[Path]]
    steps: tuple[Step, ...] = ()
    incoming: tuple[Incoming, ...] = ()
    feeds: tuple[tuple[Entity, Field], ...] = ()
    fits: tuple[tuple[Field, Fit], ...] = ()
    seals: bool = False
    people: tuple[str, ...] = ()


@dataclass
class _Draft:
    wrapped: set[str] = field(default_factory=set)
    reads: dict[str, set[Path]] = field(default_factory=dict)
    side: set[str] = field(default_factory=set)


def plan_of(model: Model, entity: Entity) -> Plan:
    """The plan of a root entity, from the Model's cache."""
    key = ("records.plan", entity.key)
    found = model.cache.get(key)
    if found is None:
        found = model.cache[key] = _root_plan(model, entity)
    return found


def formulas_of(entity: Entity) -> Iterator[Formula]:
    """Every formula that is evaluated over a record of the entity while it is written."""
    for each in entity.fields:
        value = each.value if each.type == "formula" else None
        yield from (f for f in (each.default, value, each.check) if f is not None)
    yield from (each.rule for each in entity.validations)
    if entity.life_cycle:
        yield from (each.when for each in entity.life_cycle.transitions if each.when is not None)


def feeds_of(model: Model, entity: Entity) -> tuple[tuple[Entity, Field], ...]:
    """The rollups that fold records of this entity or its lines, each with the entity that owns it."""
    sources = {entity.key, *(line.key for _, line in model.lines_of(entity))}
    found = []
    for other in model.entities.values():
        for each in other.fields:
            if each.type == "rollup" and each.options.get("source") in sources:
                found.append((other, each))
    return tuple(found)


def _root_plan(model: Model, entity: Entity) -> Plan:
    line_entities = {each.name: line for each, line in model.lines_of(entity)}
    drafts = {name: _Draft() for name in ("", *line_entities)}
    reader = _Reader(model, entity, line_entities, drafts)
    for formula in formulas_of(entity):
        reader.note_formula("", formula)
    for name, line in line_entities.items():
        for formula in formulas_of(line):
            reader.note_formula(name, formula)
    feeds = feeds_of(model, entity)
    for name, each in (("", entity), *line_entities.items()):
        reader.note_paths(name, each)
    lines = {name: _level(line, drafts[name], {}) for name, line in line_entities.items()}
    root = _level(entity, drafts[""], lines)
    return _completed(model, root, line_entities, feeds)


def _completed(
    model: Model, root: Plan, line_entities: dict[str, Entity], feeds: tuple[tuple[Entity, Field], ...]
) -> Plan:
    values = dict(root.__dict__)
    values["steps"] = _steps(root.entity, line_entities)
    values["incoming"] = tuple(_incoming(model, root.entity))
    values["feeds"] = feeds
    values["seals"] = any(each.personal for entity in (root.entity, *line_entities.values()) for each in entity.fields)
    return Plan(**values)


@dataclass
class _Reader:
    """Notes which references, and which paths below them, the formulas of an entity and its lines read."""

    model: Model
    entity: Entity
    lines: dict[str, Entity]
    drafts: dict[str, _Draft]

    def note_formula(self, level: str, formula: Formula) -> None:
        for path in formula.reads:
            self.note(level, path)

    def note_paths(self, level: str, entity: Entity) -> None:
        for each in entity.fields:
            if each.capture:
                self.note(level, each.capture)
            elif each.type == "lookup":
                self.note(level, path_of(each))

    def note(self, level: str, path: Path) -> None:
        found = (self.lines[level] if level else self.entity).field(path[0])
        if found is None:
            if level:
                self.note("", path)
            return
        draft = self.drafts[level]
        if found.type == "reference":
            draft.wrapped.add(found.name)
            if len(path) > 1:
                draft.reads.setdefault(found.name, set()).add(path[1:])
        elif found.type == "lines" and len(path) > 1 and not level:
            self.note(found.name, path[1:])
        elif found.type in SIDE_TYPES:
            draft.side.add(found.name)


def path_of(lookup: Field) -> Path:
    """The path that a lookup field follows."""
    path = lookup.options.get("path", ())
    return tuple(path.split(".")) if isinstance(path, str) else tuple(path)


def _level(entity: Entity, draft: _Draft, lines: dict[str, Plan]) -> Plan:
    stored = tuple(each for each in entity.fields if each.storage is not None)
    multiple = tuple(each for each in entity.fields if each.type == "multi_reference")
    blank: dict[str, Any] = {each.name: None for each in stored}
    fits = tuple((each, typed_loader(each)) for each in stored if each.type not in {"reference", "user"})
    known: dict[str, Field] = {}
    for each in entity.fields:
        for alias in each.aliases:
            known.setdefault(alias, each)
    known.update({each.name: each for each in entity.fields})
    return Plan(
        entity=entity,
        known=known,
        inputs={name: each for name, each in known.items() if _is_input(each)},
        stored=stored,
        references=tuple(each for each in entity.fields if each.type == "reference"),
        multiple=multiple,
        sequences=tuple(each for each in entity.fields if each.type == "sequence"),
        lines=lines,
        blank=blank,
        uniques=tuple(_uniques(entity)),
        checked=tuple(each for each in entity.fields if each.check is not None),
        required=tuple(each for each in entity.fields if each.required),
        side=tuple(each for each in entity.fields if each.name in draft.side),
        wrapped=tuple(sorted(draft.wrapped)),
        reads={name: frozenset(paths) for name, paths in draft.reads.items()},
        fits=fits,
        people=tuple(each.name for each in stored if each.type == "user"),
    )


def _is_input(each: Field) -> bool:
    if each.type == "sequence" and not each.options.get("may_be_given"):
        return False
    return not (each.read_only or each.capture or each.type in DERIVED_TYPES)


def _uniques(entity: Entity) -> Iterator[tuple[Field, ...]]:
    by_uid = {each.uid: each for each in entity.fields}
    found = [tuple(by_uid[uid] for uid in unique.fields) for unique in entity.uniques]
    found += [(each,) for each in entity.fields if each.unique]
    if entity.business_key:
        names = [entity.field(name) for name in entity.business_key]
        found.append(tuple(each for each in names if each is not None))
    seen: set[frozenset[str]] = set()
    for fields in found:
        names_of = frozenset(each.name for each in fields)
        if names_of not in seen:
            seen.add(names_of)
            yield fields


def _steps(entity: Entity, line_entities: dict[str, Entity]) -> tuple[Step, ...]:
    nodes: dict[str, list[Step]] = {}
    for name, level in (("", entity), *line_entities.items()):
        for each in level.fields:
            found = list(_steps_of_field(name, level, each))
            if found:
                nodes[each.key] = found
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for key, steps in nodes.items():
        sorter.add(key, *(ref for ref in _refs(steps) if ref in nodes and ref != key))
    return tuple(step for key in sorter.static_order() for step in nodes[key])


def _refs(steps: Iterable[Step]) -> set[str]:
    return {ref for step in steps if step.formula is not None for ref in step.formula.refs}


def _steps_of_field(lines: str, level: Entity, each: Field) -> Iterator[Step]:
    def outer(formula: Formula) -> bool:
        return bool(lines) and any(level.field(path[0]) is None for path in formula.reads)

    fit = fitter(each)
    if each.type == "formula" and each.value is not None:
        yield Step("value", lines, each, fit, each.value, outer=outer(each.value))
    elif each.type == "lookup":
        yield Step("lookup", lines, each, fit, path=path_of(each))
    elif each.capture:
        yield Step("capture", lines, each, fit, path=each.capture)
    elif each.default is not None:
        yield Step("default", lines, each, fit, each.default, outer=outer(each.default))


def _incoming(model: Model, entity: Entity) -> Iterator[Incoming]:
    for other in model.entities.values():
        for each in other.fields:
            if each.target == entity.key and each.type in {"reference", "multi_reference"}:
                yield Incoming(other, each, str(each.options.get("on_delete", "refuse")))
