"""Random formulas that are well typed, with rows to evaluate them on; also for comparing SQL with the reference."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tessera.formula import Scope, Type
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, TEXT, Member, StaticShape

MONEY = Type("number", scale=2)
LINE = StaticShape(
    "line",
    (Member("units", INTEGER, "line.u"), Member("price", MONEY, "line.p"), Member("code", TEXT, "line.c"),
     Member("done", BOOLEAN, "line.d"), Member("shared", INTEGER, "line.s")),
)  # fmt: skip
GROUP = StaticShape("group", (Member("rank", INTEGER, "group.r"), Member("rate", MONEY, "group.f")))
ROOT = StaticShape(
    "task",
    (Member("count", INTEGER, "task.n"), Member("amount", MONEY, "task.a"), Member("limit", MONEY, "task.l"),
     Member("size", INTEGER, "task.z"), Member("name", TEXT, "task.t"), Member("kind", TEXT, "task.k"),
     Member("active", BOOLEAN, "task.b"), Member("begun_on", DATE, "task.d"), Member("due_on", DATE, "task.e"),
     Member("shared", INTEGER, "task.s"), Member("group", Type("record", shape=GROUP), "task.g"),
     Member("lines", Type("list", shape=LINE), "task.lines")),
)  # fmt: skip
SCOPE = Scope(ROOT)
PORTABLE_SCOPE = Scope(StaticShape("task", tuple(each for each in ROOT.all if each.name not in ("group", "lines"))))

_TEXTS = ("a", "ab", "b", "abc", "B", "é", "中", "a b", "x%_y")


@dataclass
class Generator:
    """Makes formulas. portable: only what may be pushed into SQL (no folds, no records, no division)."""

    rng: random.Random
    portable: bool = False
    level: int = 0

    def formula(self, depth: int = 4) -> str:
        """A formula of a random type."""
        return self.rng.choice([self.number, self.text, self.boolean, self.date])(depth)

    def row(self) -> dict[str, Any]:
        """Values for SCOPE, a third of them blank."""
        values = {
            "count": self.maybe(self.whole), "amount": self.maybe(self.money), "limit": self.maybe(self.money),
            "size": self.maybe(self.whole), "name": self.maybe(self.word), "kind": self.maybe(self.word),
            "active": self.rng.random() < 0.5, "begun_on": self.maybe(self.day), "due_on": self.maybe(self.day),
            "shared": self.maybe(self.whole),
        }  # fmt: skip
        if self.portable:
            return values
        values["group"] = self.maybe(lambda: {"rank": self.maybe(self.whole), "rate": self.maybe(self.money)})
        values["lines"] = [self.line() for _ in range(self.rng.randrange(4))]
        return values

    def line(self) -> dict[str, Any]:
        """Values of one line."""
        return {
            "units": self.maybe(self.whole), "price": self.maybe(self.money), "code": self.maybe(self.word),
            "done": self.rng.random() < 0.5, "shared": self.maybe(self.whole),
        }  # fmt: skip

    def maybe(self, make: Callable[[], Any]) -> Any:
        """What is made, or blank."""
        return None if self.rng.random() < 0.3 else make()

    def whole(self) -> int:
        """A whole number, mostly small."""
        return self.rng.choice([0, 1, 2, 3, -1, 7, self.rng.randint(-1000, 1000)])

    def money(self) -> Decimal:
        """A number of two places."""
        return Decimal(self.rng.choice([0, 50, 100, 250, -50, self.rng.randint(-10**6, 10**6)])).scaleb(-2)

    def word(self) -> str:
        """A short text."""
        return self.rng.choice(_TEXTS)

    def day(self) -> date:
        """A day around two leap years."""
        return date(2023, 12, 1) + timedelta(days=self.rng.randrange(500))

    def number(self, depth: int) -> str:
        """A formula that gives a number."""
        if depth <= 0 or self.rng.random() < 0.2:
            return self._number_leaf()
        a, b = (lambda: self.number(depth - 1)), (lambda: self.number(depth - 1))
        choices: list[Callable[[], str]] = [
            lambda: f"({a()} + {b()})", lambda: f"({a()} - {b()})", lambda: f"({a()} * {b()})",
            lambda: f"FLOOR({a()})", lambda: f"ROUND({a()}, {self.rng.randrange(4)})", lambda: f"ABS({a()})",
            lambda: f"IF({self.boolean(depth - 1)}, {a()}, {b()})", lambda: f"COALESCE({a()}, {b()})",
            lambda: f"(-{a()})",
        ]  # fmt: skip
        if not self.portable:
            choices += self._more_numbers(depth, a, b)
        return self.rng.choice(choices)()

    def _more_numbers(self, depth: int, a: Callable[[], str], b: Callable[[], str]) -> list[Callable[[], str]]:
        other = self.text
        made: list[Callable[[], str]] = [
            lambda: f"({a()} / {b()})", lambda: f"({a()} / 0.{self.rng.randrange(1, 9)})", lambda: f"{a()}%",
            lambda: f"CEIL({a()}, 0.5)", lambda: f"FLOOR({a()}, {b()})", lambda: f"MOD({a()}, {b()})",
            lambda: f"DIV({a()}, {b()})", lambda: f"MIN({a()}, {b()})", lambda: f"MAX({a()}, {b()})",
            lambda: f"SUM({a()}, {b()})", lambda: f"AVG({a()}, {b()})", lambda: f"CLAMP({a()}, 0, {b()})",
            lambda: f"SHARE({a()}, 0, 1, {b()}, 0.01)", lambda: f"SIGN({a()})", lambda: f"LEN({other(depth - 1)})",
            lambda: f"({a()} ^ {self.rng.randrange(-2, 4)})" if self.rng.random() < 0.5 else f"TRUNC({a()}, 1)",
            lambda: f"({self.date(depth - 1)} - {self.date(depth - 1)})", lambda: f"MONTH({self.date(depth - 1)})",
            lambda: f"SWITCH({a()}, {b()}, {a()}, {b()})",
            lambda: f"IFS({self.boolean(depth - 1)}, {a()}, {self.boolean(depth - 1)}, {b()})",
        ]  # fmt: skip
        return made + self._folds(["SUM", "AVG", "MIN", "MAX", "FIRST", "LAST"], self.number, depth) + [
            lambda: self._fold("COUNT", self.boolean, depth), lambda: self._fold("COUNT_DISTINCT", self.text, depth)
        ]  # fmt: skip

    def _folds(self, names: list[str], value: Callable[[int], str], depth: int) -> list[Callable[[], str]]:
        return [lambda: self._fold(self.rng.choice(names), value, depth)]

    def _fold(self, name: str, value: Callable[[int], str], depth: int) -> str:
        if self.level >= 2:
            return value(0)
        rows = self._rows(depth)
        self.level += 1
        inner = value(depth - 1)
        self.level -= 1
        return f"{name}({rows}, {inner})"

    def _rows(self, depth: int) -> str:
        if self.rng.random() < 0.8 or depth < 2 or self.level:
            return "lines"
        self.level += 1
        kept = self.boolean(depth - 2)
        self.level -= 1
        return f"FILTER(lines, {kept})"

    def _number_leaf(self) -> str:
        names = ["count", "amount", "limit", "size", "shared"]
        if self.level:
            names += ["units", "price", "units", "price"]
        if not self.portable:
            names += ["group.rank", "group.rate"]
        constants = [str(self.rng.randrange(10)), f"{self.rng.randrange(100)}.{self.rng.randrange(100):02d}"]
        return self.rng.choice([*names, *constants, *([] if self.portable else ["BLANK"])])

    def text(self, depth: int) -> str:
        """A formula that gives a text."""
        if depth <= 0 or self.rng.random() < 0.3:
            names = ["name", "kind", *(["code"] if self.level else [])]
            return self.rng.choice([*names, f"'{self.word()}'", "''"])
        inner = lambda: self.text(depth - 1)  # noqa: E731
        choices: list[Callable[[], str]] = [
            lambda: f"({inner()} & {inner()})", lambda: f"IF({self.boolean(depth - 1)}, {inner()}, {inner()})",
            lambda: f"COALESCE({inner()}, {inner()})",
        ]  # fmt: skip
        if not self.portable:
            choices += [
                lambda: f"UPPER({inner()})", lambda: f"TRIM({inner()})", lambda: f"LEFT({inner()}, {self.number(1)})",
                lambda: f"BEFORE({inner()}, {inner()})", lambda: f"REPLACE({inner()}, {inner()}, {inner()})",
                lambda: f"({inner()} & {self.number(depth - 1)})", lambda: f"TEXT({self.number(depth - 1)}, '#,##0.0')",
                lambda: self._fold("JOIN", self.text, depth), lambda: self._fold("MAX", self.text, depth),
                lambda: f"MID({inner()}, 1, 2)", lambda: f"PAD({inner()}, 4, '-')",
            ]  # fmt: skip
        return self.rng.choice(choices)()

    def boolean(self, depth: int) -> str:
        """A condition."""
        if depth <= 0:
            return self.rng.choice(["active", "TRUE", "FALSE", *(["done"] if self.level else [])])
        order = self.rng.choice(["<", "<=", ">", ">=", "=", "<>"])
        inner = lambda: self.boolean(depth - 1)  # noqa: E731
        kind = self.rng.choice([self.number, self.number, self.text, self.date])
        choices: list[Callable[[], str]] = [
            lambda: f"({kind(depth - 1)} {order} {kind(depth - 1)})",
            lambda: f"({kind(depth - 1)} {order} {kind(depth - 1)})",
            lambda: f"({inner()} AND {inner()})", lambda: f"({inner()} OR {inner()})", lambda: f"(NOT {inner()})",
            lambda: f"ISBLANK({kind(depth - 1)})", lambda: f"IN({self.text(1)}, {self.text(0)}, {self.text(0)})",
            lambda: f"CONTAINS({self.text(1)}, {self.text(0)})", lambda: f"STARTS({self.text(1)}, {self.text(0)})",
        ]  # fmt: skip
        if not self.portable:
            choices += [
                lambda: self._fold(self.rng.choice(["ANY", "ALL"]), self.boolean, depth),
                lambda: f"BETWEEN({self.number(1)}, {self.number(0)}, {self.number(1)})",
                lambda: f"MATCHES({self.text(1)}, '[a-z]+b?')", lambda: f"IF({inner()}, {inner()})",
                lambda: f"ISBLANK(FIRST(lines, {inner()}))" if not self.level else inner(),
            ]  # fmt: skip
        return self.rng.choice(choices)()

    def date(self, depth: int) -> str:
        """A formula that gives a date."""
        if depth <= 0 or self.portable or self.rng.random() < 0.4:
            return self.rng.choice(["begun_on", "due_on"])
        return self.rng.choice([
            f"({self.date(depth - 1)} + {self.rng.randrange(-40, 40)})",
            f"EDATE({self.date(depth - 1)}, {self.rng.randrange(-14, 14)})",
            f"EOMONTH({self.date(depth - 1)}, {self.rng.randrange(3)})",
            f"IF({self.boolean(1)}, {self.date(depth - 1)}, {self.date(0)})",
            f"DATE(2024, {self.number(1)}, {self.number(0)})",
            f"MIN({self.date(0)}, {self.date(depth - 1)})",
        ])  # fmt: skip
