"""Types of constants and of calls: the rules that `result` of a function may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tessera.formula.functions import Function, Parameter
from tessera.formula.nodes import Call, Literal, Node
from tessera.formula.problem import FormulaError
from tessera.formula.shapes import (
    BLANK,
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    JSON,
    NUMBER,
    TEXT,
    TIME,
    Type,
)

_KINDS = {
    "number": NUMBER, "integer": INTEGER, "text": TEXT, "boolean": BOOLEAN, "date": DATE, "datetime": DATETIME,
    "time": TIME, "json": JSON,
}  # fmt: skip


def literal_type(value: Any) -> Type:
    """The type of a constant."""
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER.required()
    if isinstance(value, Decimal):
        return Type("number", nullable=False, scale=_places(value))
    if isinstance(value, datetime):
        return DATETIME.required()
    return DATE.required() if isinstance(value, date) else TEXT.required()


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def common(nodes: Sequence[Node], what: str = "These values") -> Type:
    """The one type of values that stand for each other. Raises: FormulaError(wrong_type) when they differ."""
    filled = [each for each in nodes if each.type.kind != "blank"]
    nullable = len(filled) < len(nodes) or any(each.type.nullable for each in filled)
    if not filled:
        return BLANK
    first = filled[0].type
    for each in filled[1:]:
        if each.type.kind != first.kind or _shape_key(each.type) != _shape_key(first):
            raise FormulaError(
                "wrong_type", f"{what} differ: a {first.kind} and a {each.type.kind}.",
                position=each.start, length=each.end - each.start,
            )  # fmt: skip
    if first.kind == "boolean":
        return BOOLEAN
    if first.kind == "number":
        return replace(_number([each.type for each in filled]), nullable=nullable)
    return replace(first, nullable=nullable)


def _shape_key(kind: Type) -> str:
    return kind.shape.key if kind.shape is not None else ""


def _number(types: Sequence[Type]) -> Type:
    scales = [each.scale for each in types]
    known = [each for each in scales if each is not None]
    scale = max(known) if len(known) == len(scales) and known else None
    return Type("number", integer=all(each.integer for each in types), scale=scale)


def call_type(function: Function, call: Call, signature: Sequence[Parameter]) -> Type:
    """The type of a checked call."""
    rule = _RULES.get(function.result)
    base = rule(call, signature) if rule is not None else _KINDS[function.result]
    if base.kind == "boolean":
        return BOOLEAN
    if function.form or function.result in _RULES_WITH_BLANKS:
        return base.optional() if function.gives_blank else base if rule is not None else base.required()
    passes = function.blanks == "pass" and any(each.type.nullable for each in call.args)
    own = function.blanks == "own" and function.name in ("DATETIME", "IN_TABLE") and call.args[0].type.nullable
    return replace(base, nullable=function.gives_blank or passes or own)


def _common(call: Call, signature: Sequence[Parameter]) -> Type:
    args = call.args
    if call.function == "IF":
        return _branches(call, args[1:], has_default=len(args) == 3)
    if call.function == "IFS":
        return _branches(call, _case_values(call, args), has_default=len(args) % 2 == 1)
    if call.function == "SWITCH":
        for case in args[1::2] if len(args) % 2 else args[1:-1:2]:
            common([args[0], case], "The value and its cases")
        return _branches(call, _case_values(call, args[1:]), has_default=len(args) % 2 == 0)
    found = common(args)
    return found if any(each.type.nullable for each in args[-1:]) or found.kind == "blank" else _filled(found, args)


def _filled(found: Type, args: Sequence[Node]) -> Type:
    return replace(found, nullable=all(each.type.nullable for each in args))


def _case_values(call: Call, args: Sequence[Node]) -> tuple[Node, ...]:
    if len(args) < 2:
        raise FormulaError("wrong_arguments", f"{call.function} needs at least one case and its value.")
    if call.function == "IFS":
        for each in args[: len(args) // 2 * 2 : 2]:
            if each.type.kind != "boolean":
                raise FormulaError(
                    "wrong_type", "A condition was expected.", position=each.start, length=each.end - each.start
                )
    return (*args[1::2], *(args[-1:] if len(args) % 2 else ()))


def _branches(call: Call, values: Sequence[Node], *, has_default: bool) -> Type:
    found = common(values, "The values to choose from")
    return found if has_default or found.kind in ("boolean", "blank") else found.optional()


def _numeric(call: Call, signature: Sequence[Parameter]) -> Type:
    return _number([each.type if each.type.kind == "number" else INTEGER for each in call.args])


def _rounded(call: Call, signature: Sequence[Parameter]) -> Type:
    if len(call.args) == 1:
        return INTEGER
    places = call.args[1]
    if isinstance(places, Literal) and isinstance(places.value, int):
        return INTEGER if places.value == 0 else Type("number", scale=places.value)
    return INTEGER if places.type.kind == "blank" else NUMBER


def _unit(call: Call, place: int) -> Type:
    if len(call.args) <= place:
        return INTEGER
    unit = call.args[place].type
    return Type("number", integer=unit.integer, scale=unit.scale)


def _to_unit(call: Call, signature: Sequence[Parameter]) -> Type:
    return _unit(call, 1)


def _share(call: Call, signature: Sequence[Parameter]) -> Type:
    return _unit(call, 4)


def _value(call: Call, signature: Sequence[Parameter]) -> Type:
    if signature[0].many:
        found = common(call.args)
        nullable = call.function != "SUM" and all(each.type.nullable for each in call.args)
    elif len(call.args) < 2:
        raise FormulaError("wrong_arguments", f"{call.function} of rows needs what to take from each of them.")
    else:
        found, nullable = call.args[1].type, call.function != "SUM"
    if found.kind not in ("number", "date", "datetime", "time", "text", "blank"):
        raise FormulaError("wrong_type", f"{call.function} does not work on a {found.kind}.")
    if call.function == "SUM":
        found = found if found.kind == "number" else INTEGER
    return replace(found, nullable=nullable)


def _average(call: Call, signature: Sequence[Parameter]) -> Type:
    _value(call, signature)
    return NUMBER


def _pick(call: Call, signature: Sequence[Parameter]) -> Type:
    rows = call.args[0].type
    if len(call.args) > 1 and call.args[1].type.kind != "boolean":
        return call.args[1].type.optional()
    if rows.shape is None:
        return (rows.item or BLANK).optional()
    return Type("record", shape=rows.shape)


def _row(call: Call, signature: Sequence[Parameter]) -> Type:
    return Type("record", shape=call.args[0].type.shape)


def _filtered(call: Call, signature: Sequence[Parameter]) -> Type:
    return call.args[0].type.required()


_RULES: Mapping[str, Callable[[Call, Sequence[Parameter]], Type]] = {
    "common": _common,
    "numeric": _numeric,
    "rounded": _rounded,
    "to_unit": _to_unit,
    "share": _share,
    "value": _value,
    "average": _average,
    "pick": _pick,
    "row": _row,
    "filtered": _filtered,
}
_RULES_WITH_BLANKS = frozenset({"common", "value", "average", "pick", "row", "filtered"})
