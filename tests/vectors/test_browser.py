"""The browser's evaluator gives what the reference gives: on every vector and on random formulas."""

from __future__ import annotations

import os
import random
from typing import Any

from tessera.formula import Formula, FormulaError, Scope, check_formula, functions
from unit.formula.generate import ROOT, SCOPE, Generator
from vectors.browser import Browser, case, expected
from vectors.fixture import fixture

CASES = 100_000 if os.environ.get("TESSERA_LONG") else 3_000


def test_every_vector_of_the_browser_holds_there(browser: Browser) -> None:
    scope, env, host = fixture()
    texts = [text for _, function in functions.REGISTRY.items() for vector in function.vectors for text in vector]
    formulas = [each for text in texts if (each := _checked(text, scope)) is not None and each.runs_on("browser")]
    assert len(formulas) > 300
    answers = browser.answers(case(each, env, scope.root, host) for each in formulas)
    wrong = [
        (formula.text, answer, wanted)
        for formula, answer in zip(formulas, answers, strict=True)
        if answer != (wanted := expected(formula, env, host))
    ]
    assert wrong == []


def _checked(text: str, scope: Scope) -> Formula | None:
    """The formula; None for the name of an error, and for a text that is refused before it can run."""
    try:
        return check_formula(text, scope)
    except FormulaError:
        return None


def test_random_formulas_give_the_same_in_the_browser(browser: Browser) -> None:
    seed = int(os.environ.get("TESSERA_SEED") or random.randrange(10**9))
    generator = Generator(random.Random(seed))
    cases: list[tuple[Any, dict[str, Any]]] = []
    while len(cases) < CASES:
        try:
            formula = check_formula(generator.formula(), SCOPE)
        except FormulaError:
            continue
        if formula.runs_on("browser"):
            cases.append((formula, generator.row()))
    answers = browser.answers(case(formula, row, ROOT) for formula, row in cases)
    for (formula, row), answer in zip(cases, answers, strict=True):
        assert answer == expected(formula, row), f"seed {seed}: {formula.text} of {row}"
