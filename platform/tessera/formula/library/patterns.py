"""Text patterns that cannot run away: a small grammar, matched in time linear in the text.

Literals, `.`, classes [a-z] [^a-z], \\d \\w \\s (ASCII), groups ( ), alternatives |, and ? * + {m} {m,} {m,n}. The
pattern means the whole text. One whose backtracking is bounded is handed to `re`; any other is run as an automaton.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tessera.formula.problem import FormulaError, fail

MAX_PATTERN = 500
MAX_STATES = 1000
_MAX_CHOICES = 20_000
_MAX_CACHED = 500

_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\r\\n"}
_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}", re.ASCII)
_ENDLESS = 10_000


@dataclass(frozen=True, slots=True)
class _Char:
    source: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    items: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    items: tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    item: _Part
    low: int
    high: int | None


_Part: TypeAlias = _Char | _Sequence | _Choice | _Repeat


@lru_cache(512)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A test of the whole text. Raises: FormulaError(pattern) with what is wrong.

    >>> compile_pattern("C?[0-9]{6}")("C123456"), compile_pattern("(a+)+")("a" * 5000 + "!")
    (True, False)
    """
    part = _Reader(pattern).read()
    if _choices(part) <= _MAX_CHOICES:
        found = re.compile(_source(part), re.DOTALL).fullmatch
        return lambda text: found(text) is not None
    return _Automaton(part).matches


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def read(self) -> _Part:
        if len(self.pattern) > MAX_PATTERN:
            fail("pattern", f"A pattern has at most {MAX_PATTERN} characters.")
        part = self._choice()
        if self.at < len(self.pattern):
            raise self._error("has a ) too many")
        return part

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _error(self, what: str) -> FormulaError:
        return FormulaError("pattern", f"The pattern {self.pattern[:60]!r} {what} (at {self.at + 1}).")

    def _choice(self) -> _Part:
        self.depth += 1
        if self.depth > 20:
            raise self._error("is nested too deeply")
        items = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            items.append(self._sequence())
        self.depth -= 1
        return items[0] if len(items) == 1 else _Choice(tuple(items))

    def _sequence(self) -> _Part:
        items: list[_Part] = []
        while self._peek() not in ("", "|", ")"):
            items.append(self._repeated(self._atom()))
        return _Sequence(tuple(items))

    def _repeated(self, item: _Part) -> _Part:
        mark = self._peek()
        if mark in ("?", "*", "+"):
            self.at += 1
            part = _Repeat(item, int(mark == "+"), 1 if mark == "?" else None)
        elif mark == "{":
            found = _COUNT.match(self.pattern, self.at)
            if found is None:
                raise self._error("has a { without a count")
            self.at = found.end()
            low = int(found[1])
            part = _Repeat(item, low, low if found[2] is None else int(found[3]) if found[3] else None)
        else:
            return item
        if self._peek() in ("?", "*", "+", "{") and self._peek():
            raise self._error("repeats a repetition")
        if part.high is not None and part.high < part.low:
            raise self._error("has a count that ends before it begins")
        return part

    def _atom(self) -> _Part:
        char = self._peek()
        self.at += 1
        if char == "(":
            part = self._choice()
            if self._peek() != ")":
                raise self._error("has a ( too many")
            self.at += 1
            return part
        if char == "[":
            return self._class()
        if char == ".":
            return _Char(".")
        if char == "\\":
            return self._escape()
        if char in _SPECIAL:
            self.at -= 1
            raise self._error(f"has a {char} where it means nothing; write \\{char} for the character")
        return _Char(re.escape(char))

    def _escape(self) -> _Char:
        char = self._peek()
        self.at += 1
        if char in _CLASSES and char:
            return _Char(f"[{_CLASSES[char]}]")
        if char in _SPECIAL or char in ("-", "/"):
            return _Char(re.escape(char))
        raise self._error("has a \\ before a character that needs none")

    def _class(self) -> _Char:
        negated = self._peek() == "^"
        self.at += negated
        parts: list[str] = []
        while self._peek() != "]":
            parts.append(self._range())
        self.at += 1
        if not parts:
            raise self._error("has an empty [ ]")
        return _Char(f"[{'^' if negated else ''}{''.join(parts)}]")

    def _range(self) -> str:
        first = self._class_char()
        if first in _CLASSES.values():
            return first
        if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            last = self._class_char()
            if last in _CLASSES.values() or last < first:
                raise self._error("has a range that ends before it begins")
            return f"{re.escape(first)}-{re.escape(last)}"
        return re.escape(first)

    def _class_char(self) -> str:
        char = self._peek()
        self.at += 1
        if char == "\\":
            char = self._peek()
            self.at += 1
            if char in _CLASSES and char:
                return _CLASSES[char]
        if not char or char == "[":
            raise self._error("has a [ that is not closed")
        return char


