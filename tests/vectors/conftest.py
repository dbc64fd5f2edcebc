"""The browser's formulas, built for Node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vectors.browser import Browser

UI = Path(__file__).resolve().parents[2] / "webui"
NODE_LEAST = 22


def _node() -> str | None:
    own = Path(sys.executable).with_name("node")
    for found in (shutil.which("node"), str(own) if own.exists() else None):
        if found is not None:
            told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
            if told.startswith("v") and int(told[1:].split(".")[0]) >= NODE_LEAST:
                return found
    return None


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """The evaluator of the user interface. Without Node and its packages: a failure under CI=true, else a skip."""
    node, bundler = _node(), UI / "node_modules" / "rolldown" / "bin" / "cli.mjs"
    if node is None or not bundler.exists():
        message = "Node.js and the packages of webui are not installed: python3 dev.py lint installs them."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    built = tmp_path_factory.mktemp("browser") / "stream.mjs"
    source = UI / "src" / "formula" / "stream.ts"
    command = [node, bundler, source, "--platform", "node", "--format", "esm", "--file", built, "--log-level", "warn"]
    subprocess.run([str(part) for part in command], cwd=UI, check=True, capture_output=True)
    return Browser([node, built])
