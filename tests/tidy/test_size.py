"""The size budget: small files, small functions, and a docstring on every public name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tidy.sources import assert_none, files, place, python_files, tree

FILE_LINES = 500
FUNCTION_LINES = 60
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_files_have_at_most_500_lines() -> None:
    sources = [path for path in files(".py", ".ts", ".tsx") if ".gen." not in path.name]
    lengths = ((path, len(path.read_text("utf-8").splitlines())) for path in sources)
    assert_none(place(path, 1, f"{count} lines; split it") for path, count in lengths if count > FILE_LINES)


def test_functions_have_at_most_60_lines() -> None:
    found = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(place(path, node.lineno, f"{node.name} has {lines} lines"))
    assert_none(found)


def public(path: Path, node: ast.AST, prefix: str = "") -> Iterator[tuple[int, str, str | None]]:
    """Line, name and docstring of the public classes, functions and methods of a module."""
    for child in getattr(node, "body", []):
        if isinstance(child, (*Function.__args__, ast.ClassDef)) and not child.name.startswith("_"):
            decorators = {ast.unparse(each) for each in child.decorator_list}
            if "overload" not in decorators and not any(each.endswith(".setter") for each in decorators):
                yield child.lineno, prefix + child.name, ast.get_docstring(child)
            if isinstance(child, ast.ClassDef):
                yield from public(path, child, f"{prefix}{child.name}.")


def test_public_names_have_docstrings() -> None:
    found = []
    for path in python_files(below="platform"):
        if not ast.get_docstring(tree(path)):
            found.append(place(path, 1, "the module has no docstring"))
        for line, name, text in public(path, tree(path)):
            if not text:
                found.append(place(path, line, f"{name} has no docstring"))
    assert_none(found)
