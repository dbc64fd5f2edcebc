"""The kind `view`: records, decisions, holders or days shown as rows, and totals of another view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias
from zoneinfo import available_timezones

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, NUMBER, Member, Scope, StaticShape, Type
from tessera.meta.asked import asked_by
from tessera.meta.documents import Document
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.kinds.timeline import state_members
from tessera.meta.kinds.view_layouts import Layout, layouts_of
from tessera.meta.linker import Linker
from tessera.meta.model import Label
from tessera.meta.rule_scope import scope_of
from tessera.meta.rules import EachStep, FactorStep, LetStep, RulesetDoc, Step, TimelineDoc, WhenStep

Source: TypeAlias = Literal["entity", "decisions", "holders", "days", "totals"]
Format: TypeAlias = Literal["plain", "decimal", "minor", "date", "datetime", "percent"]
_SOURCES: Mapping[str, Source] = {
    "entity": "entity", "decisions_of": "decisions", "holders_of": "holders", "days_of": "days", "totals_of": "totals",
}
_COUNT = INTEGER.required()


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column. scale: of the formats decimal, minor and percent. fold: what stands below it, "" for nothing."""

    uid: str
    name: str
    label: Label
    value: Formula
    format: Format = "plain"
    scale: int = 2
    fold: str = ""
    is_hidden: bool = False
    width: int | None = None

    def type(self) -> Type:
        """What totals of the view read: whole numbers of smallest units, where the format says so."""
        return INTEGER if self.format == "minor" else self.value.type


@dataclass(frozen=True, slots=True)
class ViewSort:
    """An order of rows. path: of a field, or the name of a column when is_column."""

    uid: str
    path: str
    is_column: bool
    is_descending: bool


@dataclass(frozen=True, slots=True)
class View:
    """A compiled view. of: key of the entity, timeline or view that its rows come from.

    as_of: the last day that counts, None for now. zone: "" for the timeline's or the server's. values: what decisions
    name, with their types; documents: for decisions, keys of the entities of the moments.
    """

    key: str
    name: str
    label: Label
    source: Source
    of: str
    columns: tuple[ViewColumn, ...]
    filter: Formula | None = None
    sort: tuple[ViewSort, ...] = ()
    group: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    as_of: date | None = None
    days: tuple[date, ...] = ()
    zone: str = ""
    layouts: tuple[Layout, ...] = ()
    opens_as: str = "table"
    values: tuple[Member, ...] = ()
    aliases: tuple[str, ...] = ()

    def reads(self) -> frozenset[tuple[str, ...]]:
        """Everything that its formulas read."""
        formulas = [each.value for each in self.columns] + ([self.filter] if self.filter else [])
        return frozenset(path for each in formulas for path in each.reads)


class ViewKind(Kind):
    """How views are understood."""

    name = "view"
    phase = 70

    def compile(self, document: Document, linker: Linker) -> View | None:
        """The view; what is wrong is reported to the linker."""
        return _Compiler(document, linker).view()


KINDS.add("view", ViewKind())


