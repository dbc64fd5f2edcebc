"""The syntax tree of a formula: small frozen nodes that know where they stand in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from tessera.errors import Json
from tessera.formula.arithmetic import plain
from tessera.formula.shapes import BLANK, Type

ROW = -1
"""Level of a name that is read from the row of `Formula.column`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all nodes have: first character, the one after the last, and the type once it has been checked."""

    start: int = 0
    end: int = 0
    type: Type = field(default=BLANK, compare=False)

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes directly inside, in order."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A constant: text, int, Decimal, bool, date, datetime or None for BLANK."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A name by itself. After checking, name is canonical; level 0 is the environment, n the element of the n-th
    fold around it, ROW the row of `Formula.column`; ref is the member's stable key; path is what it reads."""

    name: str
    level: int = 0
    ref: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Get(Node):
    """A member of a record: of.name. at: first character of the name after the dot."""

    of: Node
    name: str
    at: int = 0
    ref: str = ""
    path: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Node, ...]:
        """The record's node."""
        return (self.of,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Node):
    """An operator before or after one operand: - + not %."""

    op: str
    of: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.of,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Node):
    """An operator between two operands: + - * / ^ & = <> < <= > >=."""

    op: str
    left: Node
    right: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """Left and right."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic(Node):
    """and / or over two or more conditions."""

    op: str
    items: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The conditions."""
        return self.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A function call; after checking, function is its canonical name. level: of the elements of a fold, else 0."""

    function: str
    args: tuple[Node, ...]
    level: int = 0

    @property
    def parts(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.args


Ast: TypeAlias = Literal | Name | Get | Unary | Binary | Logic | Call


def walk(node: Node) -> Iterator[Node]:
    """The node and everything inside it, outside first."""
    yield node
    for part in node.parts:
        yield from walk(part)


def node_json(node: Node) -> dict[str, Json]:
    """The node for the browser: {"node", "at": [start, end], "type", …}; numbers and dates as text."""
    body: dict[str, Json] = {"node": type(node).__name__.lower(), "at": [node.start, node.end], "type": node.type.kind}
    match node:
        case Literal():
            body["value"] = literal_json(node.value)
        case Name():
            body |= {"name": node.name, "level": node.level}
        case Get():
            body |= {"of": node_json(node.of), "name": node.name}
        case Unary():
            body |= {"op": node.op, "of": node_json(node.of)}
        case Binary():
            body |= {"op": node.op, "left": node_json(node.left), "right": node_json(node.right)}
        case Logic():
            body |= {"op": node.op, "items": [node_json(each) for each in node.items]}
        case Call():
            body |= {"function": node.function, "args": [node_json(each) for each in node.args], "level": node.level}
    return body


def literal_json(value: Any) -> Json:
    """A constant as JSON; its type tells numbers and dates from texts."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal):
        return plain(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value.isoformat()
