"""How a file is to be imported: what is proposed, what somebody made of it, and the mapping that this is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.importing.guessing import Profile, profiles
from tessera.engine.importing.matching import can_fill, matched
from tessera.engine.importing.sniffing import Sample, Written
from tessera.engine.importing.transforms import quoted, transform
from tessera.engine.mapping import ad_hoc
from tessera.engine.records.related import find
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem, TesseraError, UnknownField
from tessera.formula.tokens import RESERVED
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.meta.model import Entity, Field

OnRepeat: TypeAlias = Literal["ignore", "revise"]
Missing: TypeAlias = Literal["reject", "create"]
By: TypeAlias = Literal["key", "title"]
_FORMULA_CHARACTERS = 4_000
_COLUMNS = 500
_LOOKED_UP = 200
_JOINED = ' & "|" & '


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """What becomes of a column. field: "" when it is let be. formula: "" for the one that is proposed.

    by: how the record behind a reference is named. missing: what happens when there is none of that key.
    """

    place: int
    heading: str
    field: str
    formula: str = ""
    by: By = "key"
    missing: Missing = "reject"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a file becomes records of an entity (by name). on_repeat: what happens to a record that is there already."""

    entity: str
    columns: tuple[PlanColumn, ...]
    on_repeat: OnRepeat
    zone: str


def proposed(work: Work, entity: Entity, sample: Sample, columns: Sequence[Profile]) -> Plan:
    """What the assistant would do."""
    found = {each.place: each for each in matched(work, entity, columns)}
    own = rights(work, entity)
    planned = []
    for column in columns:
        match = found.get(column.place)
        field = entity.field(match.field) if match is not None else None
        by: By = "key"
        if field is not None and field.type == "reference":
            by = _named_by(work, field, column, sample)
        planned.append(PlanColumn(column.place, column.heading, match.field if match is not None else "", by=by))
    mapped = {each.field for each in planned}
    is_known = bool(entity.business_key) and set(entity.business_key) <= mapped
    on_repeat: OnRepeat = "revise" if is_known and own.can_update else "ignore"
    return Plan(entity.name, tuple(planned), on_repeat, work.settings.zone)


def _named_by(work: Work, field: Field, column: Profile, sample: Sample) -> By:
    """By key, unless more of the cells are titles, and titles are unique."""
    target = work.model.entities[field.target]
    title = target.field(target.title) if target.title else None
    if title is None or not title.unique or title.storage is None or title.name in target.business_key:
        return "key"
    texts = sorted({row[column.place].strip() for row in sample.rows if row[column.place].strip()})[:_LOOKED_UP]
    keys = known_keys(work, target, texts)
    own = rights(work, target)
    if not texts or not own.can_read or not own.may_read(title.name):
        return "key"
    choices = ", ".join(quoted(text) for text in texts)
    titles = records.count(work, target.name, f"IN({title.name}, {choices})") if len(choices) < 3_900 else 0
    return "title" if titles > len(keys) else "key"


def known_keys(work: Work, target: Entity, texts: Sequence[str]) -> set[str]:
    """Which of the texts are business keys of records that the actor may see."""
    field = target.field(target.business_key[0])
    if field is None or field.type == "reference":
        return set()
    asked: dict[Any, str] = {}
    for text in texts:
        with suppress(TesseraError):
            asked[field.load(text)] = text
    found = find(work, target, [("key", (value,)) for value in asked if value is not None])
    return {asked[key[1][0]] for key in found}


