"""Packages as releases keep them: to rows of the catalogue and back, and to the Model."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from tessera.meta import Model, Package, compile_model, fmt
from tessera.meta.documents import document_of, package_of, parse_json
from tessera.store import Tx
from tessera.store.system import catalog
from tessera.store.system.catalog import StoredDocument


def load_packages(tx: Tx, number: int) -> list[Package]:
    """The packages of a release, by name; none for number 0."""
    grouped: dict[str, list[StoredDocument]] = {}
    for each in catalog.documents(tx, number):
        grouped.setdefault(each.package, []).append(each)
    return [_package(name, rows) for name, rows in sorted(grouped.items())]


def load_model(tx: Tx, number: int) -> Model:
    """The compiled Model of a release; an empty one for number 0."""
    return compile_model(load_packages(tx, number), number=number)


def dump_packages(packages: Iterable[Package]) -> list[StoredDocument]:
    """The rows that keep these packages, by package and path."""
    found: list[StoredDocument] = []
    for package in packages:
        for document in package.documents:
            found.append(_row(package.name, document.path, fmt(document.body), is_file=False))
        for path, data in package.files.items():
            found.append(_row(package.name, path, base64.b64encode(data).decode("ascii"), is_file=True))
    return sorted(found, key=lambda each: (each.package, each.path))


def hash_of(rows: Iterable[StoredDocument]) -> str:
    """One SHA-256 over all documents: equal for equal content."""
    digest = hashlib.sha256()
    for each in rows:
        digest.update(f"{each.package}\n{each.path}\n{each.hash}\n".encode())
    return digest.hexdigest()


def _row(package: str, path: str, content: str, *, is_file: bool) -> StoredDocument:
    return StoredDocument(package, path, hashlib.sha256(content.encode()).hexdigest(), content, is_file)


def _package(name: str, rows: list[StoredDocument]) -> Package:
    documents = [document_of(name, row.path, parse_json(row.content)) for row in rows if not row.is_file]
    files = {row.path: base64.b64decode(row.content) for row in rows if row.is_file}
    return package_of(name, documents, files)
