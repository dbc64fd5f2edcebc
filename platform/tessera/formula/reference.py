"""The reference evaluator: simpleeval with everything taken away that formulas do not need.

It is slow and plain on purpose. It says what a formula means, finds the place of a failure, and is what the compiled
form is tested against. Only nodes of our own tree reach it, never the user's text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simpleeval import SimpleEval  # type: ignore[import-untyped]

from tessera.formula import arithmetic, functions
from tessera.formula.library.dates import add_days
from tessera.formula.library.logic import less, same
from tessera.formula.library.rows import FOLDS
from tessera.formula.library.texts import concat
from tessera.formula.nodes import ROW, Binary, Call, Get, Literal, Logic, Name, Node, Unary
from tessera.formula.problem import FormulaError
from tessera.formula.runtime import FAILURES, MAX_VISITS, get, named, too_much_work

MAX_STEPS = 200_000

_OPERATORS: dict[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "^": ast.Pow, "&": ast.BitAnd,
}  # fmt: skip
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "=": ast.Eq, "<>": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip
_UNARY: dict[str, type[ast.unaryop]] = {"-": ast.USub, "+": ast.UAdd, "not": ast.Not, "%": ast.Invert}


def evaluate(root: Node, env: Mapping[str, Any], host: Any, row: Mapping[str, Any] | None = None) -> Any:
    """The value of a checked formula, for a row of `Formula.column` when given. Raises: FormulaError with its place."""
    with arithmetic.exact():
        runner = Reference(env, host)
        if row is not None:
            runner.rows[ROW] = row
        value = runner.run(to_python(root))
        try:
            return arithmetic.finish(value) if root.type.kind == "number" and value is not None else value
        except FormulaError as error:
            raise error.located(root.start, root.end - root.start) from None


def to_python(node: Node) -> ast.expr:
    """The node as one of Python's own, which carries ours as its attribute `of`."""
    made = _python(node)
    made.of = node  # type: ignore[attr-defined]
    return made


def _python(node: Node) -> ast.expr:
    match node:
        case Literal():
            return ast.Constant(node.value)
        case Name():
            return ast.Name("name")
        case Get():
            return ast.Attribute(to_python(node.of), "name")
        case Unary():
            return ast.UnaryOp(_UNARY[node.op](), to_python(node.of))
        case Logic():
            op = ast.And() if node.op == "and" else ast.Or()
            return ast.BoolOp(op, [to_python(each) for each in node.items])
        case Binary() if node.op in _COMPARISONS:
            return ast.Compare(to_python(node.left), [_COMPARISONS[node.op]()], [to_python(node.right)])
        case Binary():
            return ast.BinOp(to_python(node.left), _OPERATORS[node.op](), to_python(node.right))
        case Call():
            return ast.Call(ast.Name("call"), [to_python(each) for each in node.args], [])
    raise AssertionError(node)


