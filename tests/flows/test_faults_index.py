"""The table of faults is true: every fault has tests, these exist, and the guide tells of each."""

from __future__ import annotations

import ast
from pathlib import Path

from flows.faults_index import FAULTS

TESTS = Path(__file__).resolve().parent.parent
GUIDE = TESTS.parent / "docs" / "guides" / "reliability.md"


def names_in(path: Path) -> set[str]:
    """The tests of a file."""
    body = ast.parse(path.read_text("utf-8")).body
    return {each.name for each in body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}


def test_every_fault_has_tests_that_exist() -> None:
    assert list(FAULTS) == [f"F{number:02}" for number in range(1, 41)]
    missing = []
    for fault, (_, tests) in FAULTS.items():
        assert tests, fault
        for each in tests:
            file, _, name = each.partition("::")
            if not (TESTS / file).exists() or name not in names_in(TESTS / file):
                missing.append(f"{fault}: {each}")
    assert missing == []


def test_a_test_that_names_a_fault_is_in_the_table() -> None:
    named = {each for _, tests in FAULTS.values() for each in tests}
    found = {
        f"{path.parent.name}/{path.name}::{name}"
        for path in TESTS.glob("*/test_*.py")
        for name in names_in(path)
        if name.startswith("test_f") and name[6:8].isdigit() and name[8:9] == "_"
    }
    assert found <= named, found - named


def test_the_guide_tells_of_every_fault_and_where_it_is_shown() -> None:
    text = GUIDE.read_text("utf-8")
    for fault, (what, tests) in FAULTS.items():
        files = dict.fromkeys(each.partition("::")[0] for each in tests)
        row = f"| {fault} | {what} | {', '.join(f'`{each}`' for each in files)} |"
        assert row in text, f"missing in the guide: {row}"
