"""Formulas as SQL: the portable part of the language, and on SQLite the rest as the reference itself.

A condition is compiled for what is wanted of it, true or false, so a negation moves inwards and no NULL ever
counts as true. Folds over lines become EXISTS and scalar subqueries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement, visitors

from tessera.formula import Formula, FormulaError, reference
from tessera.formula.nodes import Binary, Call, Get, Literal, Logic, Name, Node, Unary, walk
from tessera.formula.shapes import INTEGER
from tessera.store.paths import Paths, Position
from tessera.store.sql_functions import CONDITIONS, VALUES, python_condition
from tessera.store.sql_values import (
    Condition,
    NotPortable,
    Value,
    arithmetic,
    common,
    compare,
    constant,
    is_blank,
    is_filled,
    is_void,
    whole_constant,
)

_AGGREGATES: dict[str, Callable[[Any], ColumnElement[Any]]] = {
    "SUM": sa.func.sum,
    "MIN": sa.func.min,
    "MAX": sa.func.max,
}
_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    Decimal: "number",
    Fraction: "number",
    date: "date",
    datetime: "datetime",
    time: "time",
}
_FOLDS = frozenset({"ANY", "ALL", "COUNT", "SUM", "MIN", "MAX"})


def to_sql(formula: Formula, position: Position, host: Any = None) -> Condition | None:
    """A condition that is true exactly for the records for which the formula is; None when SQL cannot say it.

    position: the record that it is about. host: answers TODAY, NOW and USER, which become constants.
    """
    try:
        return Compiler((position,), host).condition(formula.ast, wanted=True)
    except NotPortable:
        return python_condition(formula, position, host) if position.paths.dialect == "sqlite" else None


def value_sql(formula: Formula, position: Position, host: Any = None) -> Value | None:
    """The formula's value in SQL; None when SQL cannot give it exactly."""
    try:
        return Compiler((position,), host).value(formula.ast)
    except NotPortable:
        return None


def constant_of(node: Node, host: Any = None) -> Any:
    """The value of a node that reads nothing of a record; None for a blank, and when it cannot be told."""
    try:
        return reference.evaluate(node, {}, host)
    except (FormulaError, AttributeError):
        return None


def _or_nothing(value: Value) -> ColumnElement[Any]:
    """The text, '' for a blank."""
    return sa.literal("") if is_void(value) else sa.func.coalesce(value.sql(), "")


def _or_null(value: Value) -> ColumnElement[Any]:
    return sa.null() if is_void(value) else value.sql()


