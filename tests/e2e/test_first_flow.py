"""The guide "Your first flow" works as printed: its files are written, its commands run, its answers compared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from e2e import test_tutorial as tutorial
from e2e.test_readme import ROOT, fits

PAGE = ROOT / "docs" / "guides" / "flows.md"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The blocks of this guide."""
    monkeypatch.setattr(tutorial, "PAGE", PAGE)
    yield


terminal = tutorial.terminal


@pytest.mark.usefixtures("page")
def test_the_first_flow_works_as_printed(terminal: tutorial.Terminal) -> None:
    count = 0
    for block in tutorial.blocks():
        if block["path"]:
            tutorial.write(terminal.folder, block["path"], block["text"])
        for command, pattern in tutorial.commands(block["text"]) if block["kind"] == "console" else ():
            printed = terminal.answer(command)
            assert fits(printed, pattern), f"{command}\nprints\n{printed}\nand not\n{pattern}"
            count += 1
    assert count > 15


@pytest.mark.usefixtures("page")
def test_its_documents_are_in_the_canonical_form() -> None:
    texts = [block["text"] for block in tutorial.blocks() if block["kind"] == "json" and block["path"]]
    assert len(texts) == 6 and tutorial.misformed(texts) == []
