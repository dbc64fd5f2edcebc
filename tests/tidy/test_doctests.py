"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tidy.sources import PLATFORM, python_files

MODULES = sorted(
    ".".join(("tessera", *path.relative_to(PLATFORM).with_suffix("").parts)).removesuffix(".__init__")
    for path in python_files(below="platform")
    if ">>>" in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
