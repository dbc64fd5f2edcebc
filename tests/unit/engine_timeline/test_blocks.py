"""Steps within others give no values to lines."""

from __future__ import annotations

from typing import Any

import pytest

from unit.engine_timeline.program import gives, pack, problems

INNER = [
    gives("half", "amount / 2", over="lines"),
    {"uid": "spread", "spread": "10", "unit": "1", "over": "lines", "by": "amount", "method": "cumulative_floor",
     "into": "part"},
    {"uid": "factor", "factor": "f", "over": "lines", "combine": "max", "default": "1", "rows": []},
]


@pytest.mark.parametrize("step", INNER, ids=["let", "spread", "factor"])
@pytest.mark.parametrize("block", [
    {"uid": "block", "when": "COUNT(lines) > 1"}, {"uid": "block", "each": "l", "in": "lines"},
], ids=["when", "each"])
def test_values_of_lines_are_given_outside_of_blocks(step: dict[str, Any], block: dict[str, Any]) -> None:
    found = problems(pack([{**block, "do": [step]}]))
    assert [(each.code, each.pointer.rpartition("#")[2]) for each in found] == [("lines_in_block", "/steps/0/do/0")]
    assert problems(pack([step, {**block, "do": [gives("n", "1")]}])) == []
