"""Formula services for editors: check and try a formula in its slot, completions, names, the functions, and uses."""

from __future__ import annotations

from collections.abc import Mapping

from tessera.engine.building import completing, formulas, uses
from tessera.engine.building.rights import ensure_may
from tessera.engine.building.understanding import Slot, slot_of, understood
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.routes import Body, Parameter, route

_TEXT = {"type": "string", "minLength": 1}
_KEY = Parameter("key", _TEXT, "Key of a document or element, package:uid.element.", required=True)
_DRAFT = Parameter("draft", {"type": "integer", "minimum": 1}, "Number of a draft; left out: the head release.")
_TEXT_CHARACTERS = 4_000


@route("POST", "/api/v1/formulas/check", tag="Building", summary="Check and try a formula", scope="metadata",
       body=Body("FormulaCheckRequest"), answer="FormulaCheck", errors=(404,))
def check_formula(call: Call) -> Answer:
    """What a formula is in a slot of a draft or of the head release: its type, or its first problem with its place and
    what could stand there instead; and its value for some real records, within the user's rights. samples is how many
    of the latest records (3), or a list of at most 5 keys."""
    body, slot = _asked(call, "text", "slot", "samples")
    found = understood(call.work, _draft(slot))
    wanted = body.get("samples", 3)
    if isinstance(wanted, bool) or not isinstance(wanted, int | list):
        raise BadBody(why="samples must be a number, or a list of keys of records")
    made = formulas.check(call.work, found, _slot(call, slot), _text(body), wanted)
    return json_answer(made)


@route("POST", "/api/v1/formulas/complete", tag="Building", summary="Complete a formula", scope="metadata",
       body=Body("FormulaCompleteRequest"), answer="FormulaCompletions", errors=(404,))
def complete_formula(call: Call) -> Answer:
    """What may stand at a place of a formula: fields, functions with their holes, words; best matches first. Names,
    labels in both languages and, for functions, meanings are searched."""
    body, slot = _asked(call, "text", "position", "slot")
    position = body.get("position")
    if isinstance(position, bool) or not isinstance(position, int):
        raise BadBody(why="position must be a whole number")
    return json_answer(completing.complete(_slot(call, slot), _text(body), position))


@route("POST", "/api/v1/formulas/names", tag="Building", summary="List the names of a slot", scope="metadata",
       body=Body("FormulaNamesRequest"), answer="FormulaNames", errors=(404,))
def list_formula_names(call: Call) -> Answer:
    """The names that a formula may use in a slot, or with path those behind a reference; and the type wanted there."""
    body, slot = _asked(call, "slot", "path")
    path = body.get("path", "")
    if not isinstance(path, str) or len(path) > _TEXT_CHARACTERS:
        raise BadBody(why="path must be names with dots between")
    return json_answer(completing.names_tree(_slot(call, slot), path))


@route("GET", "/api/v1/formulas/functions", tag="Building", summary="List functions of formulas", answer="FunctionList")
def list_functions(_call: Call) -> Answer:
    """Every function with its aliases, ways to be called, meaning in both languages, and an example."""
    return json_answer({"data": completing.function_reference()})


@route("GET", "/api/v1/metadata/uses", tag="Building", summary="Who uses this", scope="metadata", answer="Uses",
       parameters=(_KEY, _DRAFT), errors=(404,))
def get_uses(call: Call) -> Answer:
    """Where a document or element of one is named, what it names itself, and how many records have a value in it."""
    ensure_may(call.work, "design")
    draft = call.whole("draft", 0, least=1) if "draft" in call.query else None
    return json_answer(uses.uses_of(call.work, understood(call.work, draft), call.needed("key")))


def _asked(call: Call, *names: str) -> tuple[dict[str, Json], Mapping[str, Json]]:
    ensure_may(call.work, "design")
    body = call.pick(*names)
    slot = body.get("slot")
    if not isinstance(slot, dict) or not set(slot) <= {"draft", "document", "pointer", "entity", "lines", "expect"}:
        raise BadBody(why='slot must be {"document", "pointer"} or {"entity", "lines"}, with "draft" and "expect"')
    if not all(isinstance(value, str) for name, value in slot.items() if name != "draft"):
        raise BadBody(why="the parts of slot but draft are texts")
    return body, slot


def _slot(call: Call, slot: Mapping[str, Json]) -> Slot:
    return slot_of(call.work, understood(call.work, _draft(slot)), slot)


def _draft(slot: Mapping[str, Json]) -> int | None:
    number = slot.get("draft")
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**62:
        raise BadBody(why="draft must be the number of a draft")
    return number


def _text(body: Mapping[str, Json]) -> str:
    text = body.get("text")
    if not isinstance(text, str) or len(text) > _TEXT_CHARACTERS:
        raise BadBody(why=f"text must be a formula of at most {_TEXT_CHARACTERS} characters")
    return text