class Compiler:
    """Compiles nodes; levels: the record, then the element of each fold around the node."""

    def __init__(self, levels: tuple[Position, ...], host: Any) -> None:
        self.levels = levels
        self.host = host
        self.dialect = levels[0].paths.dialect

    def condition(self, node: Node, *, wanted: bool) -> Condition:
        """A condition that is true when the node is what is wanted."""
        match node:
            case Literal(value=bool() as value):
                return sa.true() if value == wanted else sa.false()
            case Unary(op="not", of=inner):
                return self.condition(inner, wanted=not wanted)
            case Logic(op=op, items=items):
                return self.all_or_any(items, is_all=(op == "and") == wanted, wanted=wanted)
            case Binary(op=op, left=left, right=right) if op in ("=", "<>", "<", "<=", ">", ">="):
                return self.comparison(op, left, right, wanted=wanted)
            case Name() | Get():
                return self.flag(node, wanted=wanted)
            case Call():
                return self.call_condition(node, wanted=wanted)
        raise NotPortable

    def all_or_any(self, items: Sequence[Node], *, is_all: bool, wanted: bool) -> Condition:
        """Every one of the items, or one of them, is what is wanted."""
        parts = [self.condition(item, wanted=wanted) for item in items]
        return sa.and_(sa.true(), *parts) if is_all else sa.or_(sa.false(), *parts)

    def comparison(self, op: str, left: Node, right: Node, *, wanted: bool) -> Condition:
        """A comparison; of two conditions, whether they agree."""
        if left.type.kind == "boolean" and right.type.kind == "boolean":
            if op not in ("=", "<>"):
                raise NotPortable
            agree = (op == "=") == wanted
            both = sa.and_(self.condition(left, wanted=True), self.condition(right, wanted=agree))
            return sa.or_(both, sa.and_(self.condition(left, wanted=False), self.condition(right, wanted=not agree)))
        one, other = self.value(left), self.value(right)
        if one.kind != other.kind and "blank" not in (one.kind, other.kind):
            raise NotPortable
        return compare(op, one, other, wanted=wanted)

    def flag(self, node: Name | Get, *, wanted: bool) -> Condition:
        """A boolean field; nothing there is false."""
        found = self.read(node)
        if isinstance(found, tuple):
            position, formula = found
            return Compiler((position,), self.host).condition(formula.ast, wanted=wanted)
        if found.kind != "boolean":
            raise NotPortable
        is_true: Condition = found.sql() == sa.true()
        return is_true if wanted else sa.or_(found.sql() == sa.false(), is_blank(found))

    def call_condition(self, node: Call, *, wanted: bool) -> Condition:
        """A call that gives true or false."""
        name, args = node.function, node.args
        if name in ("AND", "OR"):
            return self.all_or_any(args, is_all=(name == "AND") == wanted, wanted=wanted)
        if name == "NOT":
            return self.condition(args[0], wanted=not wanted)
        if name == "ISBLANK":
            value = self.kept(args[0]) or self.value(args[0])
            return is_blank(value) if wanted else is_filled(value)
        if name == "IF" and len(args) == 3:
            return self.choice(args, wanted=wanted)
        if name == "IN":
            return self.among(args, wanted=wanted)
        if name == "BETWEEN":
            low = self.comparison(">=", args[0], args[1], wanted=wanted)
            high = self.comparison("<=", args[0], args[2], wanted=wanted)
            return sa.and_(low, high) if wanted else sa.or_(low, high)
        if name in ("ANY", "ALL"):
            return self.fold_condition(node, wanted=wanted)
        simple = CONDITIONS.get(name)
        if simple is None:
            raise NotPortable
        values = [self.value(arg) for arg in args]
        holds = simple(self.dialect, *values)
        return holds if wanted else sa.or_(sa.not_(holds), *(is_blank(value) for value in values))

    def choice(self, args: Sequence[Node], *, wanted: bool) -> Condition:
        """IF of conditions."""
        then = sa.and_(self.condition(args[0], wanted=True), self.condition(args[1], wanted=wanted))
        return sa.or_(then, sa.and_(self.condition(args[0], wanted=False), self.condition(args[2], wanted=wanted)))

    def among(self, args: Sequence[Node], *, wanted: bool) -> Condition:
        """IN: equal to one of the choices."""
        if len(args) == 2 and args[1].type.kind == "list":
            return self.member(args[0], args[1], wanted=wanted)
        if any(arg.type.kind == "list" for arg in args):
            raise NotPortable
        parts = [self.comparison("=", args[0], choice, wanted=wanted) for choice in args[1:]]
        return sa.or_(sa.false(), *parts) if wanted else sa.and_(sa.true(), *parts)

    def kept(self, node: Node) -> Value | None:
        """A column of JSON, of which no more can be asked than whether there is something; None for anything else."""
        if not isinstance(node, Name | Get):
            return None
        level, path = flat_path(node)
        return self.levels[level].json(path) if 0 <= level < len(self.levels) else None

    def member(self, item: Node, choices: Node, *, wanted: bool) -> Condition:
        """IN of a stored list of texts."""
        kept, value = self.kept(choices), self.value(item)
        if kept is None or value.kind != "text":
            raise NotPortable
        if self.dialect == "postgresql":
            listed: Any = sa.cast(kept.sql(), JSONB)
            holds: Condition = sa.func.coalesce(listed.op("@>")(sa.func.jsonb_build_array(value.sql())), sa.false())
        else:
            each = sa.func.json_each(kept.sql()).table_valued("value")
            holds = sa.exists(sa.select(sa.literal_column("1")).select_from(each).where(each.c.value == value.sql()))
        return holds if wanted else sa.not_(holds)

    def value(self, node: Node) -> Value:
        """A node that gives a value."""
        if not any(isinstance(each, Name) for each in walk(node)):
            return self.known(node)
        match node:
            case Name() | Get():
                found = self.read(node)
                if isinstance(found, tuple):
                    return Compiler((found[0],), self.host).value(found[1].ast)
                return found
            case Binary(op="+" | "-" | "*" as op, left=left, right=right):
                return self.sum_of(op, left, right)
            case Binary(op="&", left=left, right=right):
                return self.joined(left, right)
            case Unary(op="-", of=inner) if inner.type.kind == "number":
                return self.sum_of("*", inner, Literal(value=-1, type=INTEGER))
            case Unary(op="+", of=inner):
                return self.value(inner)
            case Call():
                return self.call_value(node)
        raise NotPortable

    def sum_of(self, op: str, left: Node, right: Node) -> Value:
        """Arithmetic of numbers."""
        one, other = self.value(left), self.value(right)
        if one.kind != "number" or other.kind != "number" or is_void(one) or is_void(other):
            raise NotPortable
        if one.expression is None and other.expression is None:
            raise NotPortable
        return arithmetic(op, one, other, self.dialect)

    def joined(self, left: Node, right: Node) -> Value:
        """Text put together: a blank counts as nothing, and nothing at all is blank."""
        one, other = self.value(left), self.value(right)
        if {one.kind, other.kind} - {"text", "blank"}:
            raise NotPortable
        text = _or_nothing(one).op("||")(_or_nothing(other))
        return Value("text", sa.func.nullif(text, ""))

    def call_value(self, node: Call) -> Value:
        """A call that gives a value."""
        name, args = node.function, node.args
        if name == "COALESCE":
            return self.first_filled(args)
        if name == "IF" and node.type.kind != "boolean":
            return self.case(args)
        if name in _FOLDS and node.args and node.args[0].type.kind == "list":
            return self.fold_value(node)
        simple = VALUES.get(name)
        if simple is None:
            raise NotPortable
        return simple(self.dialect, *(self.value(arg) for arg in args))

    def first_filled(self, args: Sequence[Node]) -> Value:
        """COALESCE."""
        values = common([value for value in map(self.value, args) if not is_void(value)], self.dialect)
        if not values or len({value.kind for value in values}) > 1:
            raise NotPortable
        if len(values) == 1:
            return values[0]
        first = sa.func.coalesce(*(value.sql() for value in values))
        return Value(values[0].kind, first, scale=values[0].scale, bound=max(value.bound for value in values))

    def case(self, args: Sequence[Node]) -> Value:
        """IF of values."""
        otherwise = self.value(args[2]) if len(args) > 2 else constant("blank", None)
        then, otherwise = common([self.value(args[1]), otherwise], self.dialect)
        known = then if then.expression is not None else otherwise
        if known.kind == "blank" or (then.kind != otherwise.kind and "blank" not in (then.kind, otherwise.kind)):
            raise NotPortable
        expression = sa.case((self.condition(args[0], wanted=True), _or_null(then)), else_=_or_null(otherwise))
        return Value(known.kind, expression, scale=known.scale, bound=max(then.bound, otherwise.bound))

    def known(self, node: Node) -> Value:
        """What does not depend on the record, as a constant: worked out here, by the reference."""
        try:
            answer = reference.evaluate(node, {}, self.host)
        except (FormulaError, AttributeError) as error:
            raise NotPortable from error
        if answer is None:
            return constant("blank", None)
        kind = "record" if node.type.kind == "record" and type(answer) is int else _KINDS.get(type(answer))
        if kind is None:
            raise NotPortable
        return constant(kind, answer)

    def read(self, node: Name | Get) -> Value | tuple[Position, Formula]:
        """What a name or dot path reads."""
        level, path = flat_path(node)
        if not 0 <= level < len(self.levels):
            raise NotPortable
        return self.levels[level].value(path)

    def lines(self, node: Call) -> tuple[Compiler, Paths, Condition]:
        """The lines of a fold: a compiler for its elements, their tables, and what ties them to the record."""
        source = node.args[0]
        if not isinstance(source, Name | Get) or node.level != len(self.levels):
            raise NotPortable
        level, path = flat_path(source)
        here, found = self.levels[level].find(path)
        if found.type not in ("lines", "multi_reference"):
            raise NotPortable
        tables = here.paths.tables
        inner = Paths(tables, tables.model.entities[found.target], self.dialect, here.paths.moving)
        compiler = Compiler((*self.levels, inner.root()), self.host)
        owner = here.table()[0].c.id
        if found.type == "lines":
            return compiler, inner, inner.alias.c.parent_id == owner
        link = tables.link(found).alias()
        inner.attached["link"] = link
        inner.source = inner.source.join(link, link.c.target_id == inner.alias.c.id)
        return compiler, inner, link.c.record_id == owner

    def fold_condition(self, node: Call, *, wanted: bool) -> Condition:
        """ANY and ALL."""
        compiler, paths, tie = self.lines(node)
        is_any = node.function == "ANY"
        test = compiler.condition(node.args[1], wanted=is_any) if len(node.args) > 1 else sa.true()
        lines: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(paths.source).where(tie, test)
        query = sa.exists(lines.correlate_except(*_tables(paths)))
        return query if is_any == wanted else sa.not_(query)

    def fold_value(self, node: Call) -> Value:
        """COUNT, SUM, MIN and MAX."""
        kept = self.kept(node.args[0])
        if kept is not None and node.function == "COUNT" and len(node.args) == 1:
            return self.length(kept)
        compiler, paths, tie = self.lines(node)
        if node.function == "COUNT":
            test = compiler.condition(node.args[1], wanted=True) if len(node.args) > 1 else sa.true()
            query = self.scalar(sa.func.count(), paths, tie, test)
            return Value("number", query, scale=0, bound=10**9, is_nullable=False)
        if len(node.args) != 2:
            raise NotPortable
        value = compiler.value(node.args[1])
        if value.kind == "number" and value.expression is None and self.dialect == "sqlite":
            value = whole_constant(value)
        if value.kind == "blank" or not _is_of(value.sql(), paths):
            raise NotPortable
        function: Callable[[Any], ColumnElement[Any]] = _AGGREGATES[node.function]
        if node.function == "SUM":
            if value.kind != "number":
                raise NotPortable
            query = self.scalar(sa.func.coalesce(function(value.sql()), 0), paths, tie)
            return Value("number", query, scale=value.scale, is_nullable=False)
        query = self.scalar(function(value.sql()), paths, tie)
        return Value(value.kind, sa.type_coerce(query, value.sql().type), scale=value.scale, bound=value.bound)

    def length(self, kept: Value) -> Value:
        """The number of elements of a stored list."""
        if self.dialect == "postgresql":
            count: Any = sa.func.jsonb_array_length(sa.cast(kept.sql(), JSONB))
        else:
            count = sa.func.json_array_length(kept.sql())
        filled = sa.cast(sa.func.coalesce(count, 0), sa.BigInteger())
        return Value("number", filled, scale=0, bound=10**9, is_nullable=False)

    def scalar(self, expression: ColumnElement[Any], paths: Paths, *conditions: Condition) -> ColumnElement[Any]:
        """A subquery that gives one value."""
        query = sa.select(expression).select_from(paths.source).where(*conditions)
        return query.correlate_except(*_tables(paths)).scalar_subquery()


def _tables(paths: Paths) -> list[Any]:
    return [*(alias for alias, _ in paths.joined.values()), *paths.attached.values()]


def _is_of(expression: ColumnElement[Any], paths: Paths) -> bool:
    """Whether it reads the lines, or nothing: else SQL would take an aggregate of it for one of the outer query."""
    read = {each.table for each in visitors.iterate(expression) if isinstance(each, sa.ColumnClause)} - {None}
    return not read or bool(read & set(_tables(paths)))


def flat_path(node: Name | Get) -> tuple[int, tuple[str, ...]]:
    """The level and the names of a name or dot path. Raises: NotPortable for a member of something computed."""
    names: list[str] = []
    step: Node = node
    while isinstance(step, Get):
        names.append(step.name)
        step = step.of
    if not isinstance(step, Name):
        raise NotPortable
    return step.level, (step.name, *reversed(names))
