"""What a condition compares with something known can be told from its text."""

from __future__ import annotations

import pytest

from tessera.formula import Scope, check_formula
from tessera.formula.comparisons import comparisons
from tessera.formula.shapes import BOOLEAN, DATE, NUMBER, TEXT, Member, StaticShape, Type

SITE = StaticShape("t:site", (Member("code", TEXT, "t:site.code"),))
LINE = StaticShape("t:line", (Member("qty", NUMBER, "t:line.qty"),))
VISIT = StaticShape(
    "t:visit",
    (
        Member("state", TEXT, "t:visit.state"), Member("day", DATE, "t:visit.day"),
        Member("amount", NUMBER, "t:visit.amount"), Member("is_open", BOOLEAN, "t:visit.is_open"),
        Member("site", Type("record", shape=SITE), "t:visit.site", ("地点",)),
        Member("lines", Type("list", nullable=False, shape=LINE), "t:visit.lines"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("state = 'new'", {"state="}),
        ("'new' = state AND amount >= 900", {"state=", "amount~"}),
        ("AND(state = 'new', is_open)", {"state=", "is_open="}),
        ("site.code = USER('site') AND day > TODAY()", {"site.code=", "day~"}),
        ("地点.code = 'S7'", {"site.code="}),
        ("BETWEEN(amount, 1, 2)", {"amount~"}),
        ("(state = 'new' AND (amount < 3 AND is_open))", {"state=", "amount~", "is_open="}),
        ("state = 'new' OR is_open", set()),
        ("NOT(state = 'new')", set()),
        ("state <> 'new'", set()),
        ("state = site.code", set()),
        ("amount + 1 = 2", set()),
        ("ANY(lines, qty = 3)", set()),
        ("state = 'a' OR state = 'b'", set()),
    ],
)
def test_the_parts_that_must_hold_are_found(text: str, wanted: set[str]) -> None:
    formula = check_formula(text, Scope(VISIT, offers=frozenset({"clock", "user"})), BOOLEAN)
    found = {".".join(each.path) + ("=" if each.is_equality else "~") for each in comparisons(formula)}
    assert found == wanted
