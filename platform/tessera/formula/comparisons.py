"""What a condition compares with something known: its parts of the form `field = constant` and the like.

A part is what must be true for the whole to be true: the items of ANDs, from the outside in. Known is what does not
depend on the record: literals, the user, the clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from tessera.formula.expression import Formula
from tessera.formula.nodes import Binary, Call, Get, Literal, Logic, Name, Node, walk

Path: TypeAlias = tuple[str, ...]

_RANGES = frozenset({"<", "<=", ">", ">="})
_TRUE = Literal(value=True)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One part. path: what is read of the record. known: the node of what it is compared with.

    is_equality: whether the record has just this value; else it lies on one side of it.
    """

    path: Path
    known: Node
    is_equality: bool


def comparisons(formula: Formula) -> tuple[Comparison, ...]:
    """The comparisons that a record must fulfil for the formula to be true, as far as they can be told apart."""
    return tuple(_of_parts(formula.ast))


def _of_parts(node: Node) -> Iterator[Comparison]:
    match node:
        case Logic(op="and", items=items) | Call(function="AND", args=items):
            for item in items:
                yield from _of_parts(item)
        case Binary(op=op, left=left, right=right) if op == "=" or op in _RANGES:
            for one, other in ((left, right), (right, left)):
                path = _path(one)
                if path and _is_known(other):
                    yield Comparison(path, other, op == "=")
        case Call(function="BETWEEN", args=(one, low, high)):
            path = _path(one)
            if path and _is_known(low) and _is_known(high):
                yield Comparison(path, low, False)
        case Name() | Get() if node.type.kind == "boolean":
            path = _path(node)
            if path:
                yield Comparison(path, _TRUE, True)


def _path(node: Node) -> Path:
    """The path from the record itself, () for anything else."""
    here = node
    while isinstance(here, Get):
        here = here.of
    if not isinstance(here, Name) or here.level != 0 or not isinstance(node, Name | Get):
        return ()
    return node.path


def _is_known(node: Node) -> bool:
    return not any(isinstance(each, Name) for each in walk(node))
