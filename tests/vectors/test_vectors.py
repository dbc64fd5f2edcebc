"""Every vector of functions.json holds on both evaluators."""

from __future__ import annotations

import pytest

from tessera.formula import FormulaError, check_formula, functions
from vectors.fixture import fixture

VECTORS = [
    pytest.param(*vector, id=f"{name}: {vector[0]}")
    for name, function in functions.REGISTRY.items()
    for vector in function.vectors
]


@pytest.mark.parametrize(("text", "expected"), VECTORS)
def test_vector_holds_on_both_evaluators(text: str, expected: str) -> None:
    scope, env, host = fixture()
    if expected.startswith("!"):
        for evaluate in ("__call__", "reference"):
            with pytest.raises(FormulaError) as caught:
                getattr(check_formula(text, scope), evaluate)(env, host)
            assert caught.value.kind == expected[1:]
            assert caught.value.position >= 0
        return
    formula = check_formula(text, scope)
    wanted = check_formula(expected, scope)(env, host)
    for value in (formula(env, host), formula.reference(env, host)):
        assert value == wanted
        assert isinstance(value, bool) == isinstance(wanted, bool)


@pytest.mark.parametrize("name", list(functions.REGISTRY))
def test_every_function_has_docs_and_two_vectors_one_with_a_blank_where_it_takes_values(name: str) -> None:
    function = functions.REGISTRY[name]
    assert function.doc["zh"] and function.doc["en"] and function.example
    assert len(function.vectors) >= 2
    scope, env, host = fixture()
    check_formula(function.example, scope)(env, host)