def _choices(part: _Part) -> int:
    """An upper bound of the ways in which a backtracking matcher can try the pattern."""
    match part:
        case _Char():
            return 1
        case _Sequence(items):
            total = 1
            for each in items:
                total = min(total * _choices(each), _ENDLESS**2)
            return total
        case _Choice(items):
            return min(sum(map(_choices, items)), _ENDLESS**2)
        case _Repeat(item, low, high):
            inner = _choices(item)
            times = (_ENDLESS if high is None else high) - low + 1
            if inner == 1:
                return times
            return _ENDLESS**2 if (high or _ENDLESS) > 4 else min(times * inner ** (high or 1), _ENDLESS**2)


def _source(part: _Part) -> str:
    match part:
        case _Char(source):
            return source
        case _Sequence(items):
            return "".join(map(_source, items))
        case _Choice(items):
            return f"(?:{'|'.join(map(_source, items))})"
        case _Repeat(item, low, high):
            return f"(?:{_source(item)}){{{low},{'' if high is None else high}}}"


class _Automaton:
    """A nondeterministic automaton whose sets of states are made into a deterministic one as texts need them."""

    def __init__(self, part: _Part) -> None:
        self.tests: list[Callable[[str], object]] = []
        self.next: list[int] = []
        self.free: list[list[int]] = []
        first = self._state()
        self.last = self._add(part, first)
        self.begin = self._closed({first})
        self.known: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def _state(self) -> int:
        if len(self.free) >= MAX_STATES:
            fail("pattern", "The pattern repeats too much.")
        self.tests.append(lambda char: None)
        self.next.append(-1)
        self.free.append([])
        return len(self.free) - 1

    def _add(self, part: _Part, start: int) -> int:
        """Adds the part from that state on; gives the state after it."""
        match part:
            case _Char(source):
                end = self._state()
                self.tests[start], self.next[start] = re.compile(source, re.DOTALL).match, end
                after = self._state()
                self.free[end].append(after)
                return after
            case _Sequence(items):
                for each in items:
                    start = self._add(each, start)
                return start
            case _Choice(items):
                end = self._state()
                for each in items:
                    begin = self._state()
                    self.free[start].append(begin)
                    self.free[self._add(each, begin)].append(end)
                return end
            case _Repeat():
                return self._add_repeat(part, start)

    def _add_repeat(self, part: _Repeat, start: int) -> int:
        for _ in range(part.low):
            start = self._add(part.item, start)
        end = self._state()
        if part.high is None:
            loop = self._state()
            self.free[start].append(loop)
            inner = self._state()
            self.free[loop] += [inner, end]
            self.free[self._add(part.item, inner)].append(loop)
            return end
        for _ in range(part.high - part.low):
            self.free[start].append(end)
            inner = self._state()
            self.free[start].append(inner)
            start = self._add(part.item, inner)
        self.free[start].append(end)
        return end

    def _closed(self, states: set[int]) -> frozenset[int]:
        open_states = list(states)
        while open_states:
            for each in self.free[open_states.pop()]:
                if each not in states:
                    states.add(each)
                    open_states.append(each)
        return frozenset(states)

    def matches(self, text: str) -> bool:
        """Whether the whole text is matched."""
        here = self.begin
        for char in text:
            after = self.known.get((here, char))
            if after is None:
                after = self._closed({self.next[state] for state in here if self.tests[state](char)})
                if len(self.known) > _MAX_CACHED:
                    self.known.clear()
                self.known[here, char] = after
            here = after
            if not here:
                return False
        return self.last in here
