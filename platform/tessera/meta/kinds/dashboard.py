"""The kind `dashboard`: records, movements of ledgers and views summed up in blocks, with filters of its reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias
from zoneinfo import available_timezones

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, NUMBER, Member, Scope, StaticShape, Type
from tessera.meta.documents import Document
from tessera.meta.drafts import EntityDraft, FieldDraft, Unusable
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.kinds.role import ensure_role
from tessera.meta.linker import Linker
from tessera.meta.model import Label
from tessera.meta.rules import LedgerDoc

Source: TypeAlias = Literal["entity", "movements", "view"]
PERIODS = frozenset({
    "today", "yesterday", "this_week", "this_month", "this_quarter", "this_year", "last_week", "last_month",
    "last_quarter", "last_year", "all",
})  # fmt: skip
LAST_DAYS = re.compile(r"last_([1-9][0-9]{0,2})d\Z")
_SYSTEM_DAYS = frozenset({"created_at", "updated_at"})


NO_LABEL = Label()


@dataclass(frozen=True, slots=True)
class Shown:
    """How a number is written. good: which way of it is good."""

    format: str = "plain"
    scale: int = 2
    currency: str = ""
    unit: Label = NO_LABEL
    good: str = "up"


@dataclass(frozen=True, slots=True)
class DashFilter:
    """What a reader chooses. kind: period or choice. entity (by key) and field: where a choice's values come from."""

    name: str
    label: Label
    kind: str
    default: Any
    compare: str = "none"
    entity: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class DashMeasure:
    """What is summed up. value: path, "" for none. totals: of movements, under which they were posted.

    is_running: summed up from the beginning to the end of each row's bucket.
    """

    name: str
    label: Label
    fold: str
    value: str
    filter: Formula | None
    totals: tuple[str, ...]
    is_negated: bool
    is_running: bool
    is_hidden: bool
    shown: Shown


@dataclass(frozen=True, slots=True)
class DashFigure:
    """What is worked out of the measures of a row."""

    name: str
    label: Label
    value: Formula
    shown: Shown


@dataclass(frozen=True, slots=True)
class DashGroup:
    """What rows stand for. by: path, "" of movements for their business day, or for what they were posted as."""

    name: str
    label: Label
    by: str
    bucket: str
    is_total: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A block. of: key of the entity, ledger or view. filters: path by the name of the dashboard's filter.

    drill_view: key of the view behind a mark, "" for the entity's records.
    """

    uid: str
    kind: str
    label: Label
    source: Source
    of: str
    filter: Formula | None
    day: str
    filters: Mapping[str, str]
    measures: tuple[DashMeasure, ...]
    figures: tuple[DashFigure, ...]
    groups: tuple[DashGroup, ...]
    sort: tuple[tuple[str, bool], ...]
    limit: int
    has_rest: bool
    trend: str
    is_compared: bool
    drill_view: str
    drill_filter: Formula | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A compiled dashboard. roles: who sees it, empty for everyone. zone: "" for the server's."""

    key: str
    name: str
    label: Label
    icon: str
    roles: tuple[str, ...]
    zone: str
    is_home: bool
    filters: tuple[DashFilter, ...]
    blocks: tuple[Block, ...]


class DashboardKind(Kind):
    """How dashboards are understood."""

    name: ClassVar[str] = "dashboard"
    phase: ClassVar[int] = 85

    def compile(self, document: Document, linker: Linker) -> Dashboard:
        """The dashboard; blocks that are wrong are reported and left out."""
        body = document.body
        builder = _Builder(document, linker)
        for index, name in enumerate(body.get("roles", ())):
            ensure_role(name, document.at("roles", index), linker)
        filters = tuple(builder.filter(each, index) for index, each in enumerate(body.get("filters", ())))
        blocks = (builder.block(each, index) for index, each in enumerate(body["blocks"]))
        return Dashboard(
            document.key, document.name, linker.label(body, document.at()), str(body.get("icon", "")),
            tuple(body.get("roles", ())), builder.zone(), bool(body.get("is_home", False)), filters,
            tuple(each for each in blocks if each is not None),
        )  # fmt: skip


