"""Tokens → syntax tree. Python's own expression grammar does the parsing, on names of our making only."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from tessera.formula.nodes import Binary, Call, Get, Literal, Logic, Name, Node, Unary, walk
from tessera.formula.problem import FormulaError
from tessera.formula.tokens import Token, tokenize

MAX_NODES = 500
MAX_DEPTH = 40

_PERCENT = "percent"
_OPERANDS = ("number", "text", "name", "literal")
_SOURCE = {"=": "==", "<>": "!=", "^": "**"}
_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^", ast.BitAnd: "&",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_UNARY: dict[type[ast.AST], str] = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}


def parse(text: str) -> Node:
    """The syntax tree of a formula, names not looked up yet.

    Raises: FormulaError(syntax, too_long, too_large, too_deep, chained_comparison …) with its place.
    """
    tokens = tokenize(text)
    if not tokens:
        raise FormulaError("empty", "The formula is empty.", position=0)
    _check_shape(text, tokens)
    tree = _Tree(text, tokens).build()
    if sum(1 for _ in walk(tree)) > MAX_NODES:
        raise _too_large(text)
    return tree


def _too_large(text: str) -> FormulaError:
    return FormulaError("too_large", f"A formula has at most {MAX_NODES} parts.", position=0, length=len(text))


def _check_shape(text: str, tokens: Sequence[Token]) -> None:
    """Depth of brackets, runs of signs, and neighbours that cannot stand together: before Python's parser sees it."""
    depth = signs = 0
    open_at: list[Token] = []
    previous: Token | None = None
    for each in tokens:
        operand = each.sort in _OPERANDS
        if operand and previous is not None and _ends_operand(previous):
            raise _error(each, "syntax", "An operator is missing here.", hint=_neighbour_hint(previous, each))
        if each.value == "(" and each.sort == "operator":
            open_at.append(each)
        if each.value == ")" and each.sort == "operator":
            if not open_at:
                raise _error(each, "syntax", "This bracket closes nothing.")
            open_at.pop()
        is_sign = each.sort == "word" or each.value in ("-", "+")
        signs = signs + 1 if is_sign else 0
        depth = max(depth, len(open_at))
        if signs > MAX_DEPTH or depth > MAX_DEPTH:
            raise _error(each, "too_deep", f"A formula is nested at most {MAX_DEPTH} deep.")
        previous = each
    if open_at:
        raise _error(open_at[-1], "syntax", "This bracket is not closed.", hint="Add )")
    if sum(1 for each in tokens if each.value not in ("(", ")", ",", ".", "and", "or")) > MAX_NODES:
        raise _too_large(text)


def _ends_operand(token: Token) -> bool:
    return token.sort in _OPERANDS or (token.sort == "operator" and token.value in (")", "%"))


def _neighbour_hint(previous: Token, each: Token) -> str:
    if previous.value == "%":
        return "% means per cent; for the remainder use MOD(a, b)."
    if previous.sort == each.sort == "name":
        return "A name with blanks is written in brackets: [first name]."
    return ""


def _error(token: Token, kind: str, message: str, hint: str = "") -> FormulaError:
    return FormulaError(kind, message, position=token.start, length=token.end - token.start, hint=hint)