class Reference(SimpleEval):  # type: ignore[misc]
    """simpleeval, hardened: nine node types, own operators, plain data only, a budget of steps."""

    def __init__(self, env: Mapping[str, Any], host: Any) -> None:
        super().__init__(operators=_ARITHMETIC, functions={}, names={}, allowed_attrs={})
        self.env = env
        self.host = host
        self.rows: dict[int, Any] = {}
        self.steps = MAX_STEPS
        self.visits = MAX_VISITS
        self.nodes = {
            ast.Constant: lambda node: node.value,
            ast.Name: self._eval_name,
            ast.Attribute: self._eval_attribute,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Compare: self._eval_compare,
            ast.Call: self._eval_call,
        }

    def run(self, node: ast.expr) -> Any:
        """The value of the whole formula."""
        return self._eval(node)

    def _eval(self, node: Any) -> Any:
        self.steps -= 1
        if self.steps < 0:
            too_much_work()
        try:
            return self.nodes[type(node)](node)
        except FormulaError as error:
            raise error.located(node.of.start, node.of.end - node.of.start) from None
        except FAILURES as error:
            raise named(error).located(node.of.start, node.of.end - node.of.start) from error

    def _eval_name(self, node: Any) -> Any:
        own: Name = node.of
        if own.name == "":
            return self.rows[own.level]
        source = self.env if own.level in (0, ROW) and own.level not in self.rows else self.rows[own.level]
        value = get(source, own.name)
        return value is True if own.type.kind == "boolean" else value

    def _eval_attribute(self, node: Any) -> Any:
        value = get(self._eval(node.value), node.of.name)
        return value is True if node.of.type.kind == "boolean" else value

    def _eval_unaryop(self, node: Any) -> Any:
        value = self._eval(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if value is None or isinstance(node.op, ast.UAdd):
            return value
        return arithmetic.subtract(0, value) if isinstance(node.op, ast.USub) else arithmetic.divide(value, 100)

    def _eval_binop(self, node: Any) -> Any:
        left = self._eval(node.left)
        if isinstance(node.op, ast.BitAnd):
            return concat(left, self._eval(node.right))
        right = None if left is None else self._eval(node.right)
        if right is None:
            return None
        if node.of.left.type.kind == "date":
            return _date_arithmetic(node.of, left, right)
        return self.operators[type(node.op)](left, right)

    def _eval_compare(self, node: Any) -> bool:
        left, op = self._eval(node.left), node.of.op
        if op in ("=", "<>"):
            return same(left, self._eval(node.comparators[0])) is (op == "=")
        right = None if left is None else self._eval(node.comparators[0])
        if right is None:
            return False
        first, second = (left, right) if op in ("<", ">=") else (right, left)
        return less(first, second) is (op in ("<", ">"))

    def _eval_call(self, node: Any) -> Any:
        own: Call = node.of
        function = functions.REGISTRY[own.function]
        if function.form == "fold" and own.level and own.args[0].type.kind == "list":
            return self._fold(own, node.args)
        if function.form and function.form != "fold":
            return getattr(self, f"_form_{function.form}")(own, node.args)
        host = (self.host,) if function.with_host else ()
        values: list[Any] = []
        for each in node.args:
            values.append(self._eval(each))
            if values[-1] is None and function.blanks == "pass" and function.form != "fold":
                return False if own.type.kind == "boolean" else None
        assert function.body is not None
        return function.body(*host, *values)

    def _form_if(self, own: Call, args: Sequence[ast.expr]) -> Any:
        return self._form_ifs(own, args)

    def _form_ifs(self, own: Call, args: Sequence[ast.expr]) -> Any:
        for place in range(0, len(args) - 1, 2):
            if self._eval(args[place]):
                return self._chosen(own, args[place + 1])
        return self._chosen(own, args[-1]) if len(args) % 2 else _blank(own)

    def _form_switch(self, own: Call, args: Sequence[ast.expr]) -> Any:
        value, cases = self._eval(args[0]), args[1:]
        for place in range(0, len(cases) - 1, 2):
            if same(value, self._eval(cases[place])):
                return self._chosen(own, cases[place + 1])
        return self._chosen(own, cases[-1]) if len(cases) % 2 else _blank(own)

    def _chosen(self, own: Call, node: ast.expr) -> Any:
        value = self._eval(node)
        return _blank(own) if value is None else value

    def _form_coalesce(self, own: Call, args: Sequence[ast.expr]) -> Any:
        for each in args:
            value = self._eval(each)
            if value is not None:
                return value
        return None

    def _form_isblank(self, own: Call, args: Sequence[ast.expr]) -> bool:
        return self._eval(args[0]) is None

    def _fold(self, own: Call, args: Sequence[ast.expr]) -> Any:
        rows = self._eval(args[0]) or ()
        extra = [self._eval(each) for each in args[2:]]
        if own.level > 1 and len(args) > 1:
            self.visits -= len(rows)
            if self.visits < 0:
                too_much_work()
        if own.function in ("FIRST", "LAST", "FILTER") or len(args) == 1:
            return self._pick(own, args, rows)
        return FOLDS[own.function](self._each(own, args[1], rows), *extra)

    def _each(self, own: Call, value: ast.expr, rows: Sequence[Any]) -> Iterator[Any]:
        for row in rows:
            self.rows[own.level] = row
            yield self._eval(value)

    def _pick(self, own: Call, args: Sequence[ast.expr], rows: Sequence[Any]) -> Any:
        if len(args) == 1:
            whole = {"COUNT": len(rows), "ANY": bool(rows)}
            return whole.get(own.function) if own.function in whole else _end(own, rows)
        if own.function != "FILTER" and own.args[1].type.kind != "boolean":
            return next(self._each(own, args[1], [_end(own, rows)])) if rows else None
        ordered = list(reversed(rows)) if own.function == "LAST" else list(rows)
        found = (row for row, keep in zip(ordered, self._each(own, args[1], ordered), strict=True) if keep)
        return list(found) if own.function == "FILTER" else next(found, None)


_ARITHMETIC = {
    ast.Add: arithmetic.add, ast.Sub: arithmetic.subtract, ast.Mult: arithmetic.multiply, ast.Div: arithmetic.divide,
    ast.Pow: arithmetic.power,
}  # fmt: skip


def _end(own: Call, rows: Sequence[Any]) -> Any:
    return rows[0 if own.function == "FIRST" else -1] if rows else None


def _blank(own: Call) -> bool | None:
    return False if own.type.kind == "boolean" else None


def _date_arithmetic(own: Binary, left: Any, right: Any) -> Any:
    if own.right.type.kind == "date":
        return (left - right).days
    return add_days(left, right if own.op == "+" else arithmetic.subtract(0, right))
