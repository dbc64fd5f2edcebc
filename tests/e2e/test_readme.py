"""The README's session with the API works as printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.serving import server
from tessera.cli.main import run

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [ROOT / "metadata" / name for name in ("retail", "loyalty")]


def session() -> list[tuple[str, str]]:
    """Each command of the README's session with what it prints."""
    block = re.search(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    parts = re.split(r"^\$ ", block.group(1), flags=re.MULTILINE)[1:]
    return [(part.split("\n", 1)[0], part.split("\n", 1)[1].strip()) for part in parts]


def fits(printed: str, pattern: str) -> bool:
    """Whether the text is what stands in the README, where … stands for anything."""
    wanted = ".*".join(re.escape(part) for part in pattern.split("…"))
    return re.fullmatch(wanted, printed.strip(), re.DOTALL) is not None


def test_the_session_of_the_readme_works_as_printed(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("the session needs bash and curl")
    monkeypatch.setenv("TESSERA_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TESSERA_DATA_DIR", str(tmp_path))
    assert run(["init", "--admin", "admin", "--password", "a rather long sentence 7"]) == 0
    assert run(["apply", "--yes", *map(str, PACKAGES)]) == 0
    capsys.readouterr()
    assert run(["key", "add", "admin"]) == 0
    key = capsys.readouterr().out.strip()
    script = "\n".join(f"{command}\necho ----" for command, _ in session()).replace("tsk_…", key)
    with server() as port:
        script = script.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    for (command, pattern), printed in zip(session(), done.stdout.split("----\n"), strict=False):
        assert fits(printed, pattern), f"{command}\nprints\n{printed}\nand not\n{pattern}"
