"""The documentation is complete: generated pages are fresh, and everything public is named in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tessera.meta import check
from tidy import rules_page
from tidy.reference import PAGES, REFERENCE, written
from tidy.sources import REPOSITORY, assert_none, files


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages as they should be, and the names that must be in the documentation."""
    return written(tmp_path_factory.mktemp("reference"))


@pytest.mark.parametrize("page", PAGES)
def test_the_generated_pages_are_fresh(generated: Path, page: str) -> None:
    path = REFERENCE / page
    wanted = (generated / page).read_text("utf-8")
    assert path.exists() and path.read_text("utf-8") == wanted, "run: python3 dev.py docs"


def words_of_the_docs() -> str:
    """All pages as one text."""
    return "\n".join(path.read_text("utf-8") for path in files(".md") if path.is_relative_to(REPOSITORY / "docs"))


def test_everything_public_is_in_the_docs(generated: Path) -> None:
    text, names = words_of_the_docs(), json.loads((generated / "names.json").read_text("utf-8"))
    assert len(names) > 200
    assert_none(f"{name.strip()} is not in docs/" for name in names if name not in text)


def test_every_step_and_move_of_rules_has_an_example_that_compiles() -> None:
    assert set(rules_page.EXAMPLES) == rules_page.step_names()
    assert_none(f"{each.pointer}: {each.message}" for each in check([rules_page.package_of_examples()]))


def test_every_decision_and_guide_is_listed() -> None:
    docs = REPOSITORY / "docs"
    for folder, index in (("decisions", docs / "decisions" / "README.md"), ("guides", docs / "README.md")):
        text = index.read_text("utf-8")
        missing = [path.name for path in (docs / folder).glob("*.md") if path.name not in text and path != index]
        assert missing == []
