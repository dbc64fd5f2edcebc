"""The browser's evaluator, run by Node on cases of a line each, and values as it answers them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tessera.formula import Formula, FormulaError
from tessera.formula.arithmetic import plain
from tessera.formula.shapes import Shape, Type

Answer = dict[str, Any]


@dataclass(frozen=True)
class Browser:
    """Node with the built evaluator. command: what starts it; it reads cases from its standard input."""

    command: Sequence[str | Path]

    def answers(self, cases: Iterable[Mapping[str, Any]]) -> list[Answer]:
        """What the browser makes of the cases, in order."""
        lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in cases)
        done = subprocess.run(
            [str(part) for part in self.command], input=lines, capture_output=True, text=True, encoding="utf-8",
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def case(formula: Formula, env: Mapping[str, Any], shape: Shape, host: Any = None) -> dict[str, Any]:
    """A case for the browser: the tree as the API gives it, the values as the wire carries them."""
    made = {"ast": formula.to_json()["ast"], "env": wire(env), "kinds": kinds_of(shape)}
    if host is not None:
        made["host"] = {"today": wire(host.today), "now": wire(host.now), "zone": "UTC"}
    return made


def kinds_of(shape: Shape) -> dict[str, Any]:
    """The kinds of a shape's members by name, one level of records and lists below it."""
    return {each.name: _kind(each.type) for each in shape.members()}


def _kind(kind: Type) -> Any:
    if kind.shape is not None:
        return {each.name: each.type.kind for each in kind.shape.members()}
    return kind.item.kind if kind.kind == "list" and kind.item is not None else kind.kind


def wire(value: Any) -> Any:
    """A value as JSON carries it: numbers, days and instants as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {name: wire(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [wire(each) for each in value]
    if isinstance(value, int | Decimal | Fraction):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert isinstance(value, date | time)
    return value.isoformat()


def expected(formula: Formula, env: Mapping[str, Any], host: Any = None) -> Answer:
    """What the server makes of a formula, in the form of an answer of the browser."""
    try:
        return {"value": shown(formula.reference(env, host))}
    except FormulaError as error:
        return {"error": error.kind, "at": [error.position, error.position + error.length]}


def shown(value: Any) -> Any:
    """The value of a formula as the browser's stream shows it; a number that does not end as its two parts."""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return wire(value)
