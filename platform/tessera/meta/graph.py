"""Who uses whom among documents and their elements: the dependency graph of a Model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tessera.errors import Json
from tessera.meta.documents import pointer_steps

How: TypeAlias = Literal["name", "key", "path", "formula"]


@dataclass(frozen=True, slots=True)
class Use:
    """One place that names something.

    pointer: of the place, in the document `document` (its key). target: key of what is named. how: the text there is
    its name; the object key there is; step `step` of the dotted path there is; or the formula there reads it.
    """

    document: str
    pointer: str
    target: str
    how: How
    step: int = 0
    source: str = ""


@dataclass(frozen=True)
class Graph:
    """Every use, to be asked from both ends. Keys are those of documents and of their elements."""

    uses: tuple[Use, ...] = ()
    _by_source: dict[str, set[str]] = field(default_factory=dict, compare=False, repr=False)
    _by_target: dict[str, set[str]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for use in self.uses:
            for source in {use.source, use.document}:
                self._by_source.setdefault(source, set()).add(use.target)
            self._by_target.setdefault(use.target, set()).add(use.source)

    def used_by(self, key: str) -> list[str]:
        """Keys of the elements and documents that name it."""
        return sorted(self._by_target.get(key, ()))

    def used(self, key: str) -> list[str]:
        """Keys of what it names; for a document all that its elements name."""
        return sorted(self._by_source.get(key, ()))


EMPTY_GRAPH = Graph()


def element_key(document: str, body: Mapping[str, Json], pointer: str) -> str:
    """The key of the innermost element of a document that holds the place: `package:uid.element.element`.

    >>> element_key("a:b", {"fields": [{"uid": "tot", "value": "1"}]}, "/fields/0/value")
    'a:b.tot'
    """
    key, here = document, body
    for step in pointer_steps(pointer):
        here = _below(here, step)
        if isinstance(here, Mapping) and isinstance(here.get("uid"), str):
            key = f"{key}.{here['uid']}"
    return key


def _below(value: Json, step: str) -> Json:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, Sequence) and not isinstance(value, str) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


def with_sources(uses: Iterable[Use], bodies: Mapping[str, Mapping[str, Json]]) -> Graph:
    """The graph of these uses, each with the key of the element in which it stands."""
    found = [
        Use(each.document, each.pointer, each.target, each.how, each.step,
            element_key(each.document, bodies.get(each.document, {}), each.pointer))
        for each in uses
    ]  # fmt: skip
    return Graph(tuple(found))
