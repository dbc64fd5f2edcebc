"""Places where no formula stands yet: what one could name there, as if something did.

A document that lacks a part is not compiled, and a formula that nobody has written has no scope. So the document is
understood once more with a placeholder at the place, and of a flow without the other steps that are not whole yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from tessera.engine.building.checking import Checked
from tessera.formula.shapes import Scope, Type
from tessera.meta.compile import link
from tessera.meta.documents import Document, Package, document_of, pointer_steps
from tessera.meta.schema import validate_body

Found: TypeAlias = "tuple[Scope, Type | None]"

_PLACEHOLDER = "BLANK"
_PROBE = "reason"
_MOST_KEPT = 64


def slot_unwritten(found: Checked, key: str, pointer: str) -> Found | None:
    """The names and the type of a place in a document, by its pointer with indexes; None when there can be none."""
    kept = found.unwritten
    if (key, pointer) not in kept:
        while len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key, pointer] = _slot(found, key, pointer)
    return kept[key, pointer]


def _slot(found: Checked, key: str, pointer: str, *, is_probing: bool = False) -> Found | None:
    """is_probing: another kind of step stands in for the one meant, which could not be compiled that far."""
    document = found.linker.documents[key]
    body: dict[str, Any] = deepcopy(dict(document.body))
    marked = _marked(body, pointer_steps(pointer))
    if marked is None:
        return None
    if document.kind == "flow":
        marked = _pruned_flow(body, marked, is_probing)
    slots = link([_with(each, document, body) for each in found.packages]).slots
    known = slots.get((key, _pointer(body, marked)))
    if known is None and document.kind == "flow" and not is_probing and marked[-1] != _PROBE:
        return _slot(found, key, pointer, is_probing=True)
    return known if marked[-1] != _PROBE or known is None else (known[0], None)


def _with(package: Package, document: Document, body: Mapping[str, Any]) -> Package:
    """The package with the body in the place of its document, which has its overlays in it already."""
    others = [
        each
        for each in package.documents
        if not (each.kind == "overlay" and each.body.get("of") == document.key) and each.key != document.key
    ]
    own = [document_of(package.name, document.path, body)] if package.name == document.package else []
    return package.with_documents([*others, *own])


def _marked(body: dict[str, Any], steps: Sequence[str]) -> list[Any] | None:
    """Put the placeholder at a place; the way to it by objects and keys, None when the way ends before."""
    here: Any = body
    way: list[Any] = []
    for step in steps[:-1]:
        if isinstance(here, list):
            if not step.isdigit() or int(step) >= len(here):
                return None
            here = here[int(step)]
        elif isinstance(here, dict):
            here = here.setdefault(step, {})
        else:
            return None
        way.append(here)
    if not steps or not isinstance(here, dict):
        return None
    here[steps[-1]] = _PLACEHOLDER
    return [body, *way, steps[-1]]


def _pruned_flow(body: dict[str, Any], way: list[Any], is_probing: bool) -> list[Any]:
    """Take the steps away that are not whole, except those that the way leads through; the way as it goes then."""
    on_way = [each for each in way[:-1] if isinstance(each, dict) and "do" in each]
    target = on_way[-1] if on_way else None
    if target is not None and (is_probing or _is_lacking(target)):
        # Its kind cannot be compiled yet; any formula at its place sees the same names.
        uid = target.get("uid", "probe")
        target.clear()
        target.update({"uid": uid, "do": "stop", _PROBE: _PLACEHOLDER})
        way = [*way[: _place(way, target) + 1], _PROBE]
    _prune(body, [id(each) for each in on_way])
    if not body.get("steps"):
        body["steps"] = [{"uid": "probe", "do": "stop"}]
    return way


def _place(way: Sequence[Any], wanted: Any) -> int:
    return next(place for place, each in enumerate(way) if each is wanted)


def _prune(here: Any, kept: Sequence[int]) -> None:
    if isinstance(here, dict):
        for value in here.values():
            _prune(value, kept)
    elif isinstance(here, list):
        for each in here:
            _prune(each, kept)
        is_block = any(isinstance(each, dict) and "do" in each for each in here)
        if is_block:
            here[:] = [each for each in here if id(each) in kept or not _is_lacking(each)]


def _is_lacking(step: Any) -> bool:
    return not isinstance(step, dict) or bool(validate_body("step", step))


def _pointer(body: Any, way: Sequence[Any]) -> str:
    """The pointer of the last key of a way, by where its objects stand now."""
    here, made = body, ""
    for following in way[1:-1]:
        if isinstance(here, list):
            made += f"/{_place(here, following)}"
        else:
            made += "/" + next(key for key, value in here.items() if value is following)
        here = following
    return f"{made}/{way[-1]}"
