"""What may be written, what names and types mean, and what the errors say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tessera.formula import Formula, FormulaError, Scope, Type, check_formula, functions, parse
from tessera.formula.functions import Function, parse_parameter
from tessera.formula.shapes import BOOLEAN, DATE, DATETIME, INTEGER, TEXT, Member, StaticShape

MONEY = Type("number", scale=2)
GRADE = StaticShape("grade", (Member("code", TEXT, "grade.c"), Member("rank", INTEGER, "grade.r")))
LINE = StaticShape("line", (Member("qty", INTEGER, "line.q", ("数量",)), Member("price", MONEY, "line.p", ("单价",))))
OTHER = StaticShape("other", (Member("code", TEXT, "other.c"),))
SCOPE = Scope(
    StaticShape(
        "task",
        (
            Member("amount", MONEY, "task.a", ("金额", "paid amount", "old_amount")),
            Member("name", TEXT, "task.n", ("类别",)),
            Member("not", INTEGER, "task.not"),
            Member("from", INTEGER, "task.f"),
            Member("begun_on", DATE, "task.d"),
            Member("at", DATETIME, "task.t"),
            Member("active", BOOLEAN, "task.b"),
            Member("grade", Type("record", shape=GRADE), "task.g"),
            Member("other", Type("record", shape=OTHER), "task.o"),
            Member("lines", Type("list", nullable=False, shape=LINE), "task.lines"),
        ),
    )
)
ENV: dict[str, Any] = {
    "amount": Decimal("600.00"), "name": "new", "not": 4, "from": 5, "begun_on": date(2024, 2, 29), "active": True,
    "at": datetime(2024, 2, 29, 12, tzinfo=UTC), "grade": {"id": 1, "code": "b", "rank": 2}, "other": None,
    "lines": [{"qty": 2, "price": Decimal("1.50")}, {"qty": 3, "price": Decimal("0.50")}],
}  # fmt: skip


def compiled(text: str, expect: Type | None = None) -> Formula:
    return check_formula(text, SCOPE, expect)


def value(text: str) -> Any:
    formula = compiled(text)
    found = formula(ENV)
    assert found == formula.reference(ENV)
    return found


SPELLINGS = [
    ("=1+1", 2), ("= 1 + 1", 2), ("==1 = 1", None), ("1 = 1", True), ("1 == 1", True), ("1 <> 2", True),
    ("1 != 2", True),
    ("'a' & \"b\"", "ab"), ("'it''s'", "it's"), ('"say ""x"""', 'say "x"'), ("“new” = name", True), ("‘x’", "x"),
    ("（1＋2）×3÷2－1", Decimal("3.5")), ("50%", Decimal("0.5")), ("amount * 10%", 60), ("200%%", Decimal("0.02")),
    ("２＋１", 3), ("１．５", Decimal("1.5")), ("1 ≤ 2", True), ("1 ≥ 2", False), ("1 ≠ 2", True),
    (".5 + 1", Decimal("1.5")),
    ("true AND Not false", True), ("真 且 非 假", True), ("TRUE且FALSE或TRUE", True), ("金额>500且类别=“new”", True),
    ("IF（金额＞500，“a”，“b”）", "a"), ("if(amount > 500; 1; 2)", 1), ("如果(金额 > 500, 1, 2)", 1),
    ("求和(lines, 数量*单价)", Decimal("4.5")),
    ("[paid amount] + 1", 601), ("{金额} + 1", 601), ("[not] + 1", 5), ("from + 1", 6), ("grade.rank", 2),
    ("[grade].[rank]", 2),
    ("1 /* one */ + /* two */ 2", 3), ("1\n+\t2", 3), ("1e3", 1000), ("1.5e-2", Decimal("0.015")), ("007", 7),
    ("-2 + +3", 1),
    ("AND(1 < 2, active)", True), ("or(1 > 2, active)", True), ("not(active)", False), ("(2 ^ 3) ^ 2", 64),
    ("2 ^ (3 ^ 2)", 512),
    ("BLANK = ''", True), ("begun_on = '2024-02-29'", True), ("begun_on < '2024-03-01'", True),
    ("at >= '2024-02-29T12:00:00Z'", True),
    ("begun_on + 1 - begun_on", 1), ("old_amount", 600), ("「文」", "文"), ("IN(name, 'a', 'new')", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), SPELLINGS)
def test_spreadsheet_habits_are_understood(text: str, wanted: Any) -> None:
    if wanted is None:
        with pytest.raises(FormulaError):
            compiled(text)
    else:
        assert value(text) == wanted


