"""The lock file: every dependency with hashes, and no download address."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import chain

from tidy.sources import REPOSITORY

LOCK = (REPOSITORY / "requirements.lock").read_text("utf-8")
LOCKED = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", LOCK, re.MULTILINE))


def wanted() -> set[str]:
    """Names of everything that pyproject.toml asks for."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    listed = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    return {re.split(r"[^A-Za-z0-9._-]", each)[0].lower().replace("_", "-") for each in listed}


def test_everything_that_is_asked_for_is_locked() -> None:
    assert wanted() <= {name.replace("_", "-") for name in LOCKED}


def test_every_version_has_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)
    assert [block for block in blocks if block.strip() and "--hash=sha256:" not in block] == []


def test_no_download_address_is_in_the_lock() -> None:
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_the_lock_of_the_user_interface_has_no_download_address() -> None:
    """npm takes each package from the registry that the machine is set to, and checks its hash."""
    lock = json.loads((REPOSITORY / "webui" / "package-lock.json").read_text("utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert [name for name, each in packages.items() if "resolved" in each or "://" in each["version"]] == []
    assert [name for name, each in packages.items() if not each.get("integrity", "").startswith("sha512-")] == []


def test_the_user_interface_names_exact_versions() -> None:
    package = json.loads((REPOSITORY / "webui" / "package.json").read_text("utf-8"))
    listed = {**package["dependencies"], **package["devDependencies"]}
    assert [name for name, version in listed.items() if not re.fullmatch(r"[0-9]+(\.[0-9]+){2}", version)] == []


def test_node_is_locked_with_hashes_and_without_address() -> None:
    text = (REPOSITORY / "webui" / "node.lock").read_text("utf-8")
    assert text.count("==") == 2 and "--hash=sha256:" in text and "://" not in text
