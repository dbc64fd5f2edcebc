"""Checked tree → Python source of our own making: constants and names are handed in, never written into it.

Two variants are made. The fast one trusts the types (a value that is not nullable is there, numbers are int or
Decimal) and uses Python's own operators. The careful one, used when the fast one stumbles over a value, goes
through `arithmetic` and `runtime.get` for everything, so that fractions and missing keys work too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tessera.formula import arithmetic, functions, runtime
from tessera.formula.folds import FoldWriter
from tessera.formula.library.logic import less, more, same
from tessera.formula.library.rows import FOLDS
from tessera.formula.library.texts import concat
from tessera.formula.nodes import ROW, Binary, Call, Get, Literal, Logic, Name, Node, Unary, walk
from tessera.formula.operators import COMPARISONS
from tessera.formula.pieces import LEAF_BITS, Frame, Piece

_HELPERS: dict[str, Any] = {
    "add": arithmetic.add, "subtract": arithmetic.subtract, "multiply": arithmetic.multiply,
    "divide": arithmetic.divide,
    "power": arithmetic.power, "fit": arithmetic.fit, "finish": arithmetic.finish, "concat": concat, "same": same,
    "less": less, "more": more, "get": runtime.get, "too_much_work": runtime.too_much_work, "whole": math.floor,
    "LIMIT": arithmetic.LIMIT, "MAX_VISITS": runtime.MAX_VISITS,
}  # fmt: skip
_HELPERS |= {f"fold_{name.lower()}": body for name, body in FOLDS.items()}
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply"}
_PLAIN_EQUAL = frozenset({"number", "text", "boolean", "date", "datetime", "time"})
_PYTHON = {"=": "==", "<>": "!="}


@dataclass(slots=True)
class Writer:
    """One formula on its way to source. careful: the variant. by_row: a loop over rows instead of one value."""

    careful: bool
    by_row: bool
    constants: dict[str, Any] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    nested: bool = False
    count: int = 0

    def write(self, root: Node) -> Callable[..., Any]:
        """The compiled function: (env, host) → value, or (rows, env, host) → list."""
        self.nested = any(isinstance(each, Call) and each.level > 1 for each in walk(root))
        own = ROW if self.by_row else 0
        self.frames.append(Frame(own, "row" if self.by_row else "env"))
        result = self.piece(root).first
        lines = [f"r = {result}", *_finish_lines(root, self)]
        body = self._column_lines(lines) if self.by_row else [*lines, "return r"]
        if self.nested:
            body.insert(0, f"m = [{self.helper('MAX_VISITS')}]")
        head = ["rows", "env", "host"] if self.by_row else ["env", "host"]
        source = self.definition("formula", head, body)
        namespace: dict[str, Any] = {**self.constants, **{f"_{name}": _HELPERS[name] for name in self.used}}
        exec(compile("\n".join([*self.functions, source]), "<formula>", "exec"), namespace)
        made: Callable[..., Any] = namespace["formula"]
        return made

    def _column_lines(self, lines: list[str]) -> list[str]:
        hoists = self.frames[0].hoists
        loop = [f"    {line}" for line in (*lines, "append(r)")]
        return ["out = []", "if not rows: return out", "append = out.append", *hoists, "for row in rows:", *loop,
                "return out"]  # fmt: skip

    def definition(self, name: str, parameters: Sequence[str], body: Sequence[str]) -> str:
        """Source of a function whose constants and helpers are its locals."""
        text = "\n".join(f"    {line}" for line in body)
        bound = [f"{each}={each}" for each in sorted({*self.constants, *(f"_{one}" for one in self.used)})
                 if _mentions(text, each)]  # fmt: skip
        return f"def {name}({', '.join([*parameters, *bound])}):\n{text}"

    # small parts

    @property
    def frame(self) -> Frame:
        """The frame being written: the whole formula, or a fold inside it."""
        return self.frames[-1]

    def fresh(self, letter: str = "t") -> str:
        """A new local name."""
        self.count += 1
        return f"{letter}{self.count}"

    def constant(self, value: Any) -> str:
        """A local name for a constant."""
        for name, known in self.constants.items():
            if known is value or (type(known) is type(value) and type(value) in (str, int) and known == value):
                return name
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def helper(self, name: str) -> str:
        """A local name for one of the helpers."""
        self.used.add(name)
        return f"_{name}"

    def hold(self, piece: Piece) -> Piece:
        """The piece with its value kept in a local, so that it can be used twice."""
        if piece.later:
            return piece
        name = self.fresh()
        return Piece(f"({name} := {piece.first})", name, piece.nullable, piece.broken, piece.bits)

    @contextmanager
    def branch(self, *, really: bool = True) -> Iterator[None]:
        """What is written inside is perhaps not evaluated: locals bound in it are not known after it."""
        if not really:
            yield
            return
        saved = dict(self.frame.known)
        self.frame.conditional += 1
        yield
        self.frame.conditional -= 1
        self.frame.known = saved

    # nodes

    def piece(self, node: Node) -> Piece:
        """The code of a node."""
        match node:
            case Literal():
                return self._literal(node)
            case Name():
                return self._name(node)
            case Get():
                return self._get(node)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Logic():
                return self._logic(node)
            case Call():
                return self._call(node)
        raise AssertionError(node)

    def _literal(self, node: Literal) -> Piece:
        if node.value is None or isinstance(node.value, bool):
            return Piece(str(node.value), str(node.value), node.value is None)
        name = self.constant(node.value)
        bits = abs(node.value).bit_length() if isinstance(node.value, int) else LEAF_BITS
        return Piece(name, name, bits=bits)

    def _name(self, node: Name) -> Piece:
        if node.name == "":
            return Piece(f"r{node.level}", f"r{node.level}", nullable=True)
        level = 0 if node.level == ROW and not self.by_row else node.level
        key = (level, node.name)
        nullable = (node.type.nullable or self.careful) and node.type.kind != "boolean"
        known = self.frame.hoisted.get(key) or self.frame.known.get(key)
        if known is not None:
            return Piece(known, known, nullable)
        source = "env" if level == 0 else "row" if level == ROW else f"r{level}"
        load = self._load(source, node)
        name = self.fresh("v")
        if level != self.frame.level and not self.frame.conditional:
            self.frame.hoists.append(f"{name} = {load}")
            self.frame.hoisted[key] = name
            return Piece(name, name, nullable)
        self.frame.known[key] = name
        return Piece(f"({name} := {load})", name, nullable)

    def _load(self, source: str, node: Name | Get) -> str:
        key = self.constant(node.name)
        code = f"{self.helper('get')}({source}, {key})" if self.careful else f"{source}[{key}]"
        return f"({code} is True)" if node.type.kind == "boolean" else code

    def _get(self, node: Get) -> Piece:
        of = self.piece(node.of)
        if of.nullable or self.careful or node.of.type.kind == "json":
            of = self.hold(of)
            blank = "False" if node.type.kind == "boolean" else "None"
            if node.of.type.kind == "json":
                load = f"{self.helper('get')}({of.later}, {self.constant(node.name)})"
            else:
                load = self._load(of.later, node)
            return Piece(f"({blank} if {of.first} is None else {load})", nullable=node.type.kind != "boolean")
        return Piece(self._load(of.first, node), nullable=node.type.nullable and node.type.kind != "boolean")

    def guarded(self, nodes: Sequence[Node]) -> tuple[list[str], list[Piece]]:
        """Code that may give a blank, in the order of evaluation, and the pieces to use when none of it did."""
        pieces: list[Piece] = []
        for each in nodes:
            with self.branch(really=any(before.nullable for before in pieces)):
                pieces.append(self.piece(each))
        last = max((place for place, each in enumerate(pieces) if each.nullable), default=-1)
        guards = []
        for place in range(last + 1):
            piece = pieces[place]
            if piece.nullable or piece.first != piece.later:
                held = self.hold(piece)
                guards.append(held.first)
                pieces[place] = replace(held, first=held.later, nullable=False)
        return guards, pieces

    def unless_blank(self, guards: Sequence[str], code: str, blank: str = "None") -> str:
        """The code, or blank when one of the guards is."""
        test = " or ".join(f"{each} is None" for each in guards)
        return f"({blank} if {test} else {code})" if guards else code

    def _unary(self, node: Unary) -> Piece:
        if node.op == "not":
            return Piece(f"(not {self.piece(node.of).first})")
        constant = constant_of(node)
        if constant is not None:
            return self._literal(Literal(value=constant))
        guards, (of,) = self.guarded([node.of])
        if node.op == "+":
            code = of.first
        elif node.op == "%":
            code = self._times(of, Decimal("0.01"))
        else:
            code = f"{self.helper('subtract')}(0, {of.first})" if self.careful else f"(-{of.first})"
        return Piece(self.unless_blank(guards, code), "", bool(guards), of.broken, of.bits)

    def _times(self, of: Piece, factor: int | Decimal) -> str:
        if self.careful or of.broken:
            return f"{self.helper('multiply')}({of.first}, {self.constant(factor)})"
        return of.first if factor == 1 else f"({of.first} * {self.constant(factor)})"

    def _binary(self, node: Binary) -> Piece:
        if node.op in ("=", "<>"):
            return self._equality(node)
        if node.op == "&":
            parts = [self.piece(each).first for each in _chain(node)]
            return Piece(f"{self.helper('concat')}({', '.join(parts)})", nullable=node.type.nullable)
        constant = constant_of(node)
        if constant is not None:
            return self._literal(Literal(value=constant))
        guards, (left, right) = self.guarded([_like(node.left, node.right), _like(node.right, node.left)])
        if node.op in COMPARISONS:
            return Piece(self._order(node.op, guards, left, right))
        code, bits = self._arithmetic(node, left, right)
        broken = left.broken or right.broken or node.op in ("/", "^")
        if bits > arithmetic.BITS and not (self.careful or broken):
            code, bits = f"{self.helper('fit')}({code})", arithmetic.BITS
        return Piece(self.unless_blank(guards, code), "", bool(guards), broken, bits)

    def _order(self, op: str, guards: Sequence[str], left: Piece, right: Piece) -> str:
        if self.careful:
            # The left side is always evaluated first: the right one may use locals that it binds.
            name = "less" if op in ("<", ">=") else "more"
            negated = "not " if op in ("<=", ">=") else ""
            test = f"{negated}{self.helper(name)}({left.first}, {right.first})"
        else:
            test = f"{left.first} {op} {right.first}"
        conditions = [f"{each} is not None" for each in guards]
        return f"({' and '.join([*conditions, test])})"

    def _equality(self, node: Binary) -> Piece:
        left, right = self.piece(node.left).first, self.piece(node.right).first
        kinds = {node.left.type.kind, node.right.type.kind}
        if not self.careful and kinds <= _PLAIN_EQUAL:
            return Piece(f"({left} {_PYTHON[node.op]} {right})")
        negated = "not " if node.op == "<>" else ""
        return Piece(f"({negated}{self.helper('same')}({left}, {right}))")

    def _arithmetic(self, node: Binary, left: Piece, right: Piece) -> tuple[str, int]:
        op, bits = node.op, max(left.bits, right.bits) + 1
        if node.left.type.kind == "date":
            return self._dates(node, left, right), bits
        if op == "/":
            factor = reciprocal(constant_of(node.right))
            if factor is not None and not self.careful:
                return self._times(left, factor), bits
            return f"{self.helper('divide')}({left.first}, {right.first})", arithmetic.BITS
        if op == "^":
            return f"{self.helper('power')}({left.first}, {right.first})", arithmetic.BITS
        bits = left.bits + right.bits if op == "*" else bits
        if self.careful or left.broken or right.broken:
            return f"{self.helper(_ARITHMETIC[op])}({left.first}, {right.first})", bits
        return f"({left.first} {op} {right.first})", bits

    def _dates(self, node: Binary, left: Piece, right: Piece) -> str:
        from tessera.formula.library.dates import add_days

        if node.right.type.kind == "date":
            return f"(({left.first} - {right.first}).days)"
        count = f"(-{right.first})" if node.op == "-" else right.first
        return f"{self.constant(add_days)}({left.first}, {count})"

    def _logic(self, node: Logic) -> Piece:
        parts = [self.piece(node.items[0]).first]
        with self.branch():
            parts += [self.piece(each).first for each in node.items[1:]]
        return Piece(f"({f' {node.op} '.join(parts)})")

    # calls

    def _call(self, node: Call) -> Piece:
        function = functions.REGISTRY[node.function]
        if function.form == "fold" and (node.level and node.args[0].type.kind == "list"):
            return FoldWriter(self, node).piece()
        if function.form and function.form != "fold":
            return getattr(self, f"_form_{function.form}")(node)  # type: ignore[no-any-return]
        body = self.constant(function.body)
        blank = "False" if node.type.kind == "boolean" else "None"
        host = ["host"] if function.with_host else []
        if function.blanks == "own" or function.form == "fold":
            codes = [self.piece(each).first for each in node.args]
            return Piece(f"{body}({', '.join([*host, *codes])})", "", node.type.kind != "boolean", broken=True)
        guards, pieces = self.guarded(node.args)
        codes = [each.first for each in pieces]
        if node.function == "FLOOR" and len(codes) == 1:
            body = self.helper("whole")
        nullable = (bool(guards) or function.gives_blank) and blank == "None"
        broken = node.type.kind == "number" and node.type.scale is None
        return Piece(self.unless_blank(guards, f"{body}({', '.join([*host, *codes])})", blank), "", nullable, broken)

    def _form_if(self, node: Call) -> Piece:
        return self._choice(node, [(node.args[0], node.args[1])], node.args[2:])

    def _form_ifs(self, node: Call) -> Piece:
        args = node.args
        pairs = [(args[place], args[place + 1]) for place in range(0, len(args) - 1, 2)]
        return self._choice(node, pairs, args[len(pairs) * 2 :])

    def _choice(self, node: Call, pairs: Sequence[tuple[Node, Node]], default: Sequence[Node]) -> Piece:
        condition = self.piece(pairs[0][0]).first
        with self.branch():
            then = self.piece(pairs[0][1])
        with self.branch():
            if len(pairs) > 1:
                other = self._choice(node, pairs[1:], default)
            elif default:
                other = self.piece(default[0])
            else:
                blank = "False" if node.type.kind == "boolean" else "None"
                other = Piece(blank, blank, nullable=True)
        return Piece(
            f"({_boolean(node, then)} if {condition} else {_boolean(node, other)})", "",
            then.nullable or other.nullable, then.broken or other.broken, max(then.bits, other.bits),
        )  # fmt: skip

    def _form_switch(self, node: Call) -> Piece:
        value = self.hold(self.piece(node.args[0]))
        cases = node.args[1:]
        code, closing = "", ""
        pieces: list[Piece] = []
        with self.branch():
            for place in range(0, len(cases) - 1, 2):
                case = self.piece(cases[place]).first
                with self.branch():
                    pieces.append(self.piece(cases[place + 1]))
                first = value.first if place == 0 else value.later
                code += f"({_boolean(node, pieces[-1])} if {self.helper('same')}({first}, {case}) else "
                closing += ")"
            default = self.piece(cases[-1]) if len(cases) % 2 else self._literal(Literal(value=None))
        return Piece(
            f"{code}{_boolean(node, default)}{closing}", "", node.type.kind != "boolean",
            any(each.broken for each in (*pieces, default)), max(each.bits for each in (*pieces, default)),
        )  # fmt: skip

    def _form_coalesce(self, node: Call) -> Piece:
        first = self.hold(self.piece(node.args[0]))
        code, closing, last = f"({first.later} if {first.first} is not None else ", ")", first
        if len(node.args) == 1:
            return first
        pieces = [first]
        with self.branch():
            for each in node.args[1:-1]:
                held = self.hold(self.piece(each))
                pieces.append(held)
                code += f"({held.later} if {held.first} is not None else "
                closing += ")"
            last = self.piece(node.args[-1])
        broken = last.broken or any(each.broken for each in pieces)
        return Piece(f"{code}{last.first}{closing}", "", last.nullable, broken, max(x.bits for x in (*pieces, last)))

    def _form_isblank(self, node: Call) -> Piece:
        return Piece(f"({self.piece(node.args[0]).first} is None)")


def _mentions(text: str, name: str) -> bool:
    place = text.find(name)
    while place >= 0:
        before, after = text[place - 1 : place], text[place + len(name) : place + len(name) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        place = text.find(name, place + 1)
    return False


def _boolean(node: Call, piece: Piece) -> str:
    return "False" if node.type.kind == "boolean" and piece.first == "None" else piece.first


def _finish_lines(root: Node, writer: Writer) -> list[str]:
    """Ends a number: bounds, no minus zero, fractions that end."""
    if root.type.kind != "number" or isinstance(root, Name | Get | Literal):
        return []
    limit = writer.helper("LIMIT")
    inside = f"type(r) is int and -{limit} < r < {limit}"
    return [f"r = r if r is None or {inside} else {writer.helper('finish')}(r)"]


def _like(node: Node, other: Node) -> Node:
    """A whole constant beside a decimal as a decimal: the two then need no conversion each time."""
    if isinstance(node, Literal) and type(node.value) is int and other.type.kind == "number" and not other.type.integer:
        return replace(node, value=Decimal(node.value))
    return node


def _chain(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.op == "&":
        return [*_chain(node.left), *_chain(node.right)]
    return [node]


def constant_of(node: Node) -> int | Decimal | None:
    """The value of a number that is written out, with its sign or per cent; None when it is anything else."""
    if isinstance(node, Literal):
        return node.value if isinstance(node.value, int | Decimal) and not isinstance(node.value, bool) else None
    if isinstance(node, Unary) and node.op in "+-%":
        inner = constant_of(node.of)
        if inner is None:
            return None
        value = -inner if node.op == "-" else arithmetic.multiply(inner, Decimal("0.01")) if node.op == "%" else inner
        return None if isinstance(value, Fraction) else value
    return None


def reciprocal(value: int | Decimal | None) -> int | Decimal | None:
    """The exact number to multiply by instead of dividing by the value; None when there is no short one."""
    if value is None or value == 0:
        return None
    found = arithmetic.settle(1 / Fraction(value))
    if isinstance(found, Fraction) or len(str(found)) > 12:
        return None
    return found
