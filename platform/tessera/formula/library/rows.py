"""Functions over lists and tables. A fold gets its per-element values as an iterable and may stop early."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tessera.formula import arithmetic
from tessera.formula.arithmetic import Number
from tessera.formula.library.logic import identity, less, same
from tessera.formula.library.texts import limited, to_text

Rows = Sequence[Any]


def total(values: Iterable[Number | None]) -> Number:
    """SUM."""
    result: Number = 0
    for each in values:
        if each is not None:
            result = arithmetic.add(result, each)
    return result


def average(values: Iterable[Number | None]) -> Number | None:
    """AVG: exact."""
    result: Number = 0
    count = 0
    for each in values:
        if each is not None:
            result = arithmetic.add(result, each)
            count += 1
    return arithmetic.divide(result, count) if count else None


def smallest(values: Iterable[Any]) -> Any:
    """MIN."""
    result = None
    for each in values:
        if each is not None and (result is None or less(each, result)):
            result = each
    return result


def largest(values: Iterable[Any]) -> Any:
    """MAX."""
    result = None
    for each in values:
        if each is not None and (result is None or less(result, each)):
            result = each
    return result


def count_true(values: Iterable[Any]) -> int:
    """COUNT with a condition."""
    return sum(1 for each in values if each)


def count_distinct(values: Iterable[Any]) -> int:
    """COUNT_DISTINCT."""
    return len({_hashable(each) for each in values if each is not None})


def _hashable(value: Any) -> Any:
    if type(value) is str or type(value) is int:
        return value
    value = identity(value)
    if isinstance(value, Mapping):
        return id(value)
    return ("truth", value) if isinstance(value, bool) else value


def any_true(values: Iterable[Any]) -> bool:
    """ANY."""
    return any(values)


def all_true(values: Iterable[Any]) -> bool:
    """ALL."""
    return all(values)


def join(values: Iterable[Any], separator: str | None = None) -> str | None:
    """JOIN."""
    parts: list[str] = []
    size = 0
    for each in values:
        if each is not None:
            parts.append(to_text(each))
            size += len(parts[-1])
            if size > 20_000:
                break
    return limited((separator or "").join(parts))


FOLDS: Mapping[str, Callable[..., Any]] = {
    "SUM": total,
    "AVG": average,
    "MIN": smallest,
    "MAX": largest,
    "COUNT": count_true,
    "COUNT_DISTINCT": count_distinct,
    "ANY": any_true,
    "ALL": all_true,
    "JOIN": join,
}

_SETS: OrderedDict[tuple[int, str], tuple[Rows, frozenset[Any]]] = OrderedDict()
_MAX_SETS = 256


def in_table(value: Any, rows: Rows | None, column: str) -> bool:
    """IN_TABLE. The values of a column of a frozen table (a tuple) are kept as a set."""
    if value is None or not rows:
        return False
    if type(rows) is not tuple:
        return any(same(row.get(column), value) for row in rows)
    key = (id(rows), column)
    found = _SETS.get(key)
    if found is None or found[0] is not rows:
        found = (rows, frozenset(_hashable(row.get(column)) for row in rows))
        _SETS[key] = found
        if len(_SETS) > _MAX_SETS:
            _SETS.popitem(last=False)
    return _hashable(value) in found[1]


def lookup(rows: Rows | None, column: str, value: Any) -> Any:
    """LOOKUP."""
    if value is None or not rows:
        return None
    for row in rows:
        if same(row.get(column), value):
            return row
    return None


def minimum(*values: Any) -> Any:
    """MIN of the values given."""
    return smallest(values)


def maximum(*values: Any) -> Any:
    """MAX of the values given."""
    return largest(values)


def total_of(*values: Number | None) -> Number:
    """SUM of the values given."""
    return total(values)


def average_of(*values: Number | None) -> Number | None:
    """AVG of the values given."""
    return average(values)


BODIES: Mapping[str, Callable[..., Any]] = {
    "MIN": minimum,
    "MAX": maximum,
    "SUM": total_of,
    "AVG": average_of,
    "IN_TABLE": in_table,
    "LOOKUP": lookup,
}
