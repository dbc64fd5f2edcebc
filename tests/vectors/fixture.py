"""The scope, values and host that the vectors of functions.json speak of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tessera.formula import Scope, Type
from tessera.formula.functions import definition_file
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, NUMBER, TEXT, Member, StaticShape

_TYPES = {"integer": INTEGER, "number": NUMBER, "text": TEXT, "boolean": BOOLEAN, "date": DATE}


def _value(kind: str, value: Any) -> Any:
    if value is None or kind not in ("number", "date"):
        return value
    return Decimal(value) if kind == "number" else date.fromisoformat(value)


class Book(dict[str, Any]):
    """A ledger as formulas see it."""

    def total(self, name: str) -> Decimal:
        """What was posted under the name."""
        totals = definition_file()["fixture"]["host"]["totals"]
        return Decimal(totals.get(name, 0))


class Host:
    """The host of the vectors."""

    now = datetime(2024, 2, 29, 12, tzinfo=UTC)
    today = date(2024, 2, 29)
    zone = UTC
    user = definition_file()["fixture"]["host"]["user"]

    def call(self, name: str, *values: Any) -> Any:
        """MOMENT, NTH and IN_EARLIER_BATCH."""
        answer = definition_file()["fixture"]["host"]["calls"][name]
        return values[0] in answer if isinstance(answer, list) else answer


def fixture() -> tuple[Scope, dict[str, Any], Host]:
    """Scope, environment and host of the vectors."""
    source = definition_file()["fixture"]
    members, env = [], {}
    for name, (kind, value) in source["values"].items():
        plain = kind.removeprefix("list ")
        made = Type("list", item=_TYPES[plain]) if kind != plain else _TYPES[kind]
        members.append(Member(name, made))
        env[name] = _value(kind, value)
    for name, grid in source["lists"].items():
        columns = tuple(Member(each, _TYPES[kind]) for each, kind in grid["columns"].items())
        members.append(Member(name, Type("list", nullable=False, shape=StaticShape(name, columns))))
        env[name] = tuple(
            {each.name: _value(grid["columns"][each.name], value) for each, value in zip(columns, row, strict=True)}
            for row in grid["rows"]
        )
    members.append(Member("book", Type("record", False, shape=StaticShape("book", (Member("balance", NUMBER),)))))
    env["book"] = Book(balance=Decimal("50"))
    offers = frozenset({"clock", "user", "ledger", "moment", "batch"})
    return Scope(StaticShape("vectors", tuple(members)), offers=offers), env, Host()
