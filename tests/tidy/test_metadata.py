"""Packages of this repository: canonical form, labels in both languages, no problems, JSON only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tessera.meta import check, fmt, load_folder
from tessera.meta.documents import parse_json
from tidy.sources import REPOSITORY, assert_none, files, place

METADATA = REPOSITORY / "metadata"
FOLDERS = sorted(path.parent for path in METADATA.glob("*/tessera.json"))


def documents() -> list[Path]:
    """Every JSON file of the packages."""
    return [path for path in files(".json") if path.is_relative_to(METADATA)]


def labels(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Pointer and value of every label, help and message below a value."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"label", "help", "message"} and isinstance(value, dict):
                yield f"{pointer}/{key}", value
            yield from labels(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from labels(value, f"{pointer}/{index}")


def test_packages_hold_no_python() -> None:
    assert [path for path in METADATA.rglob("*") if path.suffix in {".py", ".js", ".so"}] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(METADATA)))
def test_documents_are_in_the_canonical_form(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text == fmt(parse_json(text)), "run: tessera fmt metadata"


def test_labels_stand_in_both_languages() -> None:
    assert_none(
        place(path, 1, f"{pointer} lacks a language")
        for path in documents()
        for pointer, label in labels(json.loads(path.read_text("utf-8")))
        if not (label.get("zh") and label.get("en"))
    )


def test_all_packages_together_have_no_problems() -> None:
    assert_none(f"{each.pointer}: {each.message}" for each in check([load_folder(folder) for folder in FOLDERS]))
