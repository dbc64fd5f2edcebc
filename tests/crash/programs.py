"""The programs on which the crash tests run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crash.varied import varied
from packages.building import work_package
from packages.retailer import program
from tessera.meta import Package
from tessera.meta.documents import document_of, package_of


def revising() -> Sequence[Package]:
    """The retailer's program, except that a document that comes again differently takes the place of the first."""
    changes: dict[str, Any] = {
        "classes": [{"uid": "repeated", "remove": True}],
        "documents": [{"uid": "doc", "on_repeat": "revise"}],
    }
    overlay = {"kind": "overlay", "uid": "again", "of": "online_retail:or_file", "changes": changes}
    head = {
        "kind": "package",
        "uid": "revising",
        "name": "revising",
        "version": "1.0.0",
        "label": {"zh": "修订", "en": "Revising"},
        "requires": [{"uid": "or", "package": "online_retail", "version": "1.0.0"}],
    }
    documents = [document_of("revising", "tessera.json", head), document_of("revising", "overlay.json", overlay)]
    return [*program(), package_of("revising", documents)]


PROGRAMS = {"retailer": program, "revising": revising, "varied": varied, "work": lambda: [work_package()]}
