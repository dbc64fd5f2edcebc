"""What may be written next in a formula: fields and functions that fit, and the tree of names to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tessera.engine.building.formulas import member_before, type_json
from tessera.engine.building.understanding import Slot
from tessera.errors import Json
from tessera.formula import FormulaError, check_formula, functions
from tessera.formula.functions import Function, Parameter
from tessera.formula.shapes import Member, Scope, Shape
from tessera.meta.drafts import Unusable

MOST = 100
_WORD = re.compile(r"\w*\Z")
_KEYWORDS = (
    ("AND", "且", "Both hold"), ("OR", "或", "One of both holds"), ("NOT", "非", "Does not hold"),
    ("TRUE", "真", "Yes"), ("FALSE", "假", "No"), ("BLANK", "空", "Nothing"),
)  # fmt: skip


def complete(slot: Slot, text: str, position: int) -> dict[str, Json]:
    """What may stand at a place in a formula.

    {"from", "to": the characters that an item replaces, "items": [{"kind": "field", "function" or "word", "text",
    "holes", "label", and by kind "type", "key", "doc", "example", "category", "signature"}]}: holes are
    [first, last + 1] characters of the text that are to be filled in.
    """
    place = max(0, min(position, len(text)))
    before = text[:place]
    matched = _WORD.search(before)
    start = matched.start() if matched is not None else place
    prefix = before[start:].lower()
    if before[:start].rstrip().endswith("."):
        shape = _shape_before(text, start, slot.scope)
        items = _fields(shape.members() if shape is not None else (), prefix)
    else:
        members = [*_row_members(text[:start], slot.scope), *_members(slot.scope)]
        items = [*_fields(members, prefix), *_functions(slot.scope, prefix), *_words(prefix)]
    items.sort(key=lambda each: _rank(each, prefix))
    shown = [{name: value for name, value in each.items() if name != "spellings"} for each in items[:MOST]]
    return {"from": start, "to": place, "items": shown}


def names_tree(slot: Slot, path: str) -> dict[str, Json]:
    """The names of a slot, or with a dotted path those of the record behind it.

    {"expect": type | None, "members": [{"name", "label", "key", "type", "has_members"}]}.
    """
    members: Iterable[Member]
    if path:
        shape = _shape_before(path + ".", len(path) + 1, slot.scope)
        members = shape.members() if shape is not None else ()
    else:
        members = _members(slot.scope)
    shown = [_member_json(each) for each in members]
    return {"expect": type_json(slot.expect) if slot.expect is not None else None, "members": shown}


def function_reference() -> list[dict[str, Json]]:
    """Every function with its ways to be called, what it gives and an example."""
    return [function_json(each) for _, each in functions.REGISTRY.items()]


def function_json(each: Function) -> dict[str, Json]:
    """One function as the browser shows it."""
    return {
        "name": each.name,
        "aliases": list(each.aliases),
        "category": each.category,
        "signatures": [_signature(each, one) for one in each.signatures],
        "result": each.result,
        "sides": sorted(each.sides),
        "needs": each.needs,
        "doc": dict(each.doc),
        "example": each.example,
    }


def _signature(each: Function, signature: tuple[Parameter, ...]) -> dict[str, Json]:
    shown = [
        {"name": one.name, "kinds": sorted(one.kinds), "is_optional": one.optional, "is_many": one.many,
         "is_each": one.each}
        for one in signature
    ]  # fmt: skip
    return {"text": _call(each, signature), "parameters": shown}


def _call(each: Function, signature: tuple[Parameter, ...]) -> str:
    parts = [f"[{one.name}]" if one.optional else f"{one.name}, …" if one.many else one.name for one in signature]
    return f"{each.name}({', '.join(parts)})"


def _members(scope: Scope) -> list[Member]:
    """The names of a scope, each once: those that stand before others hide them."""
    found: dict[str, Member] = {}
    for each in (scope.row.members() if scope.row is not None else ()):
        found.setdefault(each.name, each)
    for each in scope.extras.values():
        found.setdefault(each.name, each)
    for each in scope.root.members():
        found.setdefault(each.name, each)
    return list(found.values())


def _shape_before(text: str, start: int, scope: Scope) -> Shape | None:
    try:
        return member_before(text, start, scope) or _row_shape(text[:start], scope, text, start)
    except Unusable:
        return None


def _row_shape(before: str, scope: Scope, text: str, start: int) -> Shape | None:
    """The same within a fold, where the names of its rows win."""
    row = _fold_shape(before, scope)
    return None if row is None else member_before(text, start, Scope(row, scope.extras, scope.offers))


def _row_members(before: str, scope: Scope) -> list[Member]:
    shape = _fold_shape(before, scope)
    return list(shape.members()) if shape is not None else []


def _fold_shape(before: str, scope: Scope) -> Shape | None:
    """The rows of the innermost fold that a place stands in, behind its first argument."""
    for opening in _openings(before):
        call = re.search(r"(\w+)\s*\Z", before[: opening.at])
        function = functions.find(call.group(1)) if call is not None else None
        if function is None or not opening.commas or not any(each.each for each in function.signatures[0]):
            continue
        first = before[opening.at + 1 : opening.commas[0]]
        try:
            kind = check_formula(first, scope).type
        except (FormulaError, Unusable):
            continue
        if kind.kind == "list" and kind.shape is not None:
            return kind.shape
    return None


@dataclass
class _Opening:
    """A bracket that is not closed before a place. commas: places of the commas directly in it."""

    at: int
    commas: list[int]


def _openings(before: str) -> list[_Opening]:
    """The brackets that are open at the end, the innermost first; texts are skipped."""
    stack: list[_Opening] = []
    quote = ""
    for place, letter in enumerate(before):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "(（":
            stack.append(_Opening(place, []))
        elif letter in ")）" and stack:
            stack.pop()
        elif letter in ",，;；" and stack:
            stack[-1].commas.append(place)
    return stack[::-1]


def _label(member: Member) -> dict[str, str]:
    """A member's title, else its labels: the Chinese one stands first, then the English one, then older names."""
    texts = [each for each in (member.title if any(member.title) else member.labels) if each]
    return {"zh": texts[0] if texts else member.name, "en": texts[1] if len(texts) > 1 else member.name}


