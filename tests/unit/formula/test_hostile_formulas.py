"""Hostile formulas end in a FormulaError, without running away, and change nothing."""

from __future__ import annotations

import copy
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest

from limits import limited
from tessera.formula import FormulaError, Scope, Type, check_formula
from tessera.formula.library.patterns import compile_pattern
from tessera.formula.shapes import JSON, NUMBER, TEXT, Member, StaticShape
from vectors.fixture import fixture

ATTACKS = [
    # ways to Python's inside
    "name.__class__", "().__class__.__bases__", "name.__class__.__mro__", "''.__class__.__subclasses__()",
    "lines.__init__.__globals__", "getattr(name, '__class__')", "type(name)", "type('X', (), {})", "isinstance(1, 2)",
    "repr(lines)", "vars()", "globals()", "locals()", "dir()", "eval('1')", "exec('1')", "compile('1', '', 'eval')",
    "__import__('os')", "__import__('os').system('id')", "open('/etc/passwd')", "input()", "print(1)", "breakpoint()",
    "lambda: 1", "(lambda x: x)(1)", "(x := 1)", "import os", "from os import path", "os.system('id')",
    "name.gi_frame", "(x for x in lines).gi_frame.f_builtins", "[x for x in lines]", "{x: 1 for x in lines}",
    "{1, 2, 3}", "{'a': 1}", "[1, 2, 3]", "(1, 2)", "lines[0]", "lines[0]['qty']", "name[::-1]", "lines[0:2]",
    # format strings
    "'{0.__class__}'.format(name)", "name.format(1)", "name.format_map(lines)", "f'{name}'", "f'{name:>999999999}'",
    "'%999999999d' % 1", "'%s' % name", "name % 3 % 'x'", "b'bytes'", "u'x'", "r'x'",
    # attributes and methods of host objects
    "book.total", "book.delete()", "book.items", "book.get('balance')", "name.upper()", "qty.real", "on.year",
    "on.fromtimestamp(0)", "DATE.fromtimestamp(0)", "ROUND.__globals__", "SUM.__code__",
    # changing data
    "lines.append(1)", "lines.pop()", "lines.clear()", "book.update(1)", "book.pop('balance')",
    "book.setdefault('x', 1)",
    "lines.sort()", "name = 5; 1", "1; 2", "qty += 1", "del qty", "book.balance = 999, 1",
    # resource bombs
    "9 ** 4000000", "9 ^ 4000000", "3999999 ^ 3999999", "9 ^ 9 ^ 9 ^ 9", "2 ^ 9999", "POWER(10, 10 ^ 9)",
    "10 ^ 20 * 10 ^ 20", "1e3000000", "DECIMAL('1e3000000')", "INTEGER('1e999999999')", "ROUND(1, 999999999)",
    "1 << 999999", "1 >> 1", "1 | 2", "~1", "1 // 2", "1 @ 2", "name * 999999999", "'x' * 999999999", "[0] * 99999",
    "[[0] * 99999] * 99999", "name.ljust(999999999)", "name.zfill(10 ^ 9)", "PAD(name, 999999999)",
    "PAD('x', 10 ^ 9)", "name.join(lines)", "name.translate(lines)", "qty.to_bytes(999999999)",
    "SUM(range(300000000))", "MAX(range(10))", "range(5)", "sum(x for x in lines)", "max(map(len, lines))",
    "0.5 IN range(10)", "rand()", "randint(5)", "RAND()", "float(1)", "str(1)", "bool(1)", "hash(name)",
    "REPLACE(PAD('a', 9000), 'a', PAD('b', 9000)) & PAD('c', 9999) & PAD('d', 9999)",
    "EDATE(on, 10 ^ 12)", "on + 10 ^ 15", "ADD_MINUTES(NOW(), 10 ^ 18)", "DATE(10 ^ 9, 1, 1)", "1 / 0", "MOD(1, 0)",
    "-" * 3999 + "1", "(" * 1999 + "1" + ")" * 1999, "NOT " * 990 + "TRUE", "1" + "+1" * 1990, "a" + ".a" * 1990,
    "ABS(" * 700 + "1" + ")" * 700, "x" * 4001, "1 " * 1999, "((((((((((", "))))))",
    "'" * 3999, "[" * 3999, "/*" * 1900,
    "IF(" * 600, "SUM(lines," * 390 + "1" + ")" * 390, "1 < 2 < 3", "1 = 1 = 1", "qty % % % 3 + (", "name & (lines)",
    # wrong letters and numbers
    "ｒｏｗ", "0x10", "0b1", "0o7", "1_0", "1j", "1.5j", "1e400", "1e21", "9" * 35, "0." + "1" * 40, "NaN", "Infinity",
    "-Infinity", "inf", "DECIMAL('NaN')", "DECIMAL('Infinity')", "DECIMAL('1e400')", "DECIMAL('" + "9" * 40 + "')",
    "'\ud800'", "'\0'", "\0", "\ud800", "\u202e1", "１２ａ", "$name", "@name", "#name", "name!", "name?", "a:b",
    "None", "Ellipsis", "...", "*lines", "**lines", "SUM(*lines)", "SUM(**lines)", "ROUND(x=1)", "ROUND(1, places=2)",
    "yield 1", "await name", "async", "1 if TRUE else 2", "name is BLANK", "qty in lines", "not", "and", "=", "==", "",
    " ", "/* only */",
]  # fmt: skip


