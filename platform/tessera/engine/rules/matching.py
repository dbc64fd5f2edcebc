"""Earlier lines of a history with capacity left, and their pairs with later lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Key: TypeAlias = tuple[Any, ...]
Keys: TypeAlias = tuple[str, str, tuple[str, ...]]  # entity, lines field, names on which lines agree
FindLines: TypeAlias = "Callable[[str, str, tuple[str, ...], Sequence[Key]], Iterable[PastLine]]"

PAST = "_past"
"""Key under which a paired line knows its PastLine; no field can have that name."""


@dataclass(slots=True, eq=False)
class PastLine:
    """A line of an earlier moment. index: its place in the document. used: units paired with later lines.

    kept: units of it that are not to be had, since lines paired with them whose decisions stand.
    """

    line: MutableMapping[str, Any]
    moment: str
    index: int
    document: Mapping[str, Any]
    used: Any = 0
    kept: Any = 0


@dataclass(slots=True, eq=False)
class Pair:
    """Units of a line paired with an earlier one. line: its place. before, after: units of that one used by then."""

    step: str
    line: int
    to: PastLine
    before: Any
    after: Any


class Past:
    """The earlier lines of one holder, indexed when a rule first looks for them.

    find: gives lines of moments before those that are folded here, in order; None when there are none.
    """

    __slots__ = ("_documents", "_fresh", "_older", "_seen", "find")

    def __init__(self, find: FindLines | None = None) -> None:
        self.find = find
        self._documents: dict[tuple[str, str], list[tuple[str, Mapping[str, Any]]]] = {}
        self._fresh: dict[Keys, dict[Key, list[Any]]] = {}
        self._older: dict[Keys, dict[Key, list[PastLine]]] = {}
        self._seen: dict[Keys, int] = {}

    def add(self, entity: str, lines: str, moment: str, document: Mapping[str, Any]) -> None:
        """A document was decided: its lines can be paired from now on."""
        self._documents.setdefault((entity, lines), []).append((moment, document))

    def candidates(self, entity: str, lines: str, on: tuple[str, ...], wanted: Sequence[Key]) -> list[list[PastLine]]:
        """For each wanted tuple of values, the earlier lines that have them, oldest first."""
        keys = (entity, lines, on)
        fresh = self._index_fresh(keys)
        for each in wanted:
            self._open(fresh, each)
        if self.find is None:
            return [fresh.get(each, []) for each in wanted]
        older = self._older.setdefault(keys, {})
        unknown = [each for each in dict.fromkeys(wanted) if each not in older]
        if unknown:
            older.update((each, []) for each in unknown)
            for line in self.find(entity, lines, on, unknown):
                older[tuple([line.line[name] for name in on])].append(line)
        return [older[each] + fresh.get(each, []) for each in wanted]

    def _index_fresh(self, keys: Keys) -> dict[Key, list[Any]]:
        """Places of lines by their values: (moment, place, line, document) until they are asked for."""
        entity, lines, on = keys
        fresh = self._fresh.setdefault(keys, {})
        documents = self._documents.get((entity, lines), [])
        seen = self._seen.get(keys, 0)
        single = on[0] if len(on) == 1 else ""
        for moment, document in documents[seen:]:
            for place, line in enumerate(document[lines]):
                key = (line[single],) if single else tuple([line[name] for name in on])
                found = fresh.get(key)
                if found is None:
                    fresh[key] = [(moment, place, line, document)]
                else:
                    found.append((moment, place, line, document))
        self._seen[keys] = len(documents)
        return fresh

    def _open(self, fresh: dict[Key, list[Any]], key: Key) -> None:
        found = fresh.get(key)
        if found is not None and type(found[-1]) is tuple:
            found[:] = [
                PastLine(each[2], each[0], each[1], each[3]) if type(each) is tuple else each for each in found
            ]


def pair_up(units: Any, candidates: Sequence[PastLine], capacity: str) -> Iterable[tuple[PastLine, Any, Any]]:
    """Use up to that many units of the candidates in turn: line, units of it used before, and after."""
    for each in candidates:
        if units <= 0:
            return
        left = each.line[capacity] - each.used - each.kept
        part = min(units, left)
        if part > 0:
            before = each.used
            each.used = before + part
            units -= part
            yield each, before, each.used
