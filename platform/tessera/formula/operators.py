"""Types of the operators between two operands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from tessera.formula.nodes import Binary, Literal, Node
from tessera.formula.problem import FormulaError
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, TEXT, Type

_TEXTUAL = ("text", "number", "boolean", "date", "datetime", "time", "blank")
_ORDERED = ("number", "text", "date", "datetime", "time", "blank")
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})


def align(op: str, left: Node, right: Node) -> tuple[Node, Node]:
    """Both operands, with a text constant turned into a date or instant when it is compared with one."""
    if op in COMPARISONS:
        return _as_moment(left, right.type.kind), _as_moment(right, left.type.kind)
    return left, right


def _as_moment(node: Node, kind: str) -> Node:
    if kind not in ("date", "datetime") or not isinstance(node, Literal) or not isinstance(node.value, str):
        return node
    try:
        if kind == "date" and len(node.value) == 10:
            return replace(node, value=date.fromisoformat(node.value), type=DATE.required())
        at = datetime.fromisoformat(node.value)
    except ValueError:
        at = datetime.min
    if kind == "datetime" and at.tzinfo is not None:
        return replace(node, value=at.astimezone(UTC), type=Type("datetime", nullable=False))
    raise FormulaError(
        "wrong_type", f"This text is no {kind}.", position=node.start, length=node.end - node.start,
        hint="'2024-02-29' is a date, '2024-02-29T08:30:00Z' an instant.",
    )  # fmt: skip


def binary_type(op: str, left: Node, right: Node, node: Binary) -> Type:
    """The type of `left op right`. Raises: FormulaError(wrong_type)."""
    a, b = left.type, right.type
    if op in COMPARISONS:
        _check_comparable(op, a, b, node)
        return BOOLEAN
    if op == "&":
        for each in (left, right):
            if each.type.kind not in _TEXTUAL:
                raise _wrong(each, f"& joins texts, this is a {each.type.kind}.")
        filled = any(not each.nullable for each in (a, b))
        return TEXT.required() if filled else TEXT
    nullable = a.nullable or b.nullable
    if op in "+-" and a.kind == "date":
        return _date_arithmetic(op, b, node, nullable=nullable)
    for each in (left, right):
        if each.type.kind not in ("number", "blank"):
            hint = "Use & to join texts." if op == "+" and each.type.kind == "text" else ""
            raise _wrong(each, f"{op} works on numbers, this is a {each.type.kind}.", hint or _moment_hint(each))
    return _number_type(op, a, b, nullable=nullable)


def _number_type(op: str, a: Type, b: Type, *, nullable: bool) -> Type:
    if op in ("/", "^") or "blank" in (a.kind, b.kind):
        return Type("number", nullable)
    if a.integer and b.integer:
        return replace(INTEGER, nullable=nullable)
    if a.scale is None or b.scale is None:
        return Type("number", nullable)
    return Type("number", nullable, scale=a.scale + b.scale if op == "*" else max(a.scale, b.scale))


def _date_arithmetic(op: str, other: Type, node: Binary, *, nullable: bool) -> Type:
    if other.kind == "date" and op == "-":
        return replace(INTEGER, nullable=nullable)
    if other.kind in ("number", "blank"):
        return Type("date", nullable)
    raise _wrong(node, f"A date and a {other.kind} do not go together with {op}.")


def _moment_hint(node: Node) -> str:
    return "Use MINUTES or ADD_MINUTES." if node.type.kind == "datetime" else ""


def _check_comparable(op: str, a: Type, b: Type, node: Binary) -> None:
    kinds = {a.kind, b.kind}
    if op in ("=", "<>"):
        if kinds & {"json", "blank"} or (len(kinds) == 1 and "list" not in kinds):
            return
    elif kinds <= set(_ORDERED) and len(kinds - {"blank"}) <= 1:
        return
    hint = "Use DATEOF(…) for the date of an instant." if kinds == {"date", "datetime"} else ""
    hint = hint or ("Use COUNT, ANY or IN with a list." if "list" in kinds else "")
    raise _wrong(node, f"A {a.kind} cannot be compared with a {b.kind} by {op}.", hint)


def _wrong(node: Node, message: str, hint: str = "") -> FormulaError:
    return FormulaError("wrong_type", message, position=node.start, length=node.end - node.start, hint=hint)
