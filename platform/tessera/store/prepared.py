"""Statements compiled once to the driver's text, and run without going through SQLAlchemy again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement

from tessera.store.bulk import driver
from tessera.store.column_types import BigInt, Converter, JsonText, loader
from tessera.store.sql_values import Condition
from tessera.store.tables import Tables
from tessera.store.tx import Tx, errors_mapped

MAX_STATEMENTS = 1_000
_FEW = 200


class Prepared:
    """A SELECT as text with its parameters; names: of its columns. kept: what must live as long as it."""

    def __init__(self, statement: sa.Select[Any], names: Sequence[str], dialect: Dialect, kept: object = None) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.names = tuple(names)
        self._kept = kept
        self._order: Sequence[str] | None = getattr(compiled, "positiontup", None)
        self._dumpers: dict[str, Callable[[Any], Any] | None] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._fixed = {
            name: self._dumped(name, bind.effective_value)
            for name, bind in compiled.binds.items()
            if not bind.required and not name.startswith("q_")
        }
        types = [column.type for column in statement.selected_columns]
        self._loaders = [(place, load) for place, type_ in enumerate(types) if (load := loader(type_, dialect.name))]

    def _dumped(self, name: str, value: Any) -> Any:
        dump = self._dumpers[name]
        return value if dump is None else dump(value)

    def run(self, tx: Tx, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Every row, as Python values. values: of the parameters that differ from call to call (named q_…)."""
        with errors_mapped():
            rows: list[tuple[Any, ...]] = driver(tx.connection).execute(self.sql, self._given(values)).fetchall()
        return self._loaded(rows) if self._loaders and rows else rows

    def _given(self, values: Mapping[str, Any]) -> Any:
        parameters = self._fixed | {name: self._dumped(name, values[name]) for name in values if name in self._dumpers}
        return parameters if self._order is None else [parameters[name] for name in self._order]

    def plan(self, tx: Tx, values: Mapping[str, Any]) -> list[str]:
        """The lines in which the database says how it would go about it."""
        head = "EXPLAIN " if tx.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        with errors_mapped():
            rows = driver(tx.connection).execute(head + self.sql, self._given(values)).fetchall()
        return [str(row[-1]) for row in rows]

    def _loaded(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The rows with each column that needs it loaded as a whole."""
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for place, load in self._loaders:
            columns[place] = _load_all(columns[place], load)
        return list(zip(*columns, strict=True))

    def dicts(self, tx: Tx, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every row as a dict by name."""
        names = self.names
        return [dict(zip(names, row, strict=False)) for row in self.run(tx, values)]


def _load_all(values: Sequence[Any], load: Converter) -> Sequence[Any]:
    if len(values) < _FEW or load is orjson.loads:
        return [None if value is None else load(value) for value in values]
    # Values of a long column repeat, and looking one up is faster than making it again; JSON could be changed.
    known = {value: None if value is None else load(value) for value in set(values)}
    return [known[value] for value in values]


def prepared(tx: Tx, tables: Tables, key: Any, build: Callable[[], Prepared]) -> Prepared:
    """The statement of that key, built when it is not there yet."""
    full = (tx.dialect, key)
    found: Prepared | None = tables.statements.get(full)
    if found is None:
        if len(tables.statements) >= MAX_STATEMENTS:
            tables.statements.clear()
        found = tables.statements[full] = build()
    return found


def among(column: ColumnElement[Any], dialect: str, name: str = "q_ids") -> Condition:
    """Whether a whole number is among the ids given under that name at each call."""
    if dialect == "postgresql":
        result: Condition = column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger())))
        return result
    each = sa.func.json_each(sa.bindparam(name, type_=JsonText())).table_valued(sa.column("value", BigInt()))
    return sa.type_coerce(column, sa.BigInteger()).in_(sa.select(each.c.value))