KINDS.add("dashboard", DashboardKind())


class _Builder:
    """Builds the parts of one dashboard; what is wrong is reported to the linker."""

    def __init__(self, document: Document, linker: Linker) -> None:
        self.document, self.linker = document, linker
        self.names = {each["name"]: each["kind"] for each in document.body.get("filters", ())}

    def zone(self) -> str:
        """The zone of its days."""
        name = str(self.document.body.get("zone", ""))
        if name and name not in available_timezones():
            self.problem("unknown_zone", ("zone",), f'There is no time zone "{name}".', name=name)
        return name

    def problem(self, code: str, steps: tuple[object, ...], message: str, **params: Json) -> None:
        """Report what is wrong at a place."""
        self.linker.problem(code, self.document.at(*steps), message, **params)

    def filter(self, body: Mapping[str, Json], index: int) -> DashFilter:
        """A filter; a choice says where its values come from."""
        at = ("filters", index)
        entity, field = "", ""
        default = body.get("default")
        if body["kind"] == "period":
            if isinstance(default, str) and default not in PERIODS and not LAST_DAYS.match(default):
                self.problem("unknown_period", (*at, "default"), f'"{default}" is no period.')
        elif "entity" not in body or "field" not in body:
            self.problem("missing_key", at, "A choice needs entity and field, whose values it offers.", key="field")
        else:
            found = self.linker.entity(body["entity"], self.document.at(*at, "entity"))
            if found is not None:
                self.linker.path(found, body["field"], self.document.at(*at, "field"))
                entity, field = found.key, str(body["field"])
        label = self.linker.label(body, self.document.at(*at))
        return DashFilter(body["name"], label, body["kind"], default, body.get("compare", "none"), entity, field)

    def block(self, body: Mapping[str, Json], index: int) -> Block | None:
        """A block, None when what it is of is not there."""
        at = ("blocks", index)
        given = [key for key in ("entity", "movements_of", "view") if key in body]
        if len(given) != 1:
            self.problem("one_source", at, "A block has exactly one of entity, movements_of and view.")
            return None
        if given != ["view"] and "measures" not in body:
            self.problem("missing_key", at, 'The key "measures" is missing.', key="measures")
            return None
        if given == ["view"]:
            return self._of_view(body, at)
        source: Source = "entity" if "entity" in body else "movements"
        found = self._source(body, source, at)
        if found is None:
            return None
        of, entity = found
        self._check_counts(body, at)
        measures = tuple(
            self._measure(each, (*at, "measures", i), entity, source) for i, each in enumerate(body["measures"])
        )
        shape = StaticShape(self.document.key, tuple(Member(each.name, NUMBER) for each in measures))
        figures = [self._figure(each, (*at, "figures", i), shape) for i, each in enumerate(body.get("figures", ()))]
        groups = tuple(self._group(each, (*at, "groups", i), entity, source)
                       for i, each in enumerate(body.get("groups", ())))  # fmt: skip
        kept = tuple(each for each in figures if each is not None)
        drill_view, drill_filter = self._drill(body, at, entity)
        return Block(
            body["uid"], body["kind"], self.linker.label(body, self.document.at(*at)), source, of,
            self._condition(body, "filter", at, entity), self._day(body, at, entity, source),
            self._filters(body, at, entity), measures, kept, groups, self._sort(body, at, measures, kept, groups),
            body.get("limit", 100), body.get("rest", False), body.get("trend", ""), body.get("compare", True),
            drill_view, drill_filter,
        )  # fmt: skip

    def _of_view(self, body: Mapping[str, Json], at: tuple[object, ...]) -> Block | None:
        if body["kind"] != "table":
            self.problem("wrong_block", (*at, "kind"), "Rows of a view are shown as a table.")
        try:
            key = self.linker.find("view", str(body["view"]), self.document.at(*at, "view"))
        except Unusable:
            return None
        if key is None:
            return None
        label = self.linker.label(body, self.document.at(*at))
        return Block(body["uid"], "table", label, "view", key, None, "", {}, (), (), (), (), body.get("limit", 100),
                     False, "", False, key, None)  # fmt: skip

    def _source(
        self, body: Mapping[str, Json], source: Source, at: tuple[object, ...]
    ) -> tuple[str, EntityDraft] | None:
        if source == "entity":
            entity = self.linker.entity(str(body["entity"]), self.document.at(*at, "entity"))
            if entity is not None and entity.parent is not None:
                self.problem("wrong_block", (*at, "entity"), "Lines are summed up through their records.")
                return None
            return None if entity is None else (entity.key, entity)
        ledger = self.linker.part("ledger", str(body["movements_of"]), self.document.at(*at, "movements_of"))
        if not isinstance(ledger, LedgerDoc):
            return None
        holder = self.linker.entity_of(ledger.per)
        return None if holder is None else (ledger.key, holder)

    def _check_counts(self, body: Mapping[str, Json], at: tuple[object, ...]) -> None:
        """Each kind of block needs its groups and measures."""
        groups, measures = len(body.get("groups", ())), len(body["measures"])
        least, most = {"number": (0, 0), "line": (1, 2), "bar": (1, 2), "pie": (1, 1), "funnel": (0, 0),
                       "heat": (2, 2)}.get(body["kind"], (0, 2))  # fmt: skip
        if not least <= groups <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            self.problem("wrong_block", (*at, "groups"), f"A block of kind {body['kind']} has {wanted} groups.")
        if groups == 2 and measures + len(body.get("figures", ())) > 1 and body["kind"] != "table":
            shown = [each for each in body["measures"] if not each.get("is_hidden")]
            if len(shown) + len(body.get("figures", ())) > 1:
                self.problem("wrong_block", (*at, "measures"), "With two groups there is one figure to show.")

    def _measure(
        self, body: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft, source: Source
    ) -> DashMeasure:
        value = str(body.get("value", ""))
        if source == "movements":
            if value or body["fold"] not in ("sum", "count"):
                self.problem("wrong_block", at, "Movements are counted, or their effects are summed.")
        elif "as" in body:
            self.problem("wrong_block", (*at, "as"), "Only movements are posted under totals.")
        elif value:
            self._ensure_folds(body, at, self._path(entity, value, (*at, "value")))
        elif body["fold"] != "count":
            self.problem("missing_key", at, f'The key "value" is missing for {body["fold"]}.', key="value")
        label = self.linker.label(body, self.document.at(*at))
        return DashMeasure(
            body["name"], label, body["fold"], value, self._condition(body, "filter", at, entity),
            tuple(body.get("as", ())), body.get("is_negated", False), self._is_running(body, at),
            body.get("is_hidden", False), self._shown(body, at),
        )  # fmt: skip

    def _is_running(self, body: Mapping[str, Json], at: tuple[object, ...]) -> bool:
        if not body.get("is_running"):
            return False
        groups = self.document.body["blocks"][at[1]].get("groups", ())
        is_along = len(groups) == 1 and groups[0].get("bucket") in ("day", "week", "month", "quarter", "year")
        if not is_along or body["fold"] not in ("sum", "count"):
            self.problem("wrong_block", at, "A running total is a sum or count along one group of days or longer.")
        return True

    def _ensure_folds(self, body: Mapping[str, Json], at: tuple[object, ...], field: FieldDraft | None) -> None:
        kind = self._type(field)
        if kind is not None and body["fold"] in ("sum", "avg") and kind.kind not in ("number", "json"):
            message = f'A {kind.kind} has no {body["fold"]}.'
            self.problem("wrong_type", (*at, "value"), message)

    def _figure(self, body: Mapping[str, Json], at: tuple[object, ...], shape: StaticShape) -> DashFigure | None:
        value = self.linker.formula(body["value"], Scope(shape), self.document.at(*at, "value"), NUMBER)
        label = self.linker.label(body, self.document.at(*at))
        return None if value is None else DashFigure(body["name"], label, value, self._shown(body, at))

    def _shown(self, body: Mapping[str, Json], at: tuple[object, ...]) -> Shown:
        unit = self.linker.label(body, self.document.at(*at), "unit") if "unit" in body else NO_LABEL
        return Shown(body.get("format", "plain"), body.get("scale", 2), body.get("currency", ""), unit,
                     body.get("good", "up"))  # fmt: skip

    def _group(
        self, body: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft, source: Source
    ) -> DashGroup:
        by, bucket = str(body.get("by", "")), str(body.get("bucket", ""))
        is_total = bool(body.get("is_total", False))
        if by:
            kind = self._type(self._path(entity, by, (*at, "by")))
            if bucket and kind is not None and kind.kind not in ("date", "datetime"):
                self.problem("wrong_type", (*at, "bucket"), f"A {kind.kind} does not fall into a {bucket}.")
        elif source == "entity":
            self.problem("missing_key", at, 'The key "by" is missing.', key="by")
        if is_total and source == "entity":
            self.problem("wrong_block", (*at, "is_total"), "Only movements are posted under totals.")
        return DashGroup(body["name"], self.linker.label(body, self.document.at(*at)), by, bucket, is_total)

    def _filters(self, body: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft) -> Mapping[str, str]:
        found = {}
        for i, each in enumerate(body.get("filters", ())):
            if self.names.get(each["name"]) != "choice":
                message = f'The dashboard has no choice "{each["name"]}".'
                self.problem("unknown_filter", (*at, "filters", i, "name"), message, name=each["name"])
            elif self._path(entity, each["by"], (*at, "filters", i, "by")) is not None:
                found[each["name"]] = each["by"]
        return found

    def _day(self, body: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft, source: Source) -> str:
        day = str(body.get("day", ""))
        if not day:
            return ""
        if source == "movements":
            self.problem("wrong_block", (*at, "day"), "The day of movements is their business day.")
            return ""
        if day in _SYSTEM_DAYS:
            return day
        kind = self._type(self._path(entity, day, (*at, "day")))
        if kind is not None and kind.kind not in ("date", "datetime", "json"):
            self.problem("wrong_type", (*at, "day"), f"A {kind.kind} is no day.")
        return day

    def _sort(self, body: Mapping[str, Json], at: tuple[object, ...], measures: tuple[DashMeasure, ...],
              figures: tuple[DashFigure, ...], groups: tuple[DashGroup, ...]) -> tuple[tuple[str, bool], ...]:
        names = [*(each.name for each in groups), *(each.name for each in measures), *(each.name for each in figures)]
        for name in sorted({each for each in names if names.count(each) > 1}):
            self.problem("repeated_name", at, f'The name "{name}" is taken twice.', name=name)
        found = []
        for i, each in enumerate(body.get("sort", ())):
            if each["by"] not in names:
                message = f'There is no group, measure or figure "{each["by"]}".'
                self.problem("unknown_column", (*at, "sort", i, "by"), message, name=each["by"])
            found.append((each["by"], each.get("direction") == "desc"))
        return tuple(found)

    def _drill(
        self, body: Mapping[str, Json], at: tuple[object, ...], entity: EntityDraft
    ) -> tuple[str, Formula | None]:
        drill = body.get("drill", {})
        key: str | None = ""
        if "view" in drill:
            try:
                key = self.linker.find("view", drill["view"], self.document.at(*at, "drill", "view"))
            except Unusable:
                key = ""
        return key or "", self._condition(drill, "filter", (*at, "drill"), entity)

    def _condition(
        self, body: Mapping[str, Json], key: str, at: tuple[object, ...], entity: EntityDraft
    ) -> Formula | None:
        if key not in body:
            return None
        return self.linker.formula(body[key], self.linker.scope(entity), self.document.at(*at, key), BOOLEAN)

    def _path(self, entity: EntityDraft, path: str, steps: tuple[object, ...]) -> FieldDraft | None:
        if path in _SYSTEM_DAYS:
            return None
        found = self.linker.path(entity, path, self.document.at(*steps))
        return found[-1] if found else None

    def _type(self, field: FieldDraft | None) -> Type | None:
        if field is None:
            return None
        try:
            return self.linker.type_of(field)
        except Unusable:
            return None
