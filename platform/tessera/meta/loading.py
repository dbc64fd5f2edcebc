"""Packages from a folder, a zip or a set of files. All problems of reading are told together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tessera.errors import Invalid, Problem, TesseraError
from tessera.meta.archive import (
    DEFAULT_LIMITS,
    ArchiveLimits,
    BadArchive,
    ensure_distinct,
    ensure_safe_path,
    read_zip,
)
from tessera.meta.documents import Document, Package, package_of, read_document

HEAD = "tessera.json"


def load_folder(path: str | os.PathLike[str], limits: ArchiveLimits = DEFAULT_LIMITS) -> Package:
    """The package in a folder. Raises: Invalid with a problem for each file that cannot be read, BadArchive."""
    root = Path(path)
    if not root.is_dir():
        raise BadArchive(why=f"there is no folder {root.name!r}")
    files: dict[str, bytes] = {}
    total = 0
    for each in sorted(_walk(root)):
        inside = each.relative_to(root).as_posix()
        if each.is_symlink() or not each.is_file():
            raise BadArchive(why=f"{inside!r} is a link or no file")
        ensure_safe_path(inside)
        total += each.stat().st_size
        if len(files) >= limits.files or total > limits.bytes or each.stat().st_size > limits.file_bytes:
            raise BadArchive(why=f"it is too large at {inside!r}")
        files[inside] = each.read_bytes()
    return load_files(files, default_name=root.resolve().name)


def _walk(root: Path) -> list[Path]:
    """Every file below, but hidden ones; a linked folder is given as the link itself."""
    found: list[Path] = []
    for folder, names, files in os.walk(root, followlinks=False):
        here = Path(folder)
        names[:] = [name for name in names if not name.startswith(".")]
        found += [here / name for name in names if (here / name).is_symlink()]
        found += [here / name for name in files if not name.startswith(".")]
    return found


def load_zip(data: bytes, limits: ArchiveLimits = DEFAULT_LIMITS) -> Package:
    """The package in a zip, whose files stand at the top or in one folder. Raises: BadArchive, Invalid."""
    files = read_zip(data, limits)
    tops = {path.split("/", 1)[0] for path in files}
    if HEAD not in files and len(tops) == 1 and all("/" in path for path in files):
        files = {path.split("/", 1)[1]: content for path, content in files.items()}
    return load_files(files)


def load_files(files: Mapping[str, bytes], default_name: str = "package") -> Package:
    """The package of these files by path. Raises: Invalid with a problem for each that cannot be read, BadArchive.

    default_name: names the package in problems when its tessera.json does not.
    """
    ensure_distinct(list(files))
    for path in files:
        ensure_safe_path(path)
    name = _name_of(files, default_name)
    documents: list[Document] = []
    problems: list[Problem] = []
    others: dict[str, bytes] = {}
    for path, data in sorted(files.items()):
        if not path.endswith(".json"):
            others[path] = data
            continue
        try:
            documents.append(read_document(name, path, data))
        except TesseraError as error:
            problems.extend(error.problems())
    if problems:
        raise Invalid(problems)
    return package_of(name, documents, others)


def _name_of(files: Mapping[str, bytes], default_name: str) -> str:
    if HEAD not in files:
        return default_name
    try:
        return read_document(default_name, HEAD, files[HEAD]).name or default_name
    except TesseraError:
        return default_name