def plan_of(work: Work, given: Json, headings: Sequence[str]) -> Plan:
    """A plan as it came over the wire: {"entity", "columns": [{"heading" or "place", "field", "formula", "by",
    "missing"}], "on_repeat", "zone"}. Raises: Invalid, NotFound, UnknownField."""
    if not isinstance(given, Mapping) or not isinstance(given.get("entity"), str):
        raise Invalid([Problem("wrong_value", "/plan", 'A plan is {"entity", "columns", "on_repeat"}.')])
    entity = work.entity(str(given["entity"]))
    own = rights(work, entity)
    if not own.can_read:
        raise NotFound(what="entity")
    own.ensure("create")
    columns = given.get("columns")
    if not isinstance(columns, list) or not 0 < len(columns) <= _COLUMNS:
        raise Invalid([Problem("wrong_value", "/plan/columns", f"There must be 1 to {_COLUMNS} columns.")])
    made = [_column_of(work, entity, each, headings, place) for place, each in enumerate(columns)]
    _ensure_once(made)
    on_repeat, zone = given.get("on_repeat", "ignore"), given.get("zone") or work.settings.zone
    if on_repeat not in ("ignore", "revise") or not isinstance(zone, str):
        raise Invalid([Problem("wrong_value", "/plan/on_repeat", 'This must be "ignore" or "revise".')])
    if on_repeat == "revise":
        own.ensure("update")
    return Plan(entity.name, tuple(made), cast("OnRepeat", on_repeat), zone)


def _column_of(work: Work, entity: Entity, given: Json, headings: Sequence[str], at: int) -> PlanColumn:
    pointer = f"/plan/columns/{at}"
    if not isinstance(given, Mapping):
        raise Invalid([Problem("wrong_value", pointer, 'A column is {"heading", "field"}.')])
    place = given.get("place")
    if place is None:
        place = next((i for i, each in enumerate(headings) if each == given.get("heading")), -1)
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(headings):
        raise Invalid([Problem("no_such_column", f"{pointer}/heading", "The file has no such column.")])
    name, formula = given.get("field") or "", given.get("formula") or ""
    by, missing = given.get("by", "key"), given.get("missing", "reject")
    if not isinstance(name, str) or not isinstance(formula, str) or len(formula) > _FORMULA_CHARACTERS:
        raise Invalid([Problem("wrong_value", pointer, 'A column is {"heading", "field", "formula"}.')])
    if by not in ("key", "title") or missing not in ("reject", "create"):
        raise Invalid([Problem("wrong_value", pointer, 'by is "key" or "title", missing "reject" or "create".')])
    if not name:
        return PlanColumn(place, headings[place], "")
    field = entity.field(name)
    own = rights(work, entity)
    if field is None or not own.may_read(field.name):
        raise UnknownField(name=name, pointer=f"{pointer}/field")
    if not can_fill(work.model, field, own):
        message = f'"{field.name}" cannot be filled from a column.'
        raise Invalid([Problem("not_mappable", f"{pointer}/field", message)])
    return PlanColumn(place, headings[place], field.name, formula, by, missing)


