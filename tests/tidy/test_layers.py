"""Imports point one way, and each third party has one door (from the syntax trees)."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tidy.sources import PLATFORM, REPOSITORY, assert_none, place, python_files, tree

ORDER = (
    ("errors", "names", "settings", "context", "registry", "faults"),
    ("formula",),
    ("meta",),
    ("store",),
    ("engine",),
    ("plugin", "relay"),
    ("runtime",),
    ("jobs", "web"),
    ("cli",),
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
STRANGERS = {("web", "jobs"), ("jobs", "web")}
DOORS = {
    "simpleeval": {"formula"},
    "jsonschema": {"meta"},
    "sqlalchemy": {"store", "engine"},
    "alembic": {"store"},
    "psycopg": {"store"},
    "rq": {"relay", "jobs"},
    "redis": {"relay", "jobs"},
    "flask": {"web"},
    "werkzeug": {"web"},
    "urllib3": {"engine"},
    "click": {"cli"},
    "rich": {"cli"},
}

IMPORTED_AS = {"argon2_cffi": "argon2"}


def room_of(path: Path) -> str:
    """The room that a file of the platform stands in."""
    return path.relative_to(PLATFORM).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of every module that the file imports, at any depth of it."""
    package = ("tessera", *path.relative_to(PLATFORM).parent.parts)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *filter(None, [node.module])))
            yield node.lineno, name
            if name == "tessera":
                yield from ((node.lineno, f"tessera.{alias.name}") for alias in node.names)


def rooms() -> Iterator[tuple[Path, str, int, str]]:
    """File, its room, line and imported module, for the whole platform."""
    for path in python_files(below="platform"):
        if path.parent != PLATFORM or path.name != "__init__.py":
            for line, name in imports(path):
                yield path, room_of(path), line, name


def test_every_room_is_listed() -> None:
    known = {room_of(path) for path in python_files(below="platform")} - {"__init__", "__main__"}
    assert known <= set(RANK)


def test_rooms_import_only_rooms_to_their_left() -> None:
    found = []
    for path, room, line, name in rooms():
        parts = name.split(".")
        if parts[0] != "tessera" or len(parts) < 2 or parts[1] not in RANK:
            continue
        if RANK[parts[1]] > RANK[room] or (room, parts[1]) in STRANGERS:
            found.append(place(path, line, f"{room} may not import {parts[1]}"))
    assert_none(found)


def test_third_parties_have_one_door() -> None:
    assert_none(
        place(path, line, f"{name} may be imported only in {', '.join(sorted(DOORS[name.split('.')[0]]))}")
        for path, room, line, name in rooms()
        if room not in DOORS.get(name.split(".")[0], {room})
    )


def test_every_third_party_is_a_dependency() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [each for listed in project.get("optional-dependencies", {}).values() for each in listed]
    names = {re.split(r"[^A-Za-z0-9_-]", each)[0].replace("-", "_") for each in (*project["dependencies"], *extras)}
    known = {IMPORTED_AS.get(name, name) for name in names} | {*sys.stdlib_module_names, "tessera"}
    assert_none(
        place(path, line, f"{name} is no dependency of pyproject.toml")
        for path, _, line, name in rooms()
        if name.split(".")[0] not in known
    )
