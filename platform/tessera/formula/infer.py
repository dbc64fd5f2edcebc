"""Checking a formula: what its names mean, which type every part has, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import NoReturn

from tessera.formula import functions, operators, results
from tessera.formula.functions import Function, Parameter
from tessera.formula.library.patterns import compile_pattern
from tessera.formula.nodes import ROW, Binary, Call, Get, Literal, Logic, Name, Node, Unary
from tessera.formula.problem import FormulaError
from tessera.formula.shapes import BLANK, BOOLEAN, JSON, NUMBER, Member, Scope, Shape, Type


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text where a member is named: its stable key, and first and last-plus-one character."""

    ref: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Element:
    """What a fold goes over: the shape of its elements (None for plain values) and where they come from."""

    shape: Shape | None
    path: tuple[str, ...]


@dataclass(slots=True)
class Checker:
    """One formula being checked; afterwards it holds what was read."""

    scope: Scope
    elements: list[_Element] = field(default_factory=list)
    paths: set[tuple[str, ...]] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    spots: list[Spot] = field(default_factory=list)

    def check(self, node: Node) -> Node:
        """The node with names resolved and types filled in. Raises: FormulaError with its place."""
        try:
            return self._check(node)
        except FormulaError as error:
            raise error.located(node.start, node.end - node.start) from None

    def _check(self, node: Node) -> Node:
        match node:
            case Literal():
                return replace(node, type=results.literal_type(node.value))
            case Name():
                return self._name(node)
            case Get():
                return self._get(node)
            case Unary():
                return self._unary(node)
            case Binary():
                left, right = operators.align(node.op, self.check(node.left), self.check(node.right))
                return replace(
                    node, left=left, right=right, type=operators.binary_type(node.op, left, right, node)
                )
            case Logic():
                return self._logic(node, node.op, node.items)
            case Call():
                return self._call(node)
        raise AssertionError(node)

    # names

    def _name(self, node: Name) -> Node:
        for level in range(len(self.elements), 0, -1):
            element = self.elements[level - 1]
            member = element.shape.member(node.name) if element.shape else None
            if member is not None:
                return self._found(node, member, level, element.path)
        if self.scope.row is not None and (member := self.scope.row.member(node.name)) is not None:
            return self._found(node, member, ROW, ())
        member = self.scope.lookup(node.name)
        if member is None:
            self._unknown_name(node)
        return self._found(node, member, 0, ())

    def _found(self, node: Name, member: Member, level: int, before: tuple[str, ...]) -> Name:
        path = (*before, member.name)
        self._note(member, path, node.start, node.end)
        return replace(node, name=member.name, level=level, ref=member.ref, path=path, type=member.type)

    def _note(self, member: Member, path: tuple[str, ...], start: int, end: int) -> None:
        self.paths.add(path)
        if member.ref:
            self.refs.add(member.ref)
            self.spots.append(Spot(member.ref, start, end))

    def _unknown_name(self, node: Name) -> NoReturn:
        if functions.find(node.name) is not None:
            raise FormulaError(
                "unknown_name", f"{node.name} is a function and needs its brackets.", hint=f"{node.name}(…)"
            )
        known = [each for element in self.elements if element.shape for each in _names(element.shape)]
        known += _names(self.scope.row) if self.scope.row else []
        known += [*self.scope.extras, *_names(self.scope.root)]
        raise FormulaError(
            "unknown_name", f"There is no name {node.name!r} here.", hint=_similar(node.name, known), name=node.name
        )

    def _get(self, node: Get) -> Node:
        of = self.check(node.of)
        if of.type.kind == "json":
            return replace(node, of=of, type=JSON)
        if of.type.kind == "list":
            raise FormulaError(
                "wrong_type", "This is a list; its rows are reached by a fold.",
                hint=f"SUM(…, {node.name}), FIRST(…).{node.name}",
            )  # fmt: skip
        if of.type.kind != "record" or of.type.shape is None:
            raise FormulaError("wrong_type", "Only a record has fields.", position=node.at, length=node.end - node.at)
        member = of.type.shape.member(node.name)
        if member is None:
            raise FormulaError(
                "unknown_name", f"There is no field {node.name!r} in it.", position=node.at, length=node.end - node.at,
                hint=_similar(node.name, _names(of.type.shape)), name=node.name,
            )  # fmt: skip
        before = origin(of)
        path = (*before, member.name) if before else ()
        if path:
            self._note(member, path, node.at, node.end)
        elif member.ref:
            self.refs.add(member.ref)
            self.spots.append(Spot(member.ref, node.at, node.end))
        nullable = (member.type.nullable or of.type.nullable) and member.type.kind != "boolean"
        return replace(
            node, of=of, name=member.name, ref=member.ref, path=path, type=replace(member.type, nullable=nullable)
        )

    # operators

    def _unary(self, node: Unary) -> Node:
        of = self.check(node.of)
        if node.op == "not":
            self._want_boolean(of)
            return replace(node, of=of, type=BOOLEAN)
        if of.type.kind not in ("number", "blank"):
            raise FormulaError("wrong_type", f"{node.op} works on numbers, this is {describe(of.type)}.")
        result = of.type if of.type.kind == "number" else NUMBER
        if node.op == "%":
            scale = None if result.scale is None else result.scale + 2
            result = Type("number", result.nullable, scale=scale)
        return replace(node, of=of, type=result)

    def _logic(self, node: Node, op: str, items: Sequence[Node]) -> Node:
        checked = tuple(self.check(each) for each in items)
        for each in checked:
            self._want_boolean(each)
        if len(checked) == 1:
            return checked[0]
        return Logic(op=op, items=checked, start=node.start, end=node.end, type=BOOLEAN)

    def _want_boolean(self, node: Node) -> None:
        if node.type.kind != "boolean":
            raise FormulaError(
                "wrong_type", f"A condition was expected, this is {describe(node.type)}.",
                position=node.start, length=node.end - node.start, hint="Compare it with something: x > 0.",
            )  # fmt: skip

    # calls

    def _call(self, node: Call) -> Node:
        function = functions.find(node.function)
        if function is None:
            raise FormulaError(
                "unknown_function", f"There is no function {node.function!r}.", length=len(node.function),
                position=node.start, hint=_similar(node.function.upper(), functions.spellings()), name=node.function,
            )  # fmt: skip
        if function.needs and function.needs not in self.scope.offers:
            raise FormulaError(
                "not_offered", f"{function.name} cannot be used here.", needs=function.needs, function=function.name
            )
        if function.form == "logic":
            if not node.args:
                raise self._wrong_count(function)
            return self._logic(node, function.name.lower(), node.args)
        self.calls.add(function.name)
        args, signature = self._arguments(function, node.args)
        level = len(self.elements) + 1 if any(each.each for each in signature) else 0
        call = replace(node, function=function.name, args=args, level=level)
        self._check_pattern(call)
        return replace(call, type=results.call_type(function, call, signature))

    def _check_pattern(self, call: Call) -> None:
        pattern = call.args[1] if call.function == "MATCHES" else None
        if isinstance(pattern, Literal) and pattern.value is not None:
            try:
                compile_pattern(pattern.value)
            except FormulaError as error:
                raise error.located(pattern.start, pattern.end - pattern.start) from None

    def _arguments(self, function: Function, args: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Parameter, ...]]:
        """The checked arguments and the signature that they have; the first argument decides for a list or not."""
        first = self.check(args[0]) if args and "column" not in function.signatures[0][0].kinds else None
        signature = function.signatures[0]
        if len(function.signatures) > 1:
            signature = next(
                (one for one in function.signatures if first is not None and _fits(first.type, one[0]) and
                 _count_fits(one, len(args))),
                signature if first is not None and first.type.kind == "list" else function.signatures[1],
            )  # fmt: skip
        plain_list = first is not None and first.type.kind == "list" and first.type.shape is None
        asked = tuple(each for each in signature if not (plain_list and each.each))
        if not _count_fits(asked, len(args)):
            raise self._wrong_count(function)
        checked: list[Node] = []
        for place, arg in enumerate(args):
            parameter = asked[min(place, len(asked) - 1)]
            done = first if place == 0 and first is not None else self._argument(parameter, arg, checked)
            self._want(done, parameter, function)
            checked.append(done)
        if plain_list and first is not None and any(each.each for each in signature) and function.name not in _WHOLE:
            checked.insert(1, Name(name="", level=len(self.elements) + 1, type=first.type.item or BLANK))
        if function.name == "IN_TABLE" and len(checked) == 2:
            checked.append(self._first_column(checked[1]))
        return tuple(checked), signature

    def _argument(self, parameter: Parameter, arg: Node, before: Sequence[Node]) -> Node:
        if "column" in parameter.kinds:
            return self._column(arg, next(each for each in reversed(before) if each.type.kind == "list"))
        if not parameter.each:
            return self.check(arg)
        with self._inside(before[0]):
            return self.check(arg)

    @contextmanager
    def _inside(self, rows: Node) -> Iterator[None]:
        self.elements.append(_Element(rows.type.shape, origin(rows)))
        try:
            yield
        finally:
            self.elements.pop()

    def _column(self, arg: Node, rows: Node) -> Node:
        shape = rows.type.shape
        name = arg.name if isinstance(arg, Name) else arg.value if isinstance(arg, Literal) else None
        member = shape.member(name) if shape is not None and isinstance(name, str) else None
        if member is None:
            raise FormulaError(
                "unknown_name", "A column of the table was expected.", position=arg.start, length=arg.end - arg.start,
                hint=_similar(str(name), _names(shape) if shape else []),
            )  # fmt: skip
        quoted = isinstance(arg, Literal)
        self._note(member, (*origin(rows), member.name), arg.start + quoted, arg.end - quoted)
        return Literal(value=member.name, start=arg.start, end=arg.end, type=results.literal_type(member.name))

    def _first_column(self, rows: Node) -> Node:
        member = next(iter(rows.type.shape.members()), None) if rows.type.shape else None
        if member is None:
            raise FormulaError("wrong_type", "A table was expected.", position=rows.start, length=rows.end - rows.start)
        self.paths.add((*origin(rows), member.name))
        return Literal(value=member.name, start=rows.start, end=rows.end, type=results.literal_type(member.name))

    def _wrong_count(self, function: Function) -> FormulaError:
        shown = " or ".join(f"{function.name}({', '.join(map(_shown, one))})" for one in function.signatures)
        return FormulaError("wrong_arguments", f"The arguments are {shown}.", function=function.name)

    def _want(self, node: Node, parameter: Parameter, function: Function) -> None:
        if parameter.kinds == {"boolean"}:
            self._want_boolean(node)
        if not _fits(node.type, parameter):
            raise FormulaError(
                "wrong_type",
                f"{parameter.name} of {function.name} is {_kinds(parameter)}, this is {describe(node.type)}.",
                position=node.start, length=node.end - node.start, function=function.name,
            )  # fmt: skip


