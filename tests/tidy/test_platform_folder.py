"""`platform/` is a source root and never a package; no module takes a name of the standard library."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tidy.sources import PLATFORM, REPOSITORY, assert_none, files, place, python_files

MACHINE_PATH = re.compile(r"/(?:farm|work|root|home/[a-z]+)/|[A-Z]:\\Users\\")
TEXT = (".py", ".json", ".md", ".toml", ".txt", ".lock", ".ts", ".tsx", ".css", ".html", ".yml", ".yaml", ".sh", "run")


def test_platform_is_no_package() -> None:
    assert not (REPOSITORY / "platform" / "__init__.py").exists()


def test_the_standard_platform_module_stays_importable_from_the_root() -> None:
    code = "import platform, json; print(json.dumps(platform.python_version()))"
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert json.loads(run.stdout).startswith("3.")


def test_no_module_bears_a_name_of_the_standard_library() -> None:
    found = []
    for path in python_files(below="platform"):
        parts = [part.removesuffix(".py") for part in path.relative_to(PLATFORM).parts]
        found += [place(path, 1, f"{part} is a module of the standard library")
                  for part in parts if part in sys.stdlib_module_names]
    assert_none(found)


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = []
    for path in files(*TEXT):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if MACHINE_PATH.search(line) and path.name != "test_platform_folder.py":
                found.append(place(path, number, f"a machine path: {line.strip()[:80]}"))
    assert_none(found)
