"""What the tidy tests look at: the files of the repository and their syntax trees."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PLATFORM = REPOSITORY / "platform" / "tessera"
SCHEMAS = PLATFORM / "meta" / "schemas"


@cache
def files(*endings: str) -> tuple[Path, ...]:
    """Every file of the repository that git tracks or would track, with one of the endings."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
    found = (REPOSITORY / name for name in sorted(set(names)) if name.endswith(endings))
    return tuple(path for path in found if path.is_file())


def python_files(*, below: str = "") -> list[Path]:
    """Every Python file, or those below a folder."""
    return [path for path in files(".py") if path.is_relative_to(REPOSITORY / below)]


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text("utf-8"), str(path))


def place(path: Path, line: int, text: str) -> str:
    """One finding, so written that editors jump to it."""
    return f"{path.relative_to(REPOSITORY)}:{line}: error: {text}"


def assert_none(findings: Iterable[str]) -> None:
    """Fail with every finding on its own line."""
    found = list(findings)
    assert not found, "\n" + "\n".join(found)
