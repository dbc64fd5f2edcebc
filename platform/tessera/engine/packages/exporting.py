"""Packages as files again: zips or folders, equal byte for byte for an equal release."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tessera.errors import NotFound
from tessera.meta import Package, fmt

_EPOCH = (1980, 1, 1, 0, 0, 0)


def chosen(packages: Iterable[Package], names: Sequence[str]) -> list[Package]:
    """The packages of those names, or all. Raises: NotFound("not_found") for a name that is not there."""
    known = {each.name: each for each in packages}
    for name in names:
        if name not in known:
            raise NotFound(what=f'package "{name}"')
    return [known[name] for name in (names or sorted(known))]


def files_of(package: Package) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file of a package, by path."""
    found = {each.path: fmt(each.body).encode("utf-8") for each in package.documents}
    yield from sorted({**dict(package.files), **found}.items())


def export_zip(package: Package) -> bytes:
    """A zip that holds the folder of a package."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files_of(package):
            entry = zipfile.ZipInfo(f"{package.name}/{path}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def write_folder(packages: Iterable[Package], folder: Path) -> list[Path]:
    """Write a folder for each package; gives the files written. Files that stand there already are replaced."""
    written: list[Path] = []
    for package in packages:
        for path, data in files_of(package):
            file = folder / package.name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            written.append(file)
    return written
