"""Evaluations per second of compiled rules on one core, beside the same expression written in Python.

Each figure is the median of three rounds, by processor time. Target: 500,000 a second for the rule of ten nodes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.bench.common import median_of_three, table

from tessera.formula import Scope, check_formula
from tessera.formula.shapes import BOOLEAN, Member, StaticShape, Type

EVALUATIONS = 300_000
RULES = {
    "ten nodes": "amount >= 100 AND state = 'new' AND count > 3",
    "exact sum of lines": "SUM(parts, qty * price)",
}
PARTS = [{"qty": number, "price": Decimal("1.25")} for number in range(1, 6)]
ENV: dict[str, Any] = {"amount": Decimal("129.90"), "state": "new", "count": 5, "parts": PARTS}


def by_hand(env: dict[str, Any]) -> bool:
    """The first rule in Python, blanks and all."""
    amount, state, count = env["amount"], env["state"], env["count"]
    return amount is not None and amount >= 100 and state == "new" and count is not None and count > 3


def rate(action: Callable[[dict[str, Any]], Any]) -> float:
    """Evaluations per second of processor time."""
    env = ENV
    started = time.thread_time()
    for _ in range(EVALUATIONS):
        action(env)
    return EVALUATIONS / (time.thread_time() - started)


def scope() -> Scope:
    """The names that the rules read."""
    part = StaticShape("part", (Member("qty", Type("number", integer=True)), Member("price", Type("number", scale=2))))
    members = (
        Member("amount", Type("number", scale=2)), Member("state", Type("text")),
        Member("count", Type("number", integer=True)), Member("parts", Type("list", shape=part)),
    )  # fmt: skip
    return Scope(StaticShape("root", members))


def main() -> None:
    """Measure and print."""
    rows = []
    for name, text in RULES.items():
        formula = check_formula(text, scope(), BOOLEAN if name == "ten nodes" else None)
        assert formula(ENV) is not None
        rows.append((name, text, int(median_of_three(lambda formula=formula: rate(formula)))))
    rows.append(("ten nodes in Python", "", int(median_of_three(lambda: rate(by_hand)))))
    print(table(("rule", "text", "evaluations/s"), rows))


if __name__ == "__main__":
    main()
