"""The functions of the formula language: definitions from functions.json, bodies from `library`, more from plugins."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tessera.errors import Json
from tessera.registry import Registry

SOURCE = Path(__file__).with_name("functions.json")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function takes at one place.

    kinds: what may stand there, or "any", "list", "column". optional; many: this and all that follow;
    each: evaluated once for every element of the list before it.
    """

    name: str
    kinds: frozenset[str]
    optional: bool = False
    many: bool = False
    each: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """One function. signatures: the ways to call it. result: a kind or a rule of `infer`. form: how it is evaluated
    when not simply by its values. blanks: "pass" (a blank argument gives blank, or FALSE) or "own" (the body sees
    them). gives_blank: whether it may be blank by itself. needs: what the host must offer. body: (values) → value,
    (host, values) → value when with_host. pure: whether the same values always give the same."""

    name: str
    aliases: tuple[str, ...]
    category: str
    signatures: tuple[tuple[Parameter, ...], ...]
    result: str
    sides: frozenset[str]
    doc: Mapping[str, str]
    example: str = ""
    vectors: tuple[tuple[str, str], ...] = ()
    form: str = ""
    blanks: str = "pass"
    gives_blank: bool = False
    needs: str = ""
    with_host: bool = False
    body: Callable[..., Any] | None = None


REGISTRY: Registry[Function] = Registry("function")
_ALIASES: dict[str, str] = {}


def register(function: Function) -> Function:
    """Add a function, with its aliases. Raises: ValueError when a name is taken."""
    for alias in (function.name, *function.aliases):
        if _key(alias) in _ALIASES:
            raise ValueError(f"the function name {alias!r} is taken already")
    REGISTRY.add(function.name, function)
    for alias in (function.name, *function.aliases):
        _ALIASES[_key(alias)] = function.name
    return function


def forget(name: str) -> None:
    """Take a function out again, with its aliases (for tests of plugins)."""
    for alias in [alias for alias, canonical in _ALIASES.items() if canonical == name]:
        del _ALIASES[alias]
    REGISTRY.remove(name)


def find(name: str) -> Function | None:
    """The function of that name or alias, in any case.

    >>> find("求和").name
    'SUM'
    """
    canonical = _ALIASES.get(_key(name))
    return REGISTRY.get(canonical) if canonical else None


def names() -> list[str]:
    """The canonical names, sorted."""
    return list(REGISTRY)


def spellings() -> list[str]:
    """Every name and alias, for suggestions."""
    return sorted(_ALIASES)


def parse_parameter(text: str) -> Parameter:
    """A parameter from its short form, such as "x number", "places? integer", "values* any", "value? @number"."""
    name, _, kinds = text.partition(" ")
    return Parameter(
        name=name.rstrip("?*"),
        kinds=frozenset(kinds.lstrip("@").split("|")),
        optional=name.endswith("?"),
        many=name.endswith("*"),
        each=kinds.startswith("@"),
    )


def define(body: Mapping[str, Json], implementation: Callable[..., Any] | None) -> Function:
    """A Function from its JSON definition and its body."""
    signatures = [body["params"], *([body["also"]] if "also" in body else [])]
    return Function(
        name=body["name"],
        aliases=tuple(body["aliases"]),
        category=body["category"],
        signatures=tuple(tuple(parse_parameter(each) for each in one) for one in signatures),
        result=body["result"],
        sides=frozenset(body["sides"]),
        doc=body["doc"],
        example=body.get("example", ""),
        vectors=tuple((each[0], each[1]) for each in body.get("vectors", ())),
        form=body.get("form", ""),
        blanks=body.get("blanks", "pass"),
        gives_blank=body.get("gives_blank", False),
        needs=body.get("needs", ""),
        with_host=body.get("with_host", False),
        body=implementation,
    )


@cache
def definition_file() -> Mapping[str, Json]:
    """What functions.json holds: {"fixture": …, "functions": […]}."""
    loaded: Mapping[str, Json] = json.loads(SOURCE.read_text(encoding="utf-8"))
    return loaded


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).upper()


def _load() -> None:
    from tessera.formula.library import BODIES

    for body in definition_file()["functions"]:
        register(define(body, BODIES.get(body["name"])))


_load()