class _Tree:
    """One formula on its way through Python's parser and back."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.starts: dict[int, int] = {}  # column in the Python source → index of the token that begins there
        self.ends: dict[int, int] = {}
        self.depth = 0

    def build(self) -> Node:
        """The tree."""
        source = self._source()
        try:
            body = ast.parse(source, mode="eval").body
        except SyntaxError as problem:
            raise self._syntax(problem) from None
        except (RecursionError, MemoryError, ValueError):
            raise FormulaError("too_deep", f"A formula is nested at most {MAX_DEPTH} deep.", position=0) from None
        return self._node(body)

    def _source(self) -> str:
        parts: list[str] = []
        column = 0
        for place, token in enumerate(self.tokens):
            if token.sort in _OPERANDS:
                piece = f"t{place}"
            elif token.value == "%":
                piece = f".{_PERCENT}"
            else:
                piece = _SOURCE.get(token.value, token.value)
            self.starts[column] = place
            self.ends[column + len(piece)] = place
            parts.append(piece)
            column += len(piece) + 1
        return " ".join(parts)

    def _syntax(self, problem: SyntaxError) -> FormulaError:
        if not _ends_operand(self.tokens[-1]):
            return _error(self.tokens[-1], "syntax", "Something is missing after this.")
        column = (problem.offset or 1) - 1
        place = max((index for start, index in self.starts.items() if start <= column), default=0)
        return _error(self.tokens[place], "syntax", "This does not fit here.")

    def _span(self, node: ast.expr) -> tuple[int, int]:
        first = self.tokens[self.starts[node.col_offset]]
        last = self.tokens[self.ends[node.end_col_offset or 0]]
        return first.start, last.end

    def _token(self, name: str) -> Token:
        return self.tokens[int(name[1:])]

    def _node(self, node: ast.expr) -> Node:
        self.depth += 1
        start, end = self._span(node)
        if self.depth > MAX_DEPTH:
            raise FormulaError(
                "too_deep", f"A formula is nested at most {MAX_DEPTH} deep.", position=start, length=end - start
            )
        result = self._convert(node, start, end)
        self.depth -= 1
        return result

    def _convert(self, node: ast.expr, start: int, end: int) -> Node:
        match node:
            case ast.Name():
                return self._operand(self._token(node.id))
            case ast.Attribute(attr=attr):
                return self._attribute(node, attr, start, end)
            case ast.UnaryOp(op=op) if type(op) in _UNARY:
                if self._bare_power(node.operand):
                    raise self._unclear(start, end)
                return Unary(op=_UNARY[type(op)], of=self._node(node.operand), start=start, end=end)
            case ast.BinOp(op=op) if type(op) in _BINARY:
                return self._binary(node, start, end)
            case ast.BoolOp(op=op):
                items = tuple(self._node(each) for each in node.values)
                return Logic(op="and" if isinstance(op, ast.And) else "or", items=items, start=start, end=end)
            case ast.Compare():
                return self._compare(node, start, end)
            case ast.Call():
                return self._call(node, start, end)
        raise FormulaError("syntax", "This does not fit here.", position=start, length=end - start)

    def _operand(self, token: Token) -> Node:
        if token.sort == "name":
            return Name(name=token.value, start=token.start, end=token.end)
        return Literal(value=token.value, start=token.start, end=token.end)

    def _attribute(self, node: ast.Attribute, attr: str, start: int, end: int) -> Node:
        of = self._node(node.value)
        if attr == _PERCENT:
            return Unary(op="%", of=of, start=start, end=end)
        token = self._token(attr)
        if token.sort != "name" or isinstance(of, Literal):
            raise _error(token, "syntax", "After a dot stands the name of a field.")
        return Get(of=of, name=token.value, at=token.start, start=start, end=end)

    def _binary(self, node: ast.BinOp, start: int, end: int) -> Node:
        op = _BINARY[type(node.op)]
        left, right = self._node(node.left), self._node(node.right)
        if op == "^" and self._bare_power(node.right):
            raise self._unclear(start, end)
        return Binary(op=op, left=left, right=right, start=start, end=end)

    def _unclear(self, start: int, end: int) -> FormulaError:
        return FormulaError(
            "syntax", "What is raised to what is not clear here.",
            position=start, length=end - start, hint="Use brackets: (a ^ b) ^ c.",
        )  # fmt: skip

    def _bare_power(self, node: ast.expr) -> bool:
        place = self.starts[node.col_offset]
        return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and self.tokens[place - 1].value != "("

    def _compare(self, node: ast.Compare, start: int, end: int) -> Node:
        if len(node.ops) > 1:
            raise FormulaError(
                "chained_comparison", "Only two things can be compared at a time.",
                position=start, length=end - start, hint="Write a < b AND b < c.",
            )  # fmt: skip
        op = _COMPARE.get(type(node.ops[0]))
        if op is None:
            raise FormulaError("syntax", "This does not fit here.", position=start, length=end - start)
        left, right = self._node(node.left), self._node(node.comparators[0])
        return Binary(op=op, left=left, right=right, start=start, end=end)

    def _call(self, node: ast.Call, start: int, end: int) -> Node:
        function = self._token(node.func.id) if isinstance(node.func, ast.Name) else None
        if function is None or function.sort != "name" or node.keywords:
            raise FormulaError(
                "syntax", "Only functions can be called, by their plain names.", position=start, length=end - start
            )
        args = tuple(self._node(each) for each in node.args)
        return Call(function=function.value, args=args, start=start, end=end)
