"""JSON from outside, read exactly: fractions become Decimal, and nothing ambiguous passes.

Refused: duplicate keys, NaN and Infinity, numbers beyond a fixed size, deep nesting, half characters, NUL.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn

import orjson

from tessera.errors import Json
from tessera.web.errors import BadBody

MAX_DEPTH = 32
_MAX_NUMBER_CHARACTERS = 60
_MAX_EXPONENT = 60
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SQUARE = bytes.maketrans(b"{}", b"[]")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_INEXACT = re.compile(rb"[0-9][.eE]|[0-9]{19}")
_MAX_QUOTES = 1_000_000
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def parse(data: bytes) -> Json:
    """The JSON value of a request body. Raises: BadBody("bad_body")."""
    if b"\\" not in data and data.count(b'"') <= _MAX_QUOTES:
        # Without escapes every quote begins or ends a text, so every other piece is what stands between the texts.
        between = b"".join(data.split(b'"')[::2])
        _ensure_brackets(between)
        if _INEXACT.search(between) is None:
            try:
                value = orjson.loads(data)
            except orjson.JSONDecodeError:
                return _parse_exactly(data)  # it says better what is wrong
            if _has_names_once(value, between):
                return value
        return _parse_exactly(data)
    _ensure_shallow(data)
    return _parse_exactly(data)


def _has_names_once(value: Json, between: bytes) -> bool:
    """Whether the objects of the value have as many names as there were colons, so that none stood twice."""
    names = between.count(b":")
    left = between.count(b"{") + between.count(b"[")
    level = [value] if left else []
    while level:
        left -= len(level)
        names -= sum([len(each) for each in level if each.__class__ is dict])
        if not left:
            break
        level = [
            inner
            for each in level
            for inner in (each.values() if each.__class__ is dict else each)
            if inner.__class__ in (dict, list)
        ]
    return names == 0


def _parse_exactly(data: bytes) -> Json:
    try:
        value = _decoder.decode(data.decode("utf-8"))
        if b"\\u" in data:
            _ensure_whole_characters(data, value)
    except UnicodeDecodeError as error:
        raise BadBody(why="it is not UTF-8") from error
    except json.JSONDecodeError as error:
        why = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise BadBody(why=why) from error
    except RecursionError as error:
        raise BadBody(why=f"it is nested deeper than {MAX_DEPTH}") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise BadBody(why="it holds a number of too many digits") from error
    return value


def _ensure_shallow(data: bytes) -> None:
    """Refuse deep nesting without parsing: take away the texts, then pairs of brackets from inside out."""
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _ensure_brackets(_STRING.sub(b"", data))


def _ensure_brackets(between: bytes) -> None:
    """Refuse what stands between the texts when its brackets go too deep."""
    if between.count(b"[") + between.count(b"{") <= MAX_DEPTH:
        return
    brackets = between.translate(_SQUARE, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise BadBody(why=f"it is nested deeper than {MAX_DEPTH}, or its brackets do not match")


def _ensure_whole_characters(data: bytes, value: Json) -> None:
    if _NUL.search(data):
        raise BadBody(why="it holds the NUL character")
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadBody(why="it holds half a character (a lone surrogate)") from error


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadBody(why=f'the key "{twice[:60]}" occurs twice')
    return found


def _fraction(text: str) -> Decimal:
    if len(text) > _MAX_NUMBER_CHARACTERS:
        raise BadBody(why="it holds a number of too many digits")
    number = Decimal(text)
    if number and abs(number.adjusted()) > _MAX_EXPONENT:
        raise BadBody(why="it holds a number that is too large or too small")
    return number if number else Decimal(0)


def _constant(name: str) -> NoReturn:
    raise BadBody(why=f"{name} is no number")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_fraction, parse_constant=_constant)
