"""What stands in Python and in the browser alike: field types, and the units of the browser's own code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from browser.browser_kit import WEBUI
from conftest import missing
from tessera.meta.fields import FIELD_TYPES


def node() -> str:
    """A Node.js that is new enough: the machine's, else the one of the virtual environment."""
    for found in (shutil.which("node"), str(Path(sys.executable).with_name("node"))):
        if found and Path(found).exists():
            text = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
            if text.startswith("v") and int(text[1:].split(".")[0]) >= 22:
                return found
    return ""


@pytest.fixture(scope="module")
def node_path() -> str:
    """Where node is."""
    found = node()
    if not found or not (WEBUI / "node_modules").is_dir():
        missing("no Node.js 22 with webui/node_modules: python3 dev.py lint fetches both")
    return found


def test_every_field_type_has_its_folder_in_the_browser() -> None:
    folders = {path.parent.name for path in (WEBUI / "src" / "fields").glob("*/type.tsx")}
    assert folders == set(FIELD_TYPES)


def test_every_folder_registers_the_type_of_its_name() -> None:
    for path in (WEBUI / "src" / "fields").glob("*/type.tsx"):
        text, name = path.read_text("utf-8"), path.parent.name
        assert f'name: "{name}"' in text or f'computedType("{name}"' in text, path


def test_both_languages_have_the_same_texts() -> None:
    def keys(value: object, path: str = "") -> dict[str, str]:
        if isinstance(value, str):
            return {path: value}
        assert isinstance(value, dict), path
        return {key: text for name, each in value.items() for key, text in keys(each, f"{path}.{name}").items()}

    folder = WEBUI / "src" / "lib" / "messages"
    zh, en = (keys(json.loads((folder / f"{each}.json").read_text("utf-8"))) for each in ("zh-CN", "en"))
    assert sorted(zh) == sorted(en)
    assert [key for key, text in {**zh, **en}.items() if not text.strip()] == []


def test_the_units_of_the_browser_pass(node_path: str) -> None:
    command = [node_path, str(WEBUI / "node_modules" / "vitest" / "vitest.mjs"), "run", "--reporter=dot"]
    environment = {**os.environ, "CI": "true"}
    done = subprocess.run(command, cwd=WEBUI, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