def _member_json(each: Member) -> dict[str, Json]:
    has_more = each.type.shape is not None
    return {"name": each.name, "label": _label(each), "key": each.ref, "type": type_json(each.type),
            "has_members": has_more}  # fmt: skip


def _fields(members: Iterable[Member], prefix: str) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for each in members:
        spellings = [each.name, *each.labels, *each.title]
        if each.name not in found and any(prefix in one.lower() for one in spellings):
            item = {"kind": "field", "text": each.name, "holes": [], "label": _label(each), "key": each.ref,
                    "type": type_json(each.type), "spellings": spellings}  # fmt: skip
            found[each.name] = item
    return list(found.values())


def _functions(scope: Scope, prefix: str) -> Iterator[dict[str, Any]]:
    for name, each in functions.REGISTRY.items():
        spellings = [name, *each.aliases]
        meanings = [each.doc.get("zh", ""), each.doc.get("en", "").lower()] if len(prefix) > 1 else []
        if each.needs and each.needs not in scope.offers:
            continue
        if any(prefix in one.lower() for one in spellings) or any(prefix in one for one in meanings):
            yield _function_item(each, spellings)


def _function_item(each: Function, spellings: list[str]) -> dict[str, Any]:
    """The call with a hole for each argument that must be given."""
    shown = [one for one in each.signatures[0] if not one.optional or (one.each and one.kinds != {"boolean"})]
    wanted = [one.name for one in shown]
    text, holes = f"{each.name}(", []
    for place, name in enumerate(wanted):
        text += ", " if place else ""
        holes.append([len(text), len(text) + len(name)])
        text += name
    return {
        "kind": "function", "text": text + ")", "holes": holes, "label": {"zh": (each.aliases or (each.name,))[0],
        "en": each.name}, "doc": dict(each.doc), "example": each.example, "category": each.category,
        "signature": _call(each, each.signatures[0]), "spellings": spellings,
    }  # fmt: skip


def _words(prefix: str) -> Iterator[dict[str, Any]]:
    for word, zh, en in _KEYWORDS:
        if prefix and any(each.lower().startswith(prefix) for each in (word, zh)):
            yield {"kind": "word", "text": word, "holes": [], "label": {"zh": zh, "en": word},
                   "doc": {"zh": zh, "en": en}, "spellings": [word, zh]}  # fmt: skip


def _rank(item: Mapping[str, Any], prefix: str) -> tuple[int, int, str]:
    """Names that begin with what was written first, fields before functions."""
    begins = any(each.lower().startswith(prefix) for each in item["spellings"])
    order = {"field": 0, "word": 1, "function": 2}[item["kind"]]
    return 0 if begins else 1, order, str(item["text"])
