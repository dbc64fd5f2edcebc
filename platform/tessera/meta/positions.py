"""Where in a file a JSON pointer leads: line and column, so that an editor can jump there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from tessera.errors import Problem
from tessera.meta.documents import Package, pointer_steps

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def position_of(text: str, pointer: str) -> tuple[int, int]:
    """Line and column, from 1, of the value at a pointer; of the innermost value around it when it is not there.

    >>> position_of('{"a": [1,\\n 2]}', "/a/1")
    (2, 2)
    """
    place = _skip(text, text.startswith("\ufeff"))
    for step in pointer_steps(pointer):
        found = _within(text, place, step)
        if found is None:
            break
        place = found
    line_start = text.rfind("\n", 0, place) + 1
    return text.count("\n", 0, place) + 1, place - line_start + 1


def locate(problem: Problem, packages: Iterable[Package]) -> tuple[int, int] | None:
    """Line and column of a problem of `check`, None when its document did not come from a file."""
    file, _, pointer = problem.pointer.partition("#")
    for package in packages:
        for document in package.documents:
            if document.file == file and document.text:
                return position_of(document.text, pointer)
    return None


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _within(text: str, place: int, step: str) -> int | None:
    """Where the value of a key or index of the object or list at a place begins; None without one."""
    opening, count = text[place : place + 1], 0
    if opening not in ("{", "["):
        return None
    here = _skip(text, place + 1)
    while text[here : here + 1] not in ("}", "]", ""):
        name = str(count)
        if opening == "{":
            name, here = _DECODER.raw_decode(text, here)
            here = _skip(text, _skip(text, here) + 1)
        if name == step:
            return here
        _, here = _DECODER.raw_decode(text, here)
        here = _skip(text, here)
        here = _skip(text, here + 1) if text[here : here + 1] == "," else here
        count += 1
    return None
