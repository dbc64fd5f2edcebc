"""The formulas of a whole points program type-check against its scopes and give the right values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tessera.formula import FormulaError, Scope, Type, check_formula
from tessera.formula.shapes import BOOLEAN, DATE, INTEGER, TEXT, Member, StaticShape

MONEY = Type("number", nullable=False, scale=2)
GRADES = StaticShape("levels", (Member("code", TEXT), Member("rank", INTEGER), Member("threshold", MONEY),
                                Member("multiplier", Type("number", scale=1)), Member("gift", INTEGER)))  # fmt: skip
LINE = StaticShape("line", (Member("item", TEXT), Member("description", TEXT), Member("units", INTEGER.required()),
                            Member("amount", MONEY), Member("paid", MONEY),
                            Member("goods", INTEGER.required())))  # fmt: skip
BOOK = StaticShape("book", (Member("balance", MONEY), Member("debt", MONEY)))
FEATURED = StaticShape("featured", (Member("item", TEXT),))


def record(shape: StaticShape, *, nullable: bool = False) -> Type:
    return Type("record", nullable=nullable, shape=shape)


def rows(shape: StaticShape) -> Type:
    return Type("list", nullable=False, shape=shape)


PAIR = StaticShape("pair", (Member("before", INTEGER.required()), Member("after", INTEGER.required()),
                            Member("to", record(LINE)), Member("from", record(LINE))))  # fmt: skip
SCOPE = Scope(
    StaticShape("document", (Member("number", TEXT), Member("lines", rows(LINE)))),
    offers=frozenset({"ledger", "moment", "batch"}),
).plus(
    Member("levels", rows(GRADES)), Member("featured", rows(FEATURED)), Member("level", record(GRADES)),
    Member("top", record(GRADES)), Member("l", record(GRADES)), Member("points", record(BOOK)),
    Member("growth", record(BOOK)), Member("orders", INTEGER.required()), Member("lapsed", MONEY),
    Member("gross", MONEY), Member("redeemed", INTEGER.required()), Member("window", INTEGER.required()),
    Member("day", DATE.required()), Member("p", record(PAIR)), Member("pairs", rows(PAIR)),
)  # fmt: skip


class Ledger(dict[str, Any]):
    """A book with totals."""

    def total(self, name: str) -> Decimal:
        return Decimal({"expired": 30}.get(name, 0))


class Host:
    """Answers MOMENT."""

    zone = UTC

    def call(self, name: str, *values: Any) -> Any:
        return 1


LEVELS = tuple(
    {"id": code, "code": code, "rank": rank, "threshold": Decimal(least), "multiplier": Decimal(times), "gift": gift}
    for code, rank, least, times, gift in (
        ("V1", 1, "0.00", "1.0", 0), ("V2", 2, "500.00", "1.0", 50), ("V3", 3, "1500.00", "1.2", 200),
    )
)  # fmt: skip
FIRST = {"item": "22423", "description": "Christmas tree", "units": 3, "amount": Decimal("19.90"),
         "paid": Decimal("10.00"), "goods": 2}  # fmt: skip
SECOND = {"item": "x", "description": None, "units": 1, "amount": Decimal("0.10"), "paid": Decimal("0.05"), "goods": 1}
ENV = {
    "number": "C123456", "lines": [FIRST, SECOND], "levels": LEVELS, "featured": ({"item": "22423"},),
    "level": LEVELS[2], "top": LEVELS[1], "l": LEVELS[2], "points": Ledger(balance=Decimal(70), debt=Decimal(0)),
    "growth": Ledger(balance=Decimal("1499.99"), debt=Decimal(0)), "orders": 2, "lapsed": Decimal(10),
    "gross": Decimal("900.00"), "redeemed": 100, "window": 3, "day": date(2010, 12, 4),
    "p": {"before": 1, "after": 2, "to": FIRST, "from": SECOND}, "pairs": [],
}  # fmt: skip

RULES = [
    ("FIRST(levels).code", "V1"), ("orders + 1", 3), ("level.code", "V3"), ("TOTAL(points, 'expired') - lapsed", 20),
    ("SUM(lines, amount)", 20), ("MOMENT()", 1), ("LAST(levels, threshold <= growth.balance).code", "V2"),
    ("IF(MOD(orders, 2) = 0 AND points.balance > 0, FLOOR(MIN(FLOOR(points.balance * 0.90), "
     "FLOOR(gross * 0.50 / 0.01)), 10), 0)", 60),
    ("redeemed * 0.01", 1), ("FLOOR(SUM(lines, paid * goods) * level.multiplier * window / 1.00)", 72),
    ("EDATE(day, 12)", date(2011, 12, 4)), ("IF(orders = 1, 100, 0)", 0), ("gross - redeemed * 0.01", 899),
    ("l.rank > top.rank AND l.rank <= level.rank", True), ("IF(level.rank > top.rank, level, top).code", "V3"),
    ("WEEKDAY(day) >= 6", True), ("SHARE(p.to.paid, p.before, p.after, p.to.units, 0.01)", Decimal("3.33")),
    ("p.from.item", "x"), ("DATE(YEAR(day) + 1, 12, 31)", date(2011, 12, 31)), ("STARTS(number, 'C')", True),
    ("MATCHES(number, 'C?[0-9]{6}')", True), ("ANY(lines, IN_TABLE(item, featured))", True),
    ("COUNT(lines, CONTAINS(UPPER(description), 'CHRISTMAS'))", 1), ("ANY(levels, rank = top.rank)", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), RULES)
def test_rule_gives_its_value(text: str, wanted: Any) -> None:
    formula = check_formula(text, SCOPE)
    assert formula(ENV, Host()) == formula.reference(ENV, Host()) == wanted


def test_conditions_over_lines_go_as_a_column() -> None:
    scope = SCOPE.over(LINE)
    assert check_formula("IN_TABLE(item, featured)", scope).column(ENV["lines"], ENV) == [True, False]
    assert check_formula("paid * goods", scope).column(ENV["lines"], ENV) == [20, Decimal("0.05")]
    assert check_formula("SHARE(redeemed, 0, units, 4)", scope).column(ENV["lines"], ENV) == [75, 25]


NAMES = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
CELLS = StaticShape("row", tuple(Member(name, TEXT) for name in NAMES))
MAPPING = Scope(CELLS, offers=frozenset({"batch"})).plus(
    Member("quantity", INTEGER), Member("price", Type("number")), Member("rows", rows(CELLS)), Member("item", TEXT)
)
ROW = {"InvoiceNo": " 536365", "StockCode": "85123a", "Quantity": "6", "InvoiceDate": "2010-12-01 08:26:00",
       "UnitPrice": "2.55", "CustomerID": "17850.0"}  # fmt: skip
CELL_RULES = [
    ("TRIM(InvoiceNo)", "536365"), ("UPPER(TRIM(StockCode))", "85123A"), ("INTEGER(Quantity)", 6),
    ("DECIMAL(UnitPrice)", Decimal("2.55")), ("ISBLANK(CustomerID)", False), ("BEFORE(CustomerID, '.0')", "17850"),
    ("NOT MATCHES(LEFT(item, 5), '[0-9]{5}')", False), ("ROUND(ABS(quantity * price), 2)", Decimal("15.30")),
    ("MIN(rows, DATETIME(InvoiceDate))", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
    ("FIRST(rows, BEFORE(CustomerID, '.0'))", "17850"),
    ("IF(STARTS(InvoiceNo, 'C'), quantity >= 0, quantity <= 0)", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CELL_RULES)
def test_mapping_rule_gives_its_value(text: str, wanted: Any) -> None:
    env = {**ROW, "quantity": 6, "price": Decimal("2.55"), "item": "85123A", "rows": [ROW]}
    formula = check_formula(text, MAPPING)
    assert formula(env) == formula.reference(env) == wanted


def test_a_cell_that_is_no_number_fails_with_its_place() -> None:
    with pytest.raises(FormulaError) as caught:
        check_formula("1 + INTEGER(Quantity)", MAPPING)({**ROW, "Quantity": "six"})
    assert (caught.value.kind, caught.value.position, caught.value.length) == ("not_a_number", 4, 17)


def test_a_condition_is_demanded_where_one_belongs() -> None:
    with pytest.raises(FormulaError):
        check_formula("orders", SCOPE, BOOLEAN)
