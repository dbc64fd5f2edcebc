"""One more document compiled against a release, without publishing it: what somebody uses once, such as a mapping."""

from __future__ import annotations

from typing import Any

from tessera.errors import Problem
from tessera.meta.documents import Document
from tessera.meta.kinds.base import KINDS
from tessera.meta.linker import Linker
from tessera.meta.model import Model
from tessera.meta.schema import validate
from tessera.meta.structure import check_uids


def compile_alone(model: Model, document: Document) -> tuple[Any, list[Problem]]:
    """The compiled form of a document that may name all that the release has, and what is wrong with it.

    The form is None when there are problems. Nothing of the release is compiled again.
    """
    kind = KINDS[document.kind]
    problems = [*validate(document), *check_uids(document)]
    if problems:
        return None, problems
    known = [each for each in model.parts["document"].values() if each.key != document.key]
    linker = Linker(known)
    for each in known:
        if each.kind in KINDS:
            linker.declare_name(each)
    for each in known:
        if each.kind in KINDS:
            KINDS[each.kind].declare(each, linker)
    for each in known:
        for alias in each.body.get("aliases", ()) if each.kind in KINDS else ():
            linker.declare_alias(each.kind, alias, each.key)
    linker.documents[document.key] = document
    part = kind.compile(document, linker)
    problems = [each for each in linker.problems() if each.pointer.startswith(f"{document.file}#")]
    return (None if problems else part), problems
