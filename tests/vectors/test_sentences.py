"""What the browser reads out of a formula: its words, and the sentence of conditions that it says."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from tessera.formula import FormulaError, check_formula
from tessera.formula.arithmetic import plain
from tessera.formula.tokens import tokenize
from unit.formula.generate import SCOPE, Generator
from vectors.browser import Browser

SENTENCES = [
    ("count > 3 AND kind = 'new'", [("count", ">", ["3"]), ("kind", "=", ["new"])]),
    ("3 < count 且 active", [("count", ">", ["3"]), ("active", "true", [])]),
    (
        "IN(kind, 'a', 'it''s') OR NOT CONTAINS(name, 'x')",
        [("kind", "in", ["a", "it's"]), ("name", "not_contains", ["x"])],
    ),
    ("due_on >= '2024-02-29' AND amount = -1.50", [("due_on", ">=", ["2024-02-29"]), ("amount", "=", ["-1.5"])]),
    (
        "NOT ISBLANK(group.rank) AND BETWEEN(size, 1, count)",
        [("group.rank", "filled", []), ("size", "between", ["1", "count"])],
    ),
    ("kind <> BLANK", [("kind", "filled", [])]),
    ("due_on = DATE(2024, 2, 9)", [("due_on", "=", ["2024-02-09"])]),
    ("SUM(lines, units) > 5", [("SUM(lines, units)", ">", ["5"])]),
]
FORMULAS = ["count + 1 > 3 OR (active AND kind = 'a')", "IF(active, count > 1, FALSE)", "TRUE"]
TEXTS = [
    "=如果（数量＞３，‘大’，“小”）", "a且b或非c", "x.and = 1", "AND(a, b) and not c", "[first name] & {第二 名}",
    "'it''s' <> \"say \"\"hi\"\"\"", "1.5e3 + .5 - 50%", "/* why */ a >= b; c", "真 = TRUE", "a≠b and c≤d × 2",
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), SENTENCES)
def test_a_formula_of_conditions_is_a_sentence(browser: Browser, text: str, wanted: list[Any]) -> None:
    (answer,) = browser.answers([{"ast": check_formula(text, SCOPE).to_json()["ast"], "text": text}])
    found = [
        (each["left"], each["operator"], [one.get("value", one.get("text")) for one in each["right"]])
        for each in answer["group"]["items"]
    ]
    assert found == wanted


@pytest.mark.parametrize("text", FORMULAS)
def test_what_says_more_stays_a_formula(browser: Browser, text: str) -> None:
    (answer,) = browser.answers([{"ast": check_formula(text, SCOPE).to_json()["ast"], "text": text}])
    assert answer["group"] is None


def test_a_sentence_written_as_a_formula_again_means_the_same(browser: Browser) -> None:
    seed = random.randrange(10**9)
    generator = Generator(random.Random(seed))
    formulas = []
    while len(formulas) < 2_000:
        try:
            text = " AND ".join(generator.boolean(1) for _ in range(generator.rng.randrange(1, 3)))
            formulas.append(check_formula(text, SCOPE))
        except FormulaError:
            continue
    answers = browser.answers({"ast": each.to_json()["ast"], "text": each.text} for each in formulas)
    said = [(each, answer["text"]) for each, answer in zip(formulas, answers, strict=True) if answer["text"]]
    assert len(said) > 200, f"seed {seed}"
    for formula, text in said:
        again = check_formula(text, SCOPE)
        for row in (generator.row() for _ in range(3)):
            assert _value(again, row) == _value(formula, row), f"seed {seed}: {formula.text} / {text}"


def _value(formula: Any, row: dict[str, Any]) -> Any:
    try:
        return formula.reference(row)
    except FormulaError as error:
        return error.kind


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_found_as_the_server_finds_them(browser: Browser, text: str) -> None:
    (answer,) = browser.answers([{"tokens": text}])
    found = [(start, end) for sort, _, start, end in answer["tokens"] if sort != "comment"]
    leading = text.startswith("=")
    assert found[leading:] == [(each.start, each.end) for each in tokenize(text)]
    sorts = {each.start: each.sort for each in tokenize(text)}
    for sort, value, start, _ in answer["tokens"][leading:]:
        if sort == "comment":
            continue
        assert sort == sorts[start]
        if sort in ("name", "word", "operator", "text"):
            assert value == next(each.value for each in tokenize(text) if each.start == start)
        if sort == "number":
            wanted = next(each.value for each in tokenize(text) if each.start == start)
            assert plain(Decimal(value)) == plain(wanted)