def test_the_list_has_at_least_97_classes() -> None:
    assert len(set(ATTACKS)) >= 97


@pytest.mark.parametrize("text", ATTACKS, ids=[f"{place:03d}" for place in range(len(ATTACKS))])
def test_attack_is_one_formula_error(text: str) -> None:
    limited(lambda: refused(text))


def refused(text: str) -> None:
    """The formula is one error, told by both evaluators, and nothing is changed."""
    scope, env, host = fixture()
    before = copy.deepcopy(env)
    for evaluator in ("__call__", "reference"):
        with pytest.raises(FormulaError) as caught:
            getattr(check_formula(text, scope), evaluator)(env, host)
        assert 0 <= caught.value.position <= len(text)
        assert caught.value.kind.isidentifier() and caught.value.message
    assert env == before


def test_attacks_take_little_memory() -> None:
    scope, env, host = fixture()
    tracemalloc.start()
    for text in ATTACKS:
        with pytest.raises(FormulaError):
            check_formula(text, scope)(env, host)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64_000_000


def test_nested_folds_over_many_rows_are_stopped() -> None:
    scope, env, host = fixture()
    env["lines"] = env["lines"] * 300
    text = "SUM(lines, SUM(lines, SUM(lines, SUM(lines, qty))))"
    for evaluator in ("__call__", "reference"):
        with pytest.raises(FormulaError) as caught:
            getattr(check_formula(text, scope), evaluator)(env, host)
        assert caught.value.kind == "too_much_work"


def test_a_thousand_text_joins_are_stopped_at_the_limit() -> None:
    scope, env, host = fixture()
    text = "PAD('a', 9999) & " * 20 + "'b'"
    with pytest.raises(FormulaError) as caught:
        check_formula(text, scope)(env, host)
    assert caught.value.kind == "text_too_long"


RUNAWAYS = ["(a+)+", "(a*)*b", "(a|aa)+", "(a|a)*", "a*a*a*a*a*a*b", "(.*)(.*)(.*)x", "(a?){30}a{30}"]


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_no_pattern_runs_away(pattern: str) -> None:
    for length in (30, 9_999):
        limited(lambda size=length: compile_pattern(pattern)("a" * size + "!"))


def test_a_field_named_like_a_method_is_the_field() -> None:
    names = (Member("items", TEXT), Member("get", NUMBER), Member("keys", NUMBER), Member("a", JSON))
    shape = StaticShape("row", names)
    env: dict[str, Any] = {"items": "mine", "get": Decimal(1), "keys": 2, "a": {"b": [1]}}
    scope = Scope(StaticShape("root", (*shape.all, Member("row", Type("record", shape=shape)))))
    env["row"] = dict(env)
    for text, wanted in (("items", "mine"), ("row.items", "mine"), ("row.get + keys", 3), ("a.b", [1])):
        assert check_formula(text, scope)(env) == check_formula(text, scope).reference(env) == wanted


WRONG = [1.5, float("nan"), Decimal("NaN"), Decimal("Infinity"), "12", object(), [1], {"a": 1}]


@pytest.mark.parametrize("value", WRONG)
def test_a_wrong_value_from_outside_is_a_formula_error(value: Any) -> None:
    scope, env, host = fixture()
    env["price"] = value
    for text in ("price + 1", "price * qty", "ROUND(price, 2) + 1", "SUM(price, 1)"):
        with pytest.raises(FormulaError):
            check_formula(text, scope)(env, host)


@pytest.mark.parametrize("text", ["{{7*7}}", "${7*7}", "{% for %}", "{0.__class__}", "#{7*7}", "<%= 7*7 %>"])
def test_template_syntax_is_no_formula(text: str) -> None:
    with pytest.raises(FormulaError):
        check_formula(text, fixture()[0])
