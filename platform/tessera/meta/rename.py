"""Renaming a document or an element of one, with every reference to it that the platform knows."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tessera.errors import Json, TesseraError
from tessera.formula import Formula
from tessera.meta.compile import link
from tessera.meta.documents import Document, Package, pointer_steps
from tessera.meta.graph import Use
from tessera.meta.linker import Linker
from tessera.meta.templates import Template
from tessera.names import is_name


class NothingToRename(TesseraError):
    """There is nothing with the key "{key}" that has a name."""

    code = "nothing_to_rename"
    status = 404


class BadNewName(TesseraError):
    """ "{name}" cannot be a name here."""

    code = "bad_new_name"
    status = 422
    hint = "Use a-z, 0-9 and _, a letter first; no other document of the kind, or field beside it, may have it."


def rename(packages: Sequence[Package], key: str, name: str) -> list[Package]:
    """The packages with the document or element of that key called otherwise, and everything that names it.

    Formulas keep the rest of their text. What an overlay says stays as it is: there the older name is an alias.
    Raises: NothingToRename, BadNewName.
    """
    if not is_name(name):
        raise BadNewName(name=name)
    linker = link(packages)
    bodies = {each.key: copy.deepcopy(dict(each.body)) for package in packages for each in package.documents}
    _rename_itself(bodies, key, name)
    for use in linker.uses:
        if use.target == key and use.document in bodies:
            _rename_use(bodies[use.document], use, name, linker)
    return [
        package.with_documents(_changed(each, bodies[each.key]) for each in package.documents) for package in packages
    ]


def _changed(document: Document, body: Mapping[str, Json]) -> Document:
    return document if document.body == body else document.with_body(body)


def _rename_itself(bodies: Mapping[str, Any], key: str, name: str) -> None:
    document, *uids = key.split(".")
    element = bodies.get(document)
    siblings = [body for body in bodies.values() if element and body.get("kind") == element.get("kind")]
    for uid in uids:
        siblings = _lists_with(element, uid)
        element = next((each for each in siblings if each.get("uid") == uid), None)
    if element is None or not isinstance(element.get("name"), str):
        raise NothingToRename(key=key)
    if any(each is not element and each.get("name") == name for each in siblings):
        raise BadNewName(name=name)
    element["name"] = name


def _lists_with(body: Json, uid: str) -> list[Any]:
    """The list among the values of an object that has an element with that uid; empty when none has."""
    for value in body.values() if isinstance(body, dict) else ():
        if isinstance(value, list) and any(isinstance(each, dict) and each.get("uid") == uid for each in value):
            return [each for each in value if isinstance(each, dict)]
    return []


def _rename_use(body: Any, use: Use, name: str, linker: Linker) -> None:
    steps = _steps_in(body, linker.documents[use.document].body, pointer_steps(use.pointer))
    holder = _holder(body, steps) if steps else None
    if steps is None or holder is None:
        return
    if use.how == "key":
        _rename_key(holder, steps[-1], name)
        return
    last: Any = int(steps[-1]) if isinstance(holder, list) else steps[-1]
    text = holder[last]
    if use.how == "formula":
        place = (use.document, use.pointer)
        holder[last] = _in_formula(linker.formulas.get(place) or linker.templates.get(place), text, use.target, name)
    elif use.how == "path":
        parts = text.split(".")
        parts[use.step] = name
        holder[last] = ".".join(parts)
    else:
        holder[last] = name


def _steps_in(own: Any, merged: Any, steps: Sequence[str]) -> list[str] | None:
    """The way to a place of a document as overlays left it, in the document itself; None when only they have it.

    Elements are found again by uid, since an overlay may have moved them.
    """
    found: list[str] = []
    for step in steps:
        if isinstance(merged, list):
            merged = merged[int(step)]
            uid = merged.get("uid") if isinstance(merged, Mapping) else None
            same = [i for i, each in enumerate(own) if (_uid(each) == uid if uid else each == merged)]
            if not same:
                return None
            step = str(same[0])
            own = own[same[0]]
        elif isinstance(merged, Mapping) and step in merged and isinstance(own, Mapping) and step in own:
            merged, own = merged[step], own[step]
            if isinstance(merged, list) != isinstance(own, list):
                return None
        else:
            return None
        found.append(step)
    return found


def _uid(element: Any) -> Any:
    return element.get("uid") if isinstance(element, Mapping) else None


def _in_formula(formula: Formula | Template | None, text: str, target: str, name: str) -> str:
    return formula.renamed({target: name}) if formula is not None and formula.text == text else text


def _holder(body: Any, steps: Sequence[str]) -> Any:
    """The object or list in which the last step is a key or index; None when the pointer leads nowhere."""
    here = body
    for step in steps[:-1]:
        if isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        elif isinstance(here, dict) and step in here:
            here = here[step]
        else:
            return None
    last = steps[-1]
    if isinstance(here, list):
        return here if last.isdigit() and int(last) < len(here) else None
    return here if isinstance(here, dict) and last in here else None


def _rename_key(holder: Any, old: str, name: str) -> None:
    """Another name for a key, in the same place among the others."""
    pairs = [(name if key == old else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(pairs)