ERRORS = [
    ("amout + 1", "unknown_name", 0, 5, "amount"), ("1 + grade.rnk", "unknown_name", 10, 3, "rank"),
    ("SUMM(lines, qty)", "unknown_function", 0, 4, "SUM"), ("SUM + 1", "unknown_name", 0, 3, "SUM(…)"),
    ("1 < 2 < 3", "chained_comparison", 0, 9, "AND"), ("amount + 'a'", "wrong_type", 9, 3, "&"),
    ("IF(amount, 1, 2)", "wrong_type", 3, 6, "Compare"), ("IF(active, 1, 'a')", "wrong_type", 14, 3, ""),
    ("10 % 3", "syntax", 5, 1, "MOD"), ("first name", "syntax", 6, 4, "brackets"),
    ("ROUND()", "wrong_arguments", 0, 7, ""),
    ("ROUND(1, 2, 3)", "wrong_arguments", 0, 14, ""), ("lines.qty", "wrong_type", 0, 9, "SUM"),
    ("amount.x", "wrong_type", 7, 1, ""),
    ("at = begun_on", "wrong_type", 0, 13, "DATEOF"), ("grade = other", "ok", 0, 0, ""),
    ("TODAY()", "not_offered", 0, 7, ""),
    ("1 +", "syntax", 2, 1, ""), ("(1", "syntax", 0, 1, ")"), ("1)", "syntax", 1, 1, ""), ("'a", "syntax", 0, 2, "Add"),
    ("SUM(lines)", "wrong_arguments", 0, 10, ""), ("MATCHES(name, '(')", "pattern", 14, 3, ""),
    ("2 ^ 3 ^ 2", "syntax", 0, 9, "brackets"),
    ("-2 ^ 2", "syntax", 0, 6, "brackets"), ("at + 1", "wrong_type", 0, 2, "ADD_MINUTES"),
    ("lines = lines", "wrong_type", 0, 13, "COUNT"),
    ("begun_on = 'x'", "wrong_type", 11, 3, "2024"), ("a | b", "syntax", 2, 1, "OR"),
    ("active > TRUE", "wrong_type", 0, 13, ""),
    ("名称 + 1", "unknown_name", 0, 2, ""), ("1 + /* open", "syntax", 4, 2, "*/"),
    ("FIRST(lines).x", "unknown_name", 13, 1, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "position", "length", "hint"), ERRORS)
def test_errors_say_what_and_where(text: str, kind: str, position: int, length: int, hint: str) -> None:
    if kind == "ok":
        compiled(text)
        return
    with pytest.raises(FormulaError) as caught:
        compiled(text)
    error = caught.value
    assert (error.kind, error.position, error.length) == (kind, position, length), error.message
    assert hint in error.help
    assert error.problems()[0].params["kind"] == kind


def test_failures_while_it_runs_have_a_place_too() -> None:
    with pytest.raises(FormulaError) as caught:
        compiled("1 + amount / (amount - 600)")(ENV)
    assert (caught.value.kind, caught.value.position, caught.value.length) == ("divide_by_zero", 4, 23)


