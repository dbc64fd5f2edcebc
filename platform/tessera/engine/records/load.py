"""From what a caller sends to drafts: names are checked, values loaded, all problems noted at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tessera.engine.access import Rights
from tessera.engine.records.drafts import Draft
from tessera.engine.records.hooks import Record
from tessera.engine.records.plan import Plan
from tessera.errors import Json, TesseraError
from tessera.meta.model import Field
from tessera.names import SYSTEM_FIELDS
from tessera.settings import Limits

REFERENCES = frozenset({"reference", "multi_reference"})
"""Types of fields whose values are resolved later, all together."""


def load(
    plan: Plan, data: Json, before: Record | None, rights: Rights, limits: Limits, *, index: int = 0, pointer: str = ""
) -> Draft:
    """The draft of a record from its wire body. Problems are in the draft; nothing is raised."""
    draft = _draft(plan, before, pointer)
    draft.index = index
    if not isinstance(data, Mapping):
        draft.report("wrong_type", "", "A record is an object of its fields.")
        return draft
    for name, value in data.items():
        field = _input(draft, name, rights)
        if field is None:
            continue
        draft.given.add(field.name)
        if field.type == "lines":
            _load_lines(draft, field, value, rights, limits)
        else:
            _load_value(draft, field, name, value)
    if before is not None:
        _keep_lines(draft, before)
    return draft


def _draft(plan: Plan, before: Record | None, pointer: str) -> Draft:
    values = dict(plan.blank) if before is None else {name: before.get(name) for name in plan.blank}
    if before is not None and not plan.entity.parent:
        values["id"] = before["id"]
    for each in plan.multiple:
        values[each.name] = [] if before is None else list(before.get(each.name) or ())
    draft = Draft(plan, pointer, before, values, set())
    draft.env = values
    return draft


def _input(draft: Draft, name: str, rights: Rights) -> Field | None:
    plan = draft.plan
    field = plan.inputs.get(name) if isinstance(name, str) else None
    is_line = bool(plan.entity.parent)
    if field is not None and rights.may_write(field.name):
        if field.name in draft.given:
            draft.report("given_twice", name, f'"{field.name}" is given twice, also under an older name.')
            return None
        return field
    if is_line and name in {"id", "place"}:
        return None
    draft.names_are_bad = True
    known = plan.known.get(name)
    if name in SYSTEM_FIELDS or (known is not None and rights.may_read(known.name)):
        draft.report("read_only_field", _escaped(name), f'"{name}" cannot be written.', "Leave it out.", name=name)
    else:
        draft.report("unknown_field", _escaped(name), f'There is no field "{name}" here.', "Check its name.", name=name)
    return None


def _escaped(name: str) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _load_value(draft: Draft, field: Field, name: str, value: Json) -> None:
    if field.type in REFERENCES:
        draft.values[field.name] = value
        return
    try:
        loaded = None if value is None else field.load(value)
        draft.values[field.name] = list(loaded) if type(loaded) is tuple else loaded
    except TesseraError as error:
        for problem in error.problems():
            draft.report(problem.code, name + problem.pointer, problem.message, problem.hint, **problem.params)


def _load_lines(draft: Draft, field: Field, value: Json, rights: Rights, limits: Limits) -> None:
    lower = draft.plan.lines[field.name]
    draft.lines[field.name] = []
    if value is None:
        value = []
    if not isinstance(value, list):
        draft.report("wrong_type", field.name, "Lines are a list of objects.")
        return
    if len(value) > limits.lines_per_record:
        limit = limits.lines_per_record
        draft.report("too_many_lines", field.name, f"A record has at most {limit} lines.", limit=limit)
        return
    stored = {line["id"]: line for line in (draft.before or {}).get(field.name) or ()}
    taken: set[int] = set()
    inner = rights.below(field.name)
    for place, each in enumerate(value):
        pointer = f"{draft.pointer}/{field.name}/{place}"
        old = _old_line(draft, field, place, each, stored, taken)
        line = load(lower, each, old, inner, limits, index=draft.index, pointer=pointer)
        draft.names_are_bad |= line.names_are_bad
        draft.lines[field.name].append(line)


def _old_line(
    draft: Draft, field: Field, place: int, data: Json, stored: dict[int, Record], taken: set[int]
) -> Record | None:
    given = data.get("id") if isinstance(data, Mapping) else None
    if given is None:
        return None
    number = key_number(given)
    if number is None or number not in stored or number in taken:
        draft.report("unknown_line", f"{field.name}/{place}/id", "This record has no such line (any more).")
        return None
    taken.add(number)
    return stored[number]


def draft_of(plan: Plan, before: Record) -> Draft:
    """A draft of a stored record as it stands, its lines inside."""
    draft = _draft(plan, before, "")
    _keep_lines(draft, before)
    return draft


def key_number(value: Json) -> int | None:
    """A primary key from a number or its digits, None when it is neither."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if type(value) is int and 0 <= value < 2**63 else None


def _keep_lines(draft: Draft, before: Record) -> None:
    """Lines that the caller does not mention stay; of a list that he gives, the missing ones go."""
    for name, lower in draft.plan.lines.items():
        stored = before.get(name) or ()
        if name in draft.given:
            kept = {line.before["id"] for line in draft.lines[name] if line.before is not None}
            draft.dropped[name] = [line["id"] for line in stored if line["id"] not in kept]
        else:
            lines = [_draft(lower, line, f"{draft.pointer}/{name}/{place}") for place, line in enumerate(stored)]
            draft.lines[name] = lines


def typed(plan: Plan, rows: Iterable[Mapping[str, Any]], first: int = 0) -> list[Draft]:
    """Drafts of new records from Python values of the right types (from a mapping), lines inside.

    first: the index of the first row.
    """
    drafts = []
    line_plans = tuple(plan.lines.items())
    blank, known = plan.blank, plan.known.keys()
    lists = [each.name for each in plan.multiple]
    given: set[str] = set()
    are_known = True
    for index, row in enumerate(rows, first):
        # Rows name the same fields as a rule: then they share one set of names, which nobody changes from here on.
        if row.keys() != given:
            given = set(row)
            are_known = given <= known
        values = {**blank, **row}
        for name in lists:
            if name not in given:
                values[name] = []
        draft = Draft(plan, "", None, values, given, index, values)
        if not are_known:
            _report_unknown(draft, row)
        for name, lower in line_plans:
            lines = values.pop(name, None) or ()
            draft.lines[name] = _typed_lines(lower, lines, index, f"/{name}")
        drafts.append(draft)
    return drafts


def _typed_lines(plan: Plan, rows: Iterable[Mapping[str, Any]], index: int, pointer: str) -> list[Draft]:
    blank, known = plan.blank, plan.known.keys()
    made = []
    given: set[str] = set()
    for place, row in enumerate(rows):
        # Lines name the same fields as a rule: then they share one set of names, which nobody changes from here on.
        if row.keys() != given:
            given = set(row)
        values = {**blank, **row}
        line = Draft(plan, f"{pointer}/{place}", None, values, given, index, values)
        if not given <= known:
            _report_unknown(line, row)
        made.append(line)
    return made


def _report_unknown(draft: Draft, row: Mapping[str, Any]) -> None:
    for name in sorted(row.keys() - draft.plan.known.keys()):
        draft.report("unknown_field", _escaped(name), f'There is no field "{name}" here.', "Check its name.", name=name)
