"""No test fails because the machine was busy: nothing is asserted of a clock, and nothing waits in vain for seconds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tidy.sources import REPOSITORY, assert_none, place, python_files, tree

CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "monotonic_ns", "perf_counter_ns"}
_BENCH = REPOSITORY / "tests" / "bench"


def files_of_tests() -> list[Path]:
    """Every file of tests but the benchmarks, which do measure."""
    found = [*python_files(below="tests"), *(path for path in python_files(below="plugins") if "tests" in path.parts)]
    return [path for path in found if not path.is_relative_to(_BENCH)]


def calls(node: ast.AST) -> Iterator[str]:
    """The names of the functions that are called within."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")


def test_nothing_is_asserted_of_a_clock() -> None:
    assert_none(
        place(path, node.lineno, "measure something else; what may run away goes into limits.limited")
        for path in files_of_tests()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assert) and CLOCKS & set(calls(node.test))
    )