TYPES = [
    ("amount + 1", MONEY), ("amount * amount", Type("number", scale=4)), ("amount / 3", Type("number")),
    ("FLOOR(amount)", INTEGER), ("ROUND(amount / 3, 4)", Type("number", scale=4)), ("COUNT(lines)", INTEGER.required()),
    ("SUM(lines, qty)", INTEGER.required()), ("SUM(lines, price)", Type("number", False, scale=2)),
    ("MIN(lines, price)", MONEY),
    ("COALESCE(amount, 0)", Type("number", False, scale=2)), ("IF(active, 1)", INTEGER),
    ("IF(active, 1, 2)", INTEGER.required()),
    ("name & 'x'", TEXT.required()), ("name & name", TEXT), ("amount > 1", BOOLEAN), ("begun_on + 1", DATE),
    ("begun_on - begun_on", INTEGER), ("FIRST(lines)", Type("record", shape=LINE)), ("LEN(name)", INTEGER.required()),
    ("LEFT('abc', 1)", TEXT), ("50%", Type("number", False, scale=2)), ("BLANK", Type("blank")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TYPES)
def test_types_are_inferred(text: str, wanted: Type) -> None:
    assert compiled(text).type == wanted


@pytest.mark.parametrize(
    ("text", "expect", "fits"),
    [
        ("amount", INTEGER, False), ("FLOOR(amount)", INTEGER, True), ("amount", TEXT, False),
        ("amount > 1", BOOLEAN, True),
        ("BLANK", TEXT, True), ("BLANK", BOOLEAN, False), ("grade", Type("record", shape=GRADE), True),
        ("other", Type("record", shape=GRADE), False), ("1", MONEY, True), ("lines", Type("list", shape=LINE), True),
    ],
)  # fmt: skip
def test_the_expected_type_is_demanded(text: str, expect: Type, fits: bool) -> None:
    if fits:
        compiled(text, expect)
    else:
        with pytest.raises(FormulaError, match="This must give"):
            compiled(text, expect)


def test_what_a_formula_reads_is_known() -> None:
    formula = compiled("IF(金额 > 1, SUM(FILTER(lines, qty > 1), price), FIRST(lines).qty + COUNT(lines) + grade.rank)")
    assert formula.reads == {("amount",), ("lines", "qty"), ("lines", "price"), ("grade", "rank")}
    assert formula.refs == {"task.a", "task.lines", "line.q", "line.p", "task.g", "grade.r"}
    assert formula.calls == {"IF", "SUM", "FILTER", "FIRST", "COUNT"}
    assert not formula.constant
    assert compiled("1 + ROUND(2.5)").constant


def test_inner_names_win_over_outer_ones_in_a_fold() -> None:
    scope = SCOPE.plus(Member("qty", INTEGER), Member("rate", MONEY))
    formula = check_formula("SUM(lines, qty * rate) + qty", scope)
    env = {**ENV, "qty": 100, "rate": Decimal(2)}
    assert formula(env) == formula.reference(env) == 110


def test_renaming_touches_the_names_and_nothing_else() -> None:
    formula = compiled("amount + [not] /* amount */ + SUM(lines, qty) + LEN('amount') + 金额 + old_amount + grade.rank")
    assert formula.renamed({"task.a": "total", "task.not": "or", "line.q": "units", "grade.r": "place"}) == (
        "total + [or] /* amount */ + SUM(lines, units) + LEN('amount') + 金额 + total + grade.place"
    )
    table = compiled("LOOKUP(lines, 'qty', 2).price + LOOKUP(lines, qty, 3).price")
    assert table.renamed({"line.q": "units"}) == "LOOKUP(lines, 'units', 2).price + LOOKUP(lines, units, 3).price"


def test_the_browser_gets_the_tree() -> None:
    body = compiled("SUM(lines, qty) > 1.50").to_json()
    assert body["browser"] is True and body["type"] == "boolean"
    assert body["ast"]["right"] == {"node": "literal", "at": [18, 22], "type": "number", "value": "1.5"}
    call = body["ast"]["left"]
    assert (call["function"], call["level"], call["args"][1]["level"]) == ("SUM", 1, 1)
    assert not compiled("UPPER(name)").runs_on("browser")


def test_the_row_of_a_column_wins_over_all_other_names() -> None:
    scope = SCOPE.plus(Member("qty", INTEGER), Member("rate", MONEY)).over(LINE)
    formula = check_formula("qty * rate + SUM(lines, qty)", scope)
    env = {**ENV, "qty": 1000, "rate": Decimal(2)}
    assert formula.column(ENV["lines"], env) == [9, 11]
    with pytest.raises(FormulaError) as caught:
        check_formula("1 / (qty - 3)", scope).column(ENV["lines"], env)
    assert caught.value.params["row"] == 1


def test_records_are_compared_by_their_id() -> None:
    same = {"id": 1, "code": "other copy", "rank": 9}
    scope = SCOPE.plus(Member("mine", Type("record", shape=GRADE)))
    formula = check_formula("grade = mine", scope)
    assert formula({**ENV, "mine": same}) and formula({**ENV, "mine": 1}) and not formula({**ENV, "mine": {"id": 2}})
    with pytest.raises(FormulaError) as caught:
        check_formula("mine.rank", scope)({**ENV, "mine": 1})
    assert caught.value.kind == "not_loaded"


def test_a_name_in_a_branch_not_taken_is_never_read() -> None:
    class Lazy(dict[str, Any]):
        def __missing__(self, name: str) -> Any:
            raise AssertionError(f"{name} was read")

    env = Lazy(active=True, amount=Decimal(1))
    for text in ("IF(active, amount, from)", "active OR from > 1", "COALESCE(amount, from)"):
        assert compiled(text)(env) in (1, True)


def test_a_plugin_may_add_a_function() -> None:
    made = Function(
        name="TWICE_TEST", aliases=(), category="test", signatures=((parse_parameter("x number"),),), result="number",
        sides=frozenset({"python"}), doc={}, body=lambda x: x * 2,
    )  # fmt: skip
    functions.register(made)
    try:
        assert value("TWICE_TEST(amount)") == 1200
        assert not compiled("TWICE_TEST(1)").runs_on("browser")
        with pytest.raises(ValueError, match="taken"):
            functions.register(made)
    finally:
        functions.forget("TWICE_TEST")


def test_parse_alone_needs_no_scope() -> None:
    assert parse("a + b").parts[0].end == 1
