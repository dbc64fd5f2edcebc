"""The kind `package`: tessera.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tessera.meta.documents import Document
from tessera.meta.kinds.base import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.model import Label


@dataclass(frozen=True, slots=True)
class PackagePart:
    """What is installed: name, version and label."""

    key: str
    name: str
    version: str
    label: Label


class PackageKind(Kind):
    """tessera.json: what a package is called and requires. Requirements are checked before anything is compiled."""

    name: ClassVar[str] = "package"
    phase: ClassVar[int] = 0

    def compile(self, document: Document, linker: Linker) -> Any:
        """The package's name, version and label."""
        label = linker.label(document.body, document.at())
        return PackagePart(document.key, document.name, str(document.body["version"]), label)


KINDS.add("package", PackageKind())