_WHOLE = frozenset({"COUNT", "ANY", "FIRST", "LAST"})
"""Folds that go over the elements themselves when nothing is asked of each."""


def origin(node: Node) -> tuple[str, ...]:
    """Where a record or list comes from, as a path from the root; () when it is made on the way."""
    if isinstance(node, Name | Get):
        return node.path
    if isinstance(node, Call) and node.function in ("FIRST", "LAST", "FILTER", "LOOKUP") and node.args:
        return origin(node.args[0])
    return ()


def describe(kind: Type) -> str:
    """The type in words, for messages.

    >>> describe(NUMBER), describe(BLANK)
    ('a number', 'blank')
    """
    return "blank" if kind.kind == "blank" else f"a {kind.kind}"


def _kinds(parameter: Parameter) -> str:
    return " or ".join(f"a {each}" for each in sorted(parameter.kinds))


def _shown(parameter: Parameter) -> str:
    return f"[{parameter.name}]" if parameter.optional else f"{parameter.name}, …" if parameter.many else parameter.name


def _fits(kind: Type, parameter: Parameter) -> bool:
    if "any" in parameter.kinds:
        return kind.kind != "list" or parameter.name == "choices"
    if "column" in parameter.kinds or kind.kind in parameter.kinds:
        return True
    if kind.kind == "blank":
        return not parameter.kinds & {"list", "boolean", "record"}
    return kind.kind == "number" and "integer" in parameter.kinds


def _count_fits(signature: Sequence[Parameter], count: int) -> bool:
    least = sum(1 for each in signature if not each.optional)
    return least <= count and (count <= len(signature) or bool(signature and signature[-1].many))


def _names(shape: Shape) -> list[str]:
    return [each.name for each in shape.members()]


def _similar(name: str, known: Sequence[str]) -> str:
    found = get_close_matches(name, known[:2000], n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else ""
