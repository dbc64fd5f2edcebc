"""A row as its formulas see it: names that are worked out when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from tessera.engine.mapping.host import RowHost
from tessera.formula import Formula, FormulaError
from tessera.formula.nodes import Name
from tessera.meta.kinds.mapping import Column
from tessera.meta.kinds.mapping import Mapping as MappingPart

MEMO_ENTRIES = 20_000
MEMO_CELLS = 2
CHANGING = frozenset({"NTH"})


class Row(dict[str, Any]):
    """The names of one row. cells: its texts by place; getters: name → how it is worked out."""

    __slots__ = ("cells",)
    getters: Mapping[str, Callable[[Any], Any]]
    cells: Any

    def __missing__(self, name: str) -> Any:
        value = self.getters[name](self)
        self[name] = value
        return value


class Memo(dict[Any, Any]):
    """What a function of one or two cells gives, by the cell or the pair; bounded."""

    __slots__ = ("work_out",)

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        self.work_out = work_out

    def __missing__(self, key: Any) -> Any:
        value = self.work_out(key)
        if len(self) >= MEMO_ENTRIES:
            self.clear()
        self[key] = value
        return value


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula within a row's plan.

    columns: the columns that its value depends on and on nothing else; None when it also depends on other rows or
    on records. at: where it stands in the mapping, for messages.
    """

    formula: Formula
    columns: frozenset[str] | None
    at: str


Finish: TypeAlias = "Callable[[Any], Any]"


class RowNames:
    """The names of a mapping's rows in files with these places of the columns."""

    def __init__(self, mapping: MappingPart, places: Mapping[str, int | None], host: RowHost) -> None:
        self.mapping = mapping
        self.places = places
        self.host = host
        self.memos: dict[tuple[str, Finish | None, bool], Memo] = {}
        self._columns: dict[str, frozenset[str] | None] = {}
        getters: dict[str, Callable[[Any], Any]] = {}
        self.row_type: type[Row] = type("BoundRow", (Row,), {"__slots__": (), "getters": getters})
        for column in mapping.columns:
            self._columns[column.name] = frozenset({column.name})
            getters[column.name] = self._column_getter(column)
        for join in mapping.joins:
            self._columns[join.name] = None
            on = self.expression(join.on, f"joins/{join.uid}")
            getters[join.name] = self._join_getter(join.name, self.getter(on))
        for let in mapping.lets:
            each = self.expression(let.value, f"let/{let.uid}")
            self._columns[let.name] = each.columns
            getters[let.name] = self.getter(each)

    def expression(self, formula: Formula, at: str) -> Expression:
        """The formula with what it depends on."""
        columns: set[str] = set()
        for path in formula.reads:
            name = path[1] if path[0] == "rows" and len(path) > 1 else path[0]
            depends = self._columns.get(name, frozenset())
            if depends is None:
                return Expression(formula, None, at)
            columns |= depends
        return Expression(formula, None if formula.calls & CHANGING else frozenset(columns), at)

    def cells_of(self, expression: Expression) -> tuple[int, ...] | None:
        """Places of the cells that it is a function of, two at most; None when of more, or not of cells alone."""
        if expression.columns is None:
            return None
        found = sorted({place for name in expression.columns if (place := self.places[name]) is not None})
        return tuple(found) if len(found) <= MEMO_CELLS else None

    def is_text_column(self, expression: Expression) -> bool:
        """Whether it is nothing but the text of a column that there is."""
        node = expression.formula.ast
        if not isinstance(node, Name) or len(node.path) != 1 or self.places.get(node.path[0]) is None:
            return False
        return any(each.name == node.path[0] and each.type == "text" for each in self.mapping.columns)

    def getter(self, expression: Expression, finish: Finish | None = None, *, as_rows: bool = False) -> Finish:
        """A function from a row to the expression's value; remembered by its cells where they are few."""
        places = self.cells_of(expression)
        if places is None:
            return self.direct(expression, finish, as_rows=as_rows)
        memo = self.memo(expression, finish, as_rows=as_rows)
        if not places:
            return lambda row: memo[()]
        if len(places) == 1:
            (place,) = places
            return lambda row: memo[row.cells[place]]
        first, second = places
        return lambda row: memo[row.cells[first], row.cells[second]]

    def memo(self, expression: Expression, finish: Finish | None = None, *, as_rows: bool = False) -> Memo:
        """The remembered values of an expression that depends on two cells at most, by the cell or the pair."""
        asked = (expression.formula.text, finish, as_rows)
        if asked in self.memos:
            return self.memos[asked]
        compute = self.direct(expression, finish, as_rows=as_rows)
        places = self.cells_of(expression)
        assert places is not None
        new_row = self.row_type

        def work_out(key: Any) -> Any:
            row = new_row()
            row.cells = {places[0]: key} if len(places) == 1 else dict(zip(places, key, strict=True))
            return compute(row)

        return self.memos.setdefault(asked, Memo(work_out))

    def direct(self, expression: Expression, finish: Finish | None = None, *, as_rows: bool = False) -> Finish:
        """A function from a row to the expression's value, worked out each time.

        as_rows: the formula is one of a document; it is tried on a document of this one row.
        """
        formula, host, columns, at = expression.formula, self.host, expression.columns, expression.at

        def compute(row: Row) -> Any:
            try:
                value = formula(OneRow(row) if as_rows else row, host)
                return value if finish is None else finish(value)
            except FormulaError as problem:
                if "at" not in problem.params:
                    problem.params["at"] = at
                    if columns is not None and len(columns) == 1:
                        problem.params["column"] = next(iter(columns))
                raise

        return compute

    def _column_getter(self, column: Column) -> Callable[[Any], Any]:
        place = self.places[column.name]
        if place is None:
            return lambda row: None
        if column.type == "text":
            return lambda row: row.cells[place] or None
        convert = _number_reader(column, self.mapping.decimal)
        return lambda row: convert(row.cells[place])

    def _join_getter(self, name: str, on: Callable[[Any], Any]) -> Callable[[Any], Any]:
        records = self.host.joined.setdefault(name, {})
        return lambda row: records.get(on(row))


class OneRow(dict[str, Any]):
    """The names of a document that consists of one row."""

    __slots__ = ("row",)

    def __init__(self, row: Row) -> None:
        super().__init__(rows=[row])
        self.row = row

    def __missing__(self, name: str) -> Any:
        return self.row[name]


def _number_reader(column: Column, sign: str) -> Callable[[str], int | Decimal | None]:
    group = "," if sign == "." else "."
    is_integer = column.type == "integer"

    def read(cell: str) -> int | Decimal | None:
        text = cell.strip()
        if not text:
            return None
        plain = text.replace(group, "").replace(sign, ".")
        digits = plain[1:] if plain[:1] in {"-", "+"} else plain
        whole, _, rest = digits.partition(".")
        if not (whole + rest).isascii() or not (whole + rest).isdigit() or (is_integer and rest.strip("0")):
            what = "whole number" if is_integer else "number"
            message = f'"{text[:50]}" is no {what}.'
            raise FormulaError("not_a_number", message, column=column.name, at=f"columns/{column.uid}")
        return int(plain.partition(".")[0]) if is_integer else Decimal(plain)

    return read


def readable(cells: Sequence[str]) -> list[str | None]:
    """The cells as they are kept with a rejected row: cut to a bound, blank as None."""
    return [cell[:2_000].encode("utf-8", "replace").decode() or None for cell in cells[:2_000]]
