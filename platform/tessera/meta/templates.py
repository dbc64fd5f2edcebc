"""Texts of messages with placeholders: `{record.name}`, `{amount|money}`. Nothing in them is ever evaluated.

A placeholder is a path and perhaps filters out of a list. Everything else stands as it is, also what other template
languages would act upon: `{{…}}`, `{% … %}`, `${7*7}`, `{0.__class__}`. Values are never read for placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, TypeAlias
from urllib.parse import quote

from tessera.formula import Formula
from tessera.meta.model import EMPTY, Label
from tessera.meta.template_filters import FILTERS, Style, shown

MOST_CHARACTERS = 20_000

_STEP = r"[^\W\d]\w*"
_ARGUMENT = r":\s*(?:'[^'{}]*'|\w+)\s*"
_HOLE = re.compile(
    rf"\s*(?P<path>{_STEP}(?:\.{_STEP})*)\s*(?P<filters>(?:\|\s*[a-z_]+\s*(?:{_ARGUMENT})*)*)\Z"
)
_FILTER = re.compile(rf"\|\s*(?P<name>[a-z_]+)\s*(?P<arguments>(?:{_ARGUMENT})*)")
_EACH_ARGUMENT = re.compile(r":\s*(?:'([^']*)'|(\w+))")
_BRACES = re.compile(r"\{\{[^{}]*\}\}|\{([^{}]*)\}")
_MEANT = re.compile(r"\s*[^\W\d_]")
_BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\r\n\t\u2028\u2029\x85]+")
_MARKDOWN = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞", "`": "｀", "|": "｜", "\\": "＼"})

Call: TypeAlias = tuple[str, tuple[str, ...]]
"""A filter with its arguments."""


@dataclass(frozen=True, slots=True)
class RawHole:
    """A placeholder as it is written. start and end: of its braces. is_broken: it is meant for one and is none."""

    start: int
    end: int
    path: str = ""
    path_start: int = 0
    calls: tuple[Call, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder, understood. value: gives what stands there. labels: of a choice, by its value."""

    start: int
    end: int
    path_start: int
    value: Formula
    calls: tuple[Call, ...] = ()
    labels: Mapping[str, Label] = field(default_factory=lambda: EMPTY)


def raw_holes(text: str) -> Iterator[RawHole]:
    """The placeholders of a text, in order.

    >>> [each.path for each in raw_holes("{a.b} {{c}} {% if d %} ${7*7} {0.x} {e|cut:3}")]
    ['a.b', 'e']
    """
    for found in _BRACES.finditer(text):
        inner = found[1]
        if inner is None:
            continue
        hole = _HOLE.match(inner)
        if hole is not None:
            start = found.start(1) + hole.start("path")
            yield RawHole(found.start(), found.end(), hole["path"], start, tuple(_calls(hole["filters"])))
        elif _MEANT.match(inner):
            yield RawHole(found.start(), found.end(), is_broken=True)


def _calls(text: str) -> Iterator[Call]:
    for each in _FILTER.finditer(text):
        given = (quoted or bare for quoted, bare in _EACH_ARGUMENT.findall(each["arguments"]))
        yield each["name"], tuple(given)


@dataclass(frozen=True, slots=True)
class Template:
    """A text with placeholders. mode: how values are put into it, one of `channels.MODES`."""

    text: str
    mode: str
    holes: tuple[Hole, ...] = ()

    def reads(self) -> frozenset[tuple[str, ...]]:
        """The paths that its placeholders read, from the names that it knows."""
        return frozenset(path for each in self.holes for path in each.value.reads)

    def render(self, env: Mapping[str, Any], host: Any, style: Style, *, most: int = MOST_CHARACTERS) -> str:
        """The text with values in the places of its placeholders, cut off after so many characters.

        env: the values by name. host: what formulas may ask, as for every formula.
        """
        parts: list[str] = []
        at = 0
        for hole in self.holes:
            parts += [self.text[at : hole.start], put(_value(hole, env, host, style), self.mode)]
            at = hole.end
        parts.append(self.text[at:])
        whole = "".join(parts)
        if self.mode == "line":
            whole = _BREAKS.sub(" ", whole).strip()
        return whole if len(whole) <= most else whole[: most - 1] + "…"

    def renamed(self, names: Mapping[str, str]) -> str:
        """The text with members renamed: names maps stable keys to new names."""
        text = self.text
        for hole in reversed(self.holes):
            end = hole.path_start + len(hole.value.text)
            if text[hole.path_start : end] == hole.value.text:
                text = text[: hole.path_start] + hole.value.renamed(names) + text[end:]
        return text


def _value(hole: Hole, env: Mapping[str, Any], host: Any, style: Style) -> str:
    value = hole.value(env, host)
    if hole.labels:
        value = _labelled(value, hole.labels, style)
    for name, arguments in hole.calls:
        if value is not None or name == "default":
            value = FILTERS[name].apply(value, arguments, style)
    return shown(value, style)


def _labelled(value: Any, labels: Mapping[str, Label], style: Style) -> Any:
    if isinstance(value, list | tuple):
        return [_labelled(each, labels, style) for each in value]
    found = labels.get(value)
    return value if found is None else found.get(style.language)


def put(text: str, mode: str) -> str:
    """A value as it may stand in a text of that mode: it stays a value whatever it holds.

    >>> put("a<b>", "html"), put("[x](http://y)", "markdown"), put("a b&c", "url"), put("a\\r\\nBcc: x", "line")
    ('a&lt;b&gt;', '［x］(http：//y)', 'a%20b%26c', 'a Bcc: x')
    """
    text = _BAD.sub("", text)
    if mode == "html":
        return escape(text)
    if mode == "url":
        return quote(text, safe="")
    if mode == "markdown":
        return _BREAKS.sub(" ", text).translate(_MARKDOWN).replace("://", "：//")
    return _BREAKS.sub(" ", text) if mode == "line" else text


def read_by(templates: Sequence[Template]) -> frozenset[tuple[str, ...]]:
    """The paths that several templates read."""
    return frozenset[tuple[str, ...]]().union(*(each.reads() for each in templates))
