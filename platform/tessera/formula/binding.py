"""Filling in what a condition knows beforehand, so that the rest of it is about the rows alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from tessera.formula import reference
from tessera.formula.expression import Formula
from tessera.formula.nodes import ROW, Call, Get, Literal, Name, Node, walk


class Bound:
    """A formula over rows (`Scope.over`) in which everything else has its value; it stands where a Formula does.

    ast: the tree, in which the row's names are those of the record. reads: paths of the row. kept: for the caller.
    """

    __slots__ = ("ast", "calls", "reads", "text", "type")

    def __init__(self, formula: Formula, env: Mapping[str, Any], host: Any = None) -> None:
        self.ast = _bound(formula.ast, env, host)
        self.text = formula.text
        self.type = formula.type
        self.calls = frozenset(each.function for each in walk(self.ast) if isinstance(each, Call))
        self.reads = frozenset(each.path for each in walk(self.ast) if isinstance(each, Name | Get) and each.path)

    def renamed(self, name_of: Callable[[str], str | None]) -> Bound:
        """The same with other names for members; name_of: from their stable keys, None for those that keep theirs."""
        made = Bound.__new__(Bound)
        made.ast, made.text, made.type, made.calls = _renamed(self.ast, name_of), self.text, self.type, self.calls
        made.reads = frozenset(each.path for each in walk(made.ast) if isinstance(each, Name | Get) and each.path)
        return made

    def __call__(self, env: Mapping[str, Any], host: Any = None) -> Any:
        """The value for one row."""
        return reference.evaluate(self.ast, env, host)


def _changed(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with its parts changed."""
    changed: dict[str, Any] = {}
    for each in fields(node):
        part = getattr(node, each.name)
        if isinstance(part, Node):
            changed[each.name] = change(part)
        elif isinstance(part, tuple) and part and all(isinstance(one, Node) for one in part):
            changed[each.name] = tuple(change(one) for one in part)
    return replace(node, **changed) if changed else node


def _renamed(node: Node, name_of: Callable[[str], str | None]) -> Node:
    made = _changed(node, lambda part: _renamed(part, name_of))
    if not isinstance(made, Name | Get):
        return made
    new = name_of(made.ref) if made.ref else None
    name = made.name if new is None else new
    before = made.of.path if isinstance(made, Get) and isinstance(made.of, Name | Get) else made.path[:-1]
    return replace(made, name=name, path=(*before, name) if made.path else ())


def _bound(node: Node, env: Mapping[str, Any], host: Any) -> Node:
    names = [each for each in walk(node) if isinstance(each, Name)]
    if names and all(each.level == 0 for each in names):
        value = reference.evaluate(node, env, host)
        if node.type.kind == "record" and isinstance(value, Mapping):
            value = value.get("id")
        return Literal(value=value, type=node.type, start=node.start, end=node.end)
    if isinstance(node, Name):
        return replace(node, level=0) if node.level == ROW else node
    return _changed(node, lambda part: _bound(part, env, host))
