"""Formula services: check a formula in its slot, try it on real records, say how a mistake can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from tessera.engine import records
from tessera.engine.building.checking import Checked
from tessera.engine.building.samples import Hidden, LinkerNames, Sampler
from tessera.engine.building.understanding import Slot
from tessera.engine.records import ListQuery
from tessera.engine.work import Work
from tessera.errors import Json, TesseraError
from tessera.formula import Formula, FormulaError, check_formula, functions, parse
from tessera.formula.nodes import walk
from tessera.formula.shapes import Member, Scope, Shape, Type
from tessera.meta.drafts import Unusable

SAMPLES = 5
_NEAR = 3


def check(work: Work, found: Checked, slot: Slot, text: str, wanted: Sequence[Json] | int = 3) -> dict[str, Json]:
    """What a formula is in a slot, and what it gives.

    wanted: how many samples, or keys of records to try it on (5 at most).
    {"is_sound", "type": {"kind", "nullable", "is_integer", "scale", "entity"?} | None, "problems": [{"kind", "message",
    "hint"?, "position", "length", "params", "fixes": [{"label", "text"}]}], "reads", "refs", "calls", "browser",
    "ast" | None, "samples": [{"id", "title", "value" | "problem" | "is_hidden"}]}
    """
    try:
        formula = check_formula(text, slot.scope, slot.expect)
    except FormulaError as error:
        return {**_NOTHING, "problems": [_problem(error, text, slot.scope)]}
    except Unusable as error:
        problem = FormulaError("unusable", f"{error} has a problem itself.", position=0, length=len(text))
        return {**_NOTHING, "problems": [_problem(problem, text, slot.scope)]}
    return {
        "is_sound": True,
        "type": type_json(formula.type),
        "problems": [],
        "reads": [".".join(path) for path in sorted(formula.reads)],
        "refs": sorted(formula.refs),
        "calls": sorted(formula.calls),
        "browser": formula.runs_on("browser"),
        "ast": formula.to_json()["ast"],
        "samples": _samples(work, found, slot, formula, wanted),
    }


_NOTHING: dict[str, Json] = {
    "is_sound": False, "type": None, "reads": [], "refs": [], "calls": [], "browser": False, "ast": None, "samples": [],
}  # fmt: skip


def type_json(kind: Type) -> dict[str, Json]:
    """A type as it goes over the wire. entity: key of what a record or list holds."""
    made: dict[str, Json] = {
        "kind": kind.kind, "nullable": kind.nullable, "is_integer": kind.integer, "scale": kind.scale,
    }  # fmt: skip
    return made if kind.shape is None else {**made, "entity": kind.shape.key}


def plain_value(value: Any) -> Json:
    """A value of a formula as it goes over the wire; an exact quotient as its first digits."""
    if isinstance(value, Fraction):
        return format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: plain_value(each) for name, each in value.items() if not isinstance(each, Mapping | list)}
    if isinstance(value, list | tuple):
        return [plain_value(each) for each in value[:20]]
    return value


def _samples(work: Work, found: Checked, slot: Slot, formula: Formula, wanted: Sequence[Json] | int) -> list[Json]:
    live = work.model.entities.get(slot.entity)
    if live is None or slot.is_about_lines:
        return []
    try:
        rows = sample_records(work, live.name, wanted)
        sampler = Sampler(work, LinkerNames(found.linker), slot.entity, formula.reads)
        envs = sampler.envs([each.id for each in rows])
    except Hidden:
        return [{"id": each.id, "ref": each.ref, "title": each.title, "is_hidden": True} for each in rows]
    host = work.host()
    made: list[Json] = []
    for each in rows:
        told: dict[str, Json] = {"id": each.id, "ref": each.ref, "title": each.title}
        try:
            made.append({**told, "value": plain_value(formula(envs.get(each.id, {}), host))})
        except FormulaError as error:
            made.append({**told, "problem": _problem(error, formula.text, slot.scope)})
    return made


@dataclass(frozen=True, slots=True)
class Sample:
    """A record to try something on."""

    id: int
    ref: str
    title: str | None


def sample_records(work: Work, entity_name: str, wanted: Sequence[Json] | int) -> list[Sample]:
    """The records of these keys that the actor may see, or so many of the latest ones."""
    entity = work.entity(entity_name)
    title = entity.title if entity.title and entity.field(entity.title) else ""
    names = (title,) if title else ()
    rows: Iterable[Mapping[str, Any]]
    try:
        if isinstance(wanted, int):
            asked = ListQuery(sort=("-id",), fields=names, limit=max(1, min(wanted, SAMPLES)))
            rows = records.list_page(work, entity.name, asked).rows if wanted > 0 else ()
        else:
            rows = [records.get(work, entity.name, key, fields=names) for key in wanted[:SAMPLES]]
    except TesseraError:
        if names:
            return _untitled(work, entity_name, wanted)
        raise
    return [Sample(row["id"], row["ref"], _text(row.get(title))) for row in rows]


def _untitled(work: Work, entity_name: str, wanted: Sequence[Json] | int) -> list[Sample]:
    """The same where the actor may not read what a record is called."""
    if isinstance(wanted, int):
        page = records.list_page(work, entity_name, ListQuery(sort=("-id",), fields=(), limit=max(1, wanted)))
        return [Sample(row["id"], row["ref"], None) for row in page.rows]
    rows = [records.get(work, entity_name, key, fields=()) for key in wanted[:SAMPLES]]
    return [Sample(row["id"], row["ref"], None) for row in rows]


def _text(value: Any) -> str | None:
    return None if value is None else str(plain_value(value))


def _problem(error: FormulaError, text: str, scope: Scope) -> dict[str, Json]:
    """A problem with its place and what could stand there instead."""
    params = {name: value for name, value in error.params.items() if name not in ("kind", "position", "length")}
    made: dict[str, Json] = {
        "kind": error.kind, "message": error.message, "position": max(error.position, 0), "length": error.length,
        "params": params, "fixes": _fixes(error, text, scope),
    }  # fmt: skip
    return {**made, "hint": error.help} if error.help else made


def _fixes(error: FormulaError, text: str, scope: Scope) -> list[dict[str, Json]]:
    """What could stand at the place of an error instead; conversions only where the formula is right with them."""
    start, end = max(error.position, 0), max(error.position, 0) + error.length
    spelled = text[start:end]
    found: list[str] = []
    if error.kind == "unknown_function":
        known = (functions.find(each) for each in _near(spelled, functions.spellings()))
        found = [each.name for each in known if each is not None]
    elif error.kind == "unknown_name" and functions.find(spelled) is not None:
        found = [f"{spelled}()"]
    elif error.kind == "unknown_name":
        found = _near(spelled, _names_at(text, start, scope))
    elif error.kind == "wrong_type" and spelled:
        return _conversions(error, text, scope)
    return [_fix(text, start, end, each) for each in dict.fromkeys(found) if each != spelled]


def _fix(text: str, start: int, end: int, instead: str) -> dict[str, Json]:
    label = {"zh": f"改为 {instead}", "en": f"Change to {instead}"}
    return {"label": label, "text": text[:start] + instead + text[end:]}


def _conversions(error: FormulaError, text: str, scope: Scope) -> list[dict[str, Json]]:
    """Parts of what is wrong turned into another type, where the formula is right then."""
    start, end = error.position, error.position + error.length
    inner = [(node.start, node.end) for node in walk(parse(text)) if start <= node.start and node.end <= end]
    found = []
    for first, last in list(dict.fromkeys([(start, end), *inner]))[:_PARTS]:
        spelled = text[first:last]
        for form in (*_CONVERSIONS, *_inside(spelled, scope)):
            made = _fix(text, first, last, form.format(spelled))
            if made not in found and _is_sound(made["text"], scope, error):
                found.append(made)
    return found[:_NEAR]


_PARTS = 8
_CONVERSIONS = ("DECIMAL({})", "INTEGER({})", "ROUND({})", "TEXT({})", "DATEOF({})", "DATE({})", "DATETIME({})")
"""What turns one type into another, in the order in which it is tried."""


def _inside(spelled: str, scope: Scope) -> list[str]:
    """For a record, the texts and numbers in it."""
    try:
        kind = check_formula(spelled, scope).type
    except (FormulaError, Unusable):
        return []
    shape = kind.shape if kind.kind == "record" else None
    wanted = [each for each in shape.members() if each.type.kind in ("text", "number")] if shape is not None else []
    return ["{}." + each.name for each in wanted[:10] if each.name not in ("id", "ref", "version")]


def _is_sound(text: str, scope: Scope, error: FormulaError) -> bool:
    try:
        found = check_formula(text, scope)
    except (FormulaError, Unusable):
        return False
    wanted = error.params.get("expected")
    return wanted is None or found.type.kind == wanted or (wanted == "integer" and found.type.integer)


def _near(word: str, known: Sequence[str]) -> list[str]:
    lower: dict[str, str] = {}
    for each in known:
        lower.setdefault(each.lower(), each)
    return [lower[each] for each in get_close_matches(word.lower(), list(lower), _NEAR, 0.55)]


def _names_at(text: str, start: int, scope: Scope) -> list[str]:
    """The names that could stand at a place: behind a dot the members of what is before it."""
    shapes: list[Shape] = [each for each in (scope.row, scope.root) if each is not None]
    if text[:start].rstrip().endswith("."):
        shapes = [each for each in (member_before(text, start, scope),) if each is not None]
    names = [each for shape in shapes for member in shape.members() for each in (member.name, *member.labels)]
    return [*names, *scope.extras] if scope.root in shapes else names


def member_before(text: str, start: int, scope: Scope) -> Shape | None:
    """The shape of what stands before the dot that a place follows."""
    words = []
    rest = text[:start].rstrip()
    while rest.endswith("."):
        rest = rest[:-1].rstrip()
        size = len(rest)
        while size and (rest[size - 1].isalnum() or rest[size - 1] == "_"):
            size -= 1
        words.append(rest[size:])
        rest = rest[:size].rstrip()
    here: Shape | None = None
    for place, word in enumerate(reversed(words)):
        try:
            member = _looked_up(scope, word) if place == 0 else here.member(word) if here is not None else None
        except Unusable:
            return None
        here = member.type.shape if member is not None else None
    return here


def _looked_up(scope: Scope, name: str) -> Member | None:
    found = scope.row.member(name) if scope.row is not None else None
    return found or scope.lookup(name)

