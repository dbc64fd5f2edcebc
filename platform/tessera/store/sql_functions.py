"""The functions of formulas that SQL has too, and the reference itself as a function of SQLite."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement

from tessera.formula import Formula, FormulaError
from tessera.store.buckets import bucket_text
from tessera.store.column_types import Converter, loader
from tessera.store.paths import Position
from tessera.store.sql_values import Condition, NotPortable, Value
from tessera.store.tables import column_type

_LAST_CODE_POINT = 0x10FFFF


def next_text(prefix: str) -> str | None:
    """The least text, by code point, that is greater than every text with the prefix; None when there is none.

    >>> next_text("ab"), next_text("a" + chr(0x10FFFF)), next_text(chr(0xD7FF)) == chr(0xE000)
    ('ac', 'b', True)
    """
    while prefix:
        last = ord(prefix[-1])
        if last < _LAST_CODE_POINT:
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        prefix = prefix[:-1]
    return None


def _texts(*values: Value) -> None:
    if any(value.kind not in ("text", "blank") for value in values):
        raise NotPortable


def _never(*values: Value) -> bool:
    return any(value.expression is None and value.constant is None for value in values)


def _contains(dialect: str, text: Value, part: Value) -> Condition:
    _texts(text, part)
    if _never(text, part):
        return sa.false()
    find = sa.func.strpos if dialect == "postgresql" else sa.func.instr
    result: Condition = find(text.sql(), part.sql()) > 0
    return result


def _starts(dialect: str, text: Value, part: Value) -> Condition:
    """With a constant part a range, which an index serves."""
    _texts(text, part)
    if _never(text, part):
        return sa.false()
    if part.expression is None:
        after = next_text(part.constant)
        low: Condition = text.sql() >= part.sql()
        return low if after is None else sa.and_(low, text.sql() < Value("text", constant=after).sql())
    result: Condition = sa.func.substr(text.sql(), 1, sa.func.length(part.sql())) == part.sql()
    return result


def _ends(dialect: str, text: Value, part: Value) -> Condition:
    _texts(text, part)
    if _never(text, part):
        return sa.false()
    length = sa.func.length(part.sql())
    tail = sa.func.right(text.sql(), length) if dialect == "postgresql" else sa.func.substr(text.sql(), -length)
    result: Condition = tail == part.sql()
    return result


CONDITIONS: dict[str, Callable[..., Condition]] = {"CONTAINS": _contains, "STARTS": _starts, "ENDS": _ends}
"""Functions that give true or false, false when an argument is blank: (dialect, *arguments) → condition."""


def _date_part(part: str, start: int, length: int) -> Callable[..., Value]:
    def build(dialect: str, *args: Value) -> Value:
        if len(args) != 1 or args[0].kind != "date" or args[0].expression is None:
            raise NotPortable
        day = args[0].expression
        if dialect == "postgresql":
            number = sa.cast(sa.extract(part, day), sa.BigInteger())
        else:
            number = sa.cast(sa.func.substr(sa.type_coerce(day, sa.Text()), start, length), sa.BigInteger())
        return Value("number", number, scale=0, bound=9999)

    return build


def _abs(dialect: str, value: Value) -> Value:
    if value.expression is None or value.kind != "number":
        raise NotPortable
    return Value("number", sa.func.abs(value.expression), scale=value.scale, bound=value.bound)


def _round(dialect: str, value: Value, places: Value | None = None) -> Value:
    """Halves away from zero, as PostgreSQL's round does it."""
    wanted = 0 if places is None else places.constant
    if value.expression is None or value.kind != "number" or not isinstance(wanted, int) or not 0 <= wanted <= 18:
        raise NotPortable
    if value.scale is None:
        return Value("number", sa.func.round(value.expression, sa.literal_column(str(wanted))))
    if wanted >= value.scale:
        return value
    unit = 10 ** (value.scale - wanted)
    whole = value.expression
    half: ColumnElement[Any] = sa.literal_column(str(unit // 2))
    by: ColumnElement[Any] = sa.literal_column(str(unit))
    if value.bound + unit // 2 > 2**63 - 1:
        raise NotPortable
    up, down = (whole + half).op("/", precedence=8)(by), -((-whole + half).op("/", precedence=8)(by))
    return Value("number", sa.case((whole >= 0, up), else_=down), scale=wanted, bound=value.bound // unit + 1)


def _floor(dialect: str, value: Value, *unit: Value) -> Value:
    if value.expression is None or value.kind != "number" or unit:
        raise NotPortable
    if value.scale is None:
        return Value("number", sa.func.floor(value.expression))
    if value.scale == 0:
        return value
    size = 10**value.scale
    if value.bound + size > 2**63 - 1:
        raise NotPortable
    whole = value.expression
    by: ColumnElement[Any] = sa.literal_column(str(size))
    below = -((-whole + sa.literal_column(str(size - 1))).op("/", precedence=8)(by))
    result = sa.case((whole >= 0, whole.op("/", precedence=8)(by)), else_=below)
    return Value("number", result, scale=0, bound=value.bound // size + 1)


VALUES: dict[str, Callable[..., Value]] = {
    "YEAR": _date_part("year", 1, 4),
    "MONTH": _date_part("month", 6, 2),
    "DAY": _date_part("day", 9, 2),
    "ABS": _abs,
    "ROUND": _round,
    "FLOOR": _floor,
}
"""Functions that give a value, blank when an argument is: (dialect, *arguments) → value. Others raise NotPortable."""


class PythonCall:
    """A formula that SQLite calls back for each row; places: where each argument belongs, and how it is loaded."""

    def __init__(self, formula: Formula, places: list[tuple[tuple[str, ...], Converter | None]], host: Any) -> None:
        self.formula = formula
        self.places = places
        self.host = host

    def __call__(self, values: Sequence[Any]) -> int:
        """1 when the formula is true of these values; one that fails is not true."""
        environment: dict[str, Any] = {}
        for (path, load), value in zip(self.places, values, strict=True):
            here = environment
            for name in path[:-1]:
                here = here.setdefault(name, {})
            here[path[-1]] = value if value is None or load is None else load(value)
        try:
            return 1 if self.formula(environment, self.host) is True else 0
        except FormulaError:
            return 0


_CALLS: weakref.WeakValueDictionary[int, PythonCall] = weakref.WeakValueDictionary()
_HANDLES = itertools.count(1)


def python_condition(formula: Formula, position: Position, host: Any) -> Condition | None:
    """The formula itself, called for each row; None when it reads lines or anything that is no column."""
    arguments: list[ColumnElement[Any]] = []
    places: list[tuple[tuple[str, ...], Converter | None]] = []
    for path in sorted(formula.reads):
        try:
            found = position.value(path)
            column, storage = position.column(path)
        except NotPortable:
            return None
        if isinstance(found, tuple) or found.kind == "record":
            return None
        arguments.append(sa.type_coerce(column, sa.types.NullType()))
        places.append((path, loader(column_type(storage), "sqlite")))
    call = PythonCall(formula, places, host)
    handle = next(_HANDLES)
    _CALLS[handle] = call
    position.paths.calls.append(call)
    condition: Condition = sa.func.tsr_formula(sa.literal_column(str(handle)), *arguments) == 1
    return condition


def call_formula(handle: int, *values: Any) -> int:
    """What SQLite calls: the formula of that number with these values."""
    return _CALLS[handle](values)


SQLITE_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"tsr_formula": call_formula, "tsr_bucket": bucket_text}
"""Functions of ours that every connection of SQLite has, by name; they take any number of arguments."""