def _ensure_once(columns: Sequence[PlanColumn]) -> None:
    fields = [each.field for each in columns if each.field]
    if not fields:
        raise Invalid([Problem("nothing_mapped", "/plan/columns", "No column fills a field.", "Name a field.")])
    twice = next((name for name in fields if fields.count(name) > 1), "")
    if twice:
        raise Invalid([Problem("repeated_name", "/plan/columns", f'Two columns fill "{twice}".')])


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as a mapping. names: of the columns in formulas, by place. formulas: of the fields, by their names."""

    body: dict[str, Json]
    names: Mapping[int, str]
    formulas: Mapping[str, str]


def mapping_body(
    work: Work, plan: Plan, sample: Sample, written: Written, *, name: str = "adhoc", label: Json = None
) -> Planned:
    """The document of the mapping that a plan is."""
    entity = work.entity(plan.entity)
    columns = {each.place: each for each in profiles(sample)}
    used = [each for each in plan.columns if each.field]
    names = column_names([each.heading for each in columns.values()])
    values: list[Json] = []
    joins: list[Json] = []
    formulas: dict[str, str] = {}
    for number, each in enumerate(used):
        field = entity.field(each.field)
        assert field is not None
        formula = each.formula or transform(field, columns[each.place], names[each.place])
        formulas[field.name] = formula
        if field.type == "reference" and each.by == "title":
            formula = _joined(work, field, formula, f"j{number}", joins)
        values.append(_value(field, each, formula, number))
    listed = [place for place in sorted(columns) if not written.has_header or place in {one.place for one in used}]
    body: dict[str, Json] = {
        "kind": "mapping", "uid": "mapping", "name": name, "format": written.format, "zone": plan.zone,
        "columns": [_column(place, columns[place].heading, names[place]) for place in listed],
        "classes": [{"uid": "accepted", "name": "accepted", "label": {"zh": "接受", "en": "Accepted"}, "when": "TRUE",
                     "into": entity.name}],
        "documents": [{"uid": "doc", "into": [entity.name], "each_row": True, "on_repeat": plan.on_repeat,
                       "fields": values}],
    }  # fmt: skip
    body |= {"label": label} if label is not None else {}
    body |= {"joins": joins} if joins else {}
    body |= _format_parts(written)
    key = _key(entity, formulas)
    return Planned({**body, "key": key} if key else body, names, formulas)


def _format_parts(written: Written) -> dict[str, Json]:
    """What of the format is not as it is when nothing is said."""
    parts: dict[str, Json] = {}
    if written.format == "csv":
        parts |= {"delimiter": written.delimiter} if written.delimiter != "," else {}
        parts |= {"encoding": written.encoding} if written.encoding in ("big5", "latin-1", "cp1252") else {}
    if written.format == "xlsx" and written.sheets and written.sheet != written.sheets[0]:
        parts["sheet"] = written.sheet
    return parts if written.has_header or written.format == "ndjson" else {**parts, "header": False}


def _column(place: int, heading: str, name: str) -> Json:
    made: dict[str, Json] = {"uid": f"c{place + 1:02d}", "name": name}
    if heading != name:
        made["heading"] = heading[:200]
    return made


def _value(field: Field, planned: PlanColumn, formula: str, number: int) -> Json:
    made: dict[str, Json] = {"uid": f"f{number + 1:02d}", "field": field.name, "value": formula}
    is_made = field.type == "reference" and planned.by == "key" and planned.missing == "create"
    return {**made, "missing": "create"} if is_made else made


def _joined(work: Work, field: Field, formula: str, name: str, joins: list[Json]) -> str:
    """The key of the record whose title the formula gives, by a join; one that is not there stays what it is called."""
    target = work.model.entities[field.target]
    joins.append({"uid": f"join_{name}", "name": name, "entity": target.name, "key": target.title, "on": formula})
    return f"COALESCE({name}.{target.business_key[0]}, {formula})"


def _key(entity: Entity, formulas: Mapping[str, str]) -> str:
    """The formula of a row's key, when all parts of the business key are there."""
    parts = [formulas.get(name, "") for name in entity.business_key]
    if not parts or not all(parts):
        return ""
    if len(parts) == 1:
        return parts[0]
    return _JOINED.join(f"({part})" for part in parts)


def column_names(headings: Sequence[str]) -> dict[int, str]:
    """A name for each column as formulas may write it, by place.

    >>> column_names(["Paid at (CNY)", "2 nd", "and", "paid at (cny)"])
    {0: 'Paid_at_CNY', 1: 'c_2_nd', 2: 'and_', 3: 'paid_at_cny_2'}
    """
    found: dict[int, str] = {}
    taken: set[str] = set()
    for place, heading in enumerate(headings):
        name = re.sub(r"\W+", "_", heading.strip()).strip("_")[:50]
        if not name or name[0].isdigit():
            name = f"c_{name}" if name else f"c_{place + 1}"
        if name.casefold() in RESERVED or name in ("rows", "_"):
            name += "_"
        base, number = name, 2
        while name.casefold() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.casefold())
        found[place] = name
    return found


def compiled(work: Work, planned: Planned) -> MappingPart:
    """The mapping of a plan. Raises: Invalid with what is wrong, placed in the plan where that can be told."""
    part, problems = ad_hoc.compiled(work, planned.body)
    if part is None or problems:
        raise Invalid([_in_plan(each, planned) for each in problems])
    return part


def _in_plan(problem: Problem, planned: Planned) -> Problem:
    """The problem of a field's formula, at the field; others at the plan."""
    steps = problem.pointer.split("/")
    pointer = "/plan"
    if steps[1:2] == ["documents"] and steps[3:4] == ["fields"] and len(steps) > 4 and steps[4].isdigit():
        pointer = f"/plan/fields/{planned.body['documents'][0]['fields'][int(steps[4])]['field']}"
    return Problem(problem.code, pointer, problem.message, problem.hint, problem.params)
