"""The reference of metadata is fresh and complete, and problems can be found in their files."""

from __future__ import annotations

import json

from tessera.meta import check, fmt, load_files, locate
from tessera.meta.fields import FIELD_TYPES
from tessera.meta.positions import position_of
from tessera.meta.schema import kind_names
from unit.meta.metadata_page import PAGE, page
from unit.meta.samples import good_files


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: PYTHONPATH=platform:tests python -m unit.meta.metadata_page"
    )


def test_every_kind_and_field_type_is_there() -> None:
    text = page()
    assert all(f"### {kind}\n" in text for kind in kind_names())
    assert all(f"### `{name}`\n" in text for name in FIELD_TYPES)


def test_a_problem_has_a_line_and_a_column() -> None:
    files = good_files()
    files["task.json"]["title"] = "nix"
    package = load_files({path: fmt(body).encode() for path, body in files.items()})
    (problem,) = check([package])
    assert locate(problem, [package]) == (6, 12)


def test_every_place_of_a_document_is_found() -> None:
    body = good_files()["task.json"]
    text = json.dumps(body, indent=1, ensure_ascii=True)
    line, column = position_of(text, "/fields/6/fields/1/check/message/en")
    assert text.splitlines()[line - 1][column - 1 :].startswith('"Not below zero"')
    assert position_of(text, "/nothing") == (1, 1)
