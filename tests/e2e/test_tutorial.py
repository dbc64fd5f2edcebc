"""The tutorial works as printed: its files are written, its commands run, its answers compared."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.serving import server
from e2e.test_readme import ROOT, fits
from tessera.cli.main import run
from tessera.meta import fmt
from tessera.meta.documents import parse_json

PAGE = ROOT / "docs" / "tutorial.md"
_BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export (\w+)=(.*)")
_PROGRESS = re.compile(r"(reading|writing|settling)\s+━")


def blocks() -> Iterator[re.Match[str]]:
    """Every fenced block of the page, with the path that stands above it."""
    return _BLOCK.finditer(PAGE.read_text("utf-8"))


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a session with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed.strip()


@dataclass
class Terminal:
    """A shell in a folder: it keeps variables and functions; tessera runs within this process, all else in bash.

    port: where the server listens, which need not be 8000.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    port: int = 8000
    functions: list[str] = field(default_factory=list)

    def answer(self, command: str) -> str:
        """What a command prints, errors included and progress not."""
        command = command.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        export = _EXPORT.fullmatch(command)
        if command == "tessera serve &":
            self.port = self.stack.enter_context(server())
        elif export is not None:
            name, value = export.groups()
            self.monkeypatch.setenv(name, self._bash(f"printf %s {value}"))
        elif command.startswith("call()"):
            self.functions.append(command)
        else:
            return self._tessera(command) if command.startswith("tessera ") else self._bash(command)
        return ""

    def _tessera(self, command: str) -> str:
        printed = io.BytesIO()
        with io.TextIOWrapper(printed, "utf-8", write_through=True) as text:
            with redirect_stdout(text), redirect_stderr(text):
                run(shlex.split(command)[1:])
            lines = printed.getvalue().decode().splitlines()
        return "\n".join(line for line in lines if not _PROGRESS.match(line))

    def _bash(self, command: str) -> str:
        script = "\n".join([*self.functions, command])
        shell = ["bash", "-c", script]
        done = subprocess.run(shell, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in an empty folder, with the command `tessera`."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the tutorial needs bash and curl")
    programs, folder = tmp_path / "bin", tmp_path / "repair_shop"
    for each in (programs, folder):
        each.mkdir()
    (programs / "tessera").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tessera.cli "$@"\n', "utf-8")
    (programs / "tessera").chmod(0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    with ExitStack() as stack:
        yield Terminal(folder, monkeypatch, stack)


def write(folder: Path, path: str, text: str) -> None:
    """Write a file of the tutorial."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, "utf-8")


def test_the_tutorial_works_as_printed(terminal: Terminal) -> None:
    for block in blocks():
        if block["path"]:
            write(terminal.folder, block["path"], block["text"])
        for command, pattern in commands(block["text"]) if block["kind"] == "console" else ():
            printed = terminal.answer(command)
            assert fits(printed, pattern), f"{command}\nprints\n{printed}\nand not\n{pattern}"


def test_its_documents_are_in_the_canonical_form() -> None:
    texts = [block["text"] for block in blocks() if block["kind"] == "json"]
    assert len(texts) > 10
    assert misformed(texts) == []


def misformed(texts: Iterable[str]) -> list[str]:
    """The documents that `tessera fmt` would change."""
    return [text for text in texts if text != fmt(parse_json(text))]