class _Compiler:
    def __init__(self, document: Document, linker: Linker) -> None:
        self.document = document
        self.body = document.body
        self.linker = linker
        self.values: tuple[Member, ...] = ()

    def view(self) -> View | None:
        body, linker = self.body, self.linker
        key = next(each for each in _SOURCES if each in body)
        found = self._source(_SOURCES[key], str(body[key]), self.document.at(key))
        if found is None:
            return None
        of, scope = found
        columns = self._columns(scope)
        when = body.get("filter")
        found_filter = None if when is None else linker.formula(when, scope, self.document.at("filter"), BOOLEAN)
        sort = self._sort(columns, of if key == "entity" else "")
        if key == "entity":
            self._note_asked(of, found_filter, sort)
        return View(
            key=self.document.key,
            name=self.document.name,
            label=linker.label(body, self.document.at()),
            source=_SOURCES[key],
            of=of,
            columns=columns,
            filter=found_filter,
            sort=sort,
            group=self._group(columns),
            search=tuple(body.get("search", ())),
            as_of=self._day(body.get("as_of"), "as_of"),
            days=tuple(day for i, each in enumerate(body.get("days", ())) if (day := self._day(each, "days", i))),
            zone=self._zone(),
            layouts=layouts_of(self.document, linker, linker.entity_of(of) if key == "entity" else None),
            opens_as=str(body.get("opens_as", "table")),
            values=self.values,
            aliases=tuple(body.get("aliases", ())),
        )

    def _note_asked(self, entity: str, when: Formula | None, sort: tuple[ViewSort, ...]) -> None:
        """Ask for the index that gives the first page. Orders by columns are made once all rows are there."""
        draft = self.linker.entity_of(entity)
        order: list[tuple[str, bool]] = []
        for each in sort:
            field = draft.field(each.path) if draft is not None and not each.is_column else None
            if field is None:
                break
            order.append((field.name, each.is_descending))
        self.linker.note_asked(asked_by(entity, when, tuple(order)))

    def _zone(self) -> str:
        name = str(self.body.get("zone", ""))
        if name and name not in available_timezones():
            self.linker.problem("unknown_zone", self.document.at("zone"), f'There is no time zone "{name}".', name=name)
        return name

    def _day(self, text: Json, *steps: object) -> date | None:
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError:
            self.linker.problem("bad_day", self.document.at(*steps), f'"{text}" is no day.')
            return None

    def _source(self, source: Source, name: str, pointer: str) -> tuple[str, Scope] | None:
        if source == "entity":
            entity = self.linker.entity(name, pointer)
            return None if entity is None else (entity.key, self.linker.scope(entity))
        if source == "totals":
            return self._rows_of(name, pointer)
        timeline = self.linker.part("timeline", name, pointer)
        if not isinstance(timeline, TimelineDoc):
            return None
        if source == "decisions":
            # What broken rules would have named is unknown; they are reported themselves.
            return (timeline.key, self._decision_scope(timeline)) if self._rules_are_right(timeline) else None
        holder = StaticShape(timeline.key, tuple(self._holder_members(timeline)))
        if source == "holders":
            return timeline.key, scope_of(holder, self.linker)
        members = (Member("day", DATE.required()), Member("holders", Type("list", nullable=False, shape=holder)))
        return timeline.key, scope_of(StaticShape(self.document.key, members), self.linker)

    def _rows_of(self, name: str, pointer: str) -> tuple[str, Scope] | None:
        key = self.linker.find("view", name, pointer)
        other = self.linker.documents[key] if key else None
        if other is None:
            return None
        if "totals_of" in other.body:
            self.linker.problem("no_rows", pointer, f'"{name}" is one row of totals itself.', name=name)
            return None
        view = _Compiler(other, self.linker).view()
        if view is None:
            return None
        shape = StaticShape(view.key, tuple(Member(each.name, each.type()) for each in view.columns))
        rows = Member("rows", Type("list", nullable=False, shape=shape))
        return view.key, Scope(StaticShape(self.document.key, (rows,)))

    def _holder_members(self, timeline: TimelineDoc) -> Iterator[Member]:
        entity = self.linker.entity_of(timeline.per)
        found: dict[str, Member] = {}
        if entity is not None:
            found = {each.name: each for each in entity.shape.members()}
            found["holder"] = Member("holder", Type("record", nullable=False, shape=entity.shape))
        for name in timeline.ledgers:
            shape = self.linker.shape("ledger", name)
            if shape is not None:
                found[name] = Member(name, Type("record", nullable=False, shape=shape))
        found |= {each.name: each for each in state_members(timeline)}
        yield from found.values()

    def _rules_are_right(self, timeline: TimelineDoc) -> bool:
        runs = {each.run for part in (timeline.moments, timeline.due, timeline.facts) for each in part}
        rules = [self.linker.document("ruleset", name) for name in runs]
        return all(each is not None and self.linker.is_sound(each) for each in rules)

    def _decision_scope(self, timeline: TimelineDoc) -> Scope:
        documents: dict[str, Member] = {}
        for moment in timeline.moments:
            entity = self.linker.entity_of(moment.of)
            for each in entity.shape.members() if entity is not None else ():
                known = documents.get(each.name)
                documents[each.name] = each if known is None else _either(known, each)
        rules = [each for each in self.linker.parts().get("ruleset", {}).values() if isinstance(each, RulesetDoc)]
        values: dict[str, Member] = {}
        for rule in rules:
            for each in _named(rule.steps) if rule.timeline == timeline.name else ():
                known = values.get(each.name)
                values[each.name] = each if known is None else _either(known, each)
        self.values = tuple(values.values())
        own = [Member("position", _COUNT), Member("day", DATE.required()), Member("release", _COUNT)]
        holder = self.linker.entity_of(timeline.per)
        if holder is not None:
            own.append(Member("holder", Type("record", nullable=False, shape=holder.shape)))
        root = StaticShape(self.document.key, tuple(documents.values()))
        return replace(scope_of(root, self.linker, [*own, *self.values]), offers=frozenset({"moment"}))

    def _columns(self, scope: Scope) -> tuple[ViewColumn, ...]:
        found: list[ViewColumn] = []
        for i, each in enumerate(self.body["columns"]):
            if any(each["name"] == other["name"] for other in self.body["columns"][:i]):
                message = f'There are two columns "{each["name"]}".'
                self.linker.problem("repeated_name", self.document.at("columns", i, "name"), message)
            value = self.linker.formula(each["value"], scope, self.document.at("columns", i, "value"))
            label = self.linker.label(each, self.document.at("columns", i))
            if value is None:
                continue
            self._check_format(each.get("format", "plain"), value, i)
            found.append(ViewColumn(
                each["uid"], each["name"], label, value, each.get("format", "plain"), each.get("scale", 2),
                each.get("fold", ""), each.get("is_hidden", False), each.get("width"),
            ))  # fmt: skip
        return tuple(found)

    def _check_format(self, format_: Format, value: Formula, i: int) -> None:
        wanted = {"plain": None, "date": {"date", "datetime"}, "datetime": {"datetime"}}.get(format_, {"number"})
        if wanted is not None and value.type.kind not in {*wanted, "blank", "json"}:
            message = f'The format "{format_}" does not suit a {value.type.kind}.'
            self.linker.problem("wrong_format", self.document.at("columns", i, "format"), message)

    def _sort(self, columns: tuple[ViewColumn, ...], entity: str) -> tuple[ViewSort, ...]:
        found = []
        names = {each.name for each in columns}
        draft = self.linker.entity_of(entity) if entity else None
        for i, each in enumerate(self.body.get("sort", ())):
            path, is_descending = each["by"], each.get("direction") == "desc"
            is_field = draft is not None and draft.field(path.split(".")[0]) is not None
            if not is_field and path not in names:
                message = f'There is no field or column "{path}" to sort by.'
                self.linker.problem("unknown_column", self.document.at("sort", i, "by"), message, name=path)
                continue
            if is_field and draft is not None:
                self.linker.path(draft, path, self.document.at("sort", i, "by"))
            found.append(ViewSort(each["uid"], path, not is_field, is_descending))
        return tuple(found)

    def _group(self, columns: tuple[ViewColumn, ...]) -> tuple[str, ...]:
        wanted = tuple(self.body.get("group", ()))
        for i, name in enumerate(wanted):
            if name not in {each.name for each in columns}:
                message = f'There is no column "{name}" to group by.'
                self.linker.problem("unknown_column", self.document.at("group", i), message, name=name)
        return wanted


def _named(steps: Iterable[Step]) -> Iterator[Member]:
    for step in steps:
        if isinstance(step, LetStep) and not step.over:
            yield Member(step.name, step.value.type.optional())
        elif isinstance(step, FactorStep) and not step.over:
            yield Member(step.name, NUMBER)
        elif isinstance(step, EachStep):
            yield from _named(step.do)
        elif isinstance(step, WhenStep):
            yield from _named((*step.do, *step.otherwise))


def _either(one: Member, other: Member) -> Member:
    """A name that stands for a value of the one or the other type, perhaps for none."""
    a, b = one.type, other.type
    if a.kind != b.kind:
        return replace(one, type=Type("json"))
    same_scale = a.scale if a.scale == b.scale else None
    return replace(one, type=replace(a, nullable=True, integer=a.integer and b.integer, scale=same_scale))
