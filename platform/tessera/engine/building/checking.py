"""What is wrong with a draft, at which place of which document; and what of it can be understood all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from tessera.engine.building.assembling import assembled
from tessera.engine.building.base import HIDDEN_KINDS, documents_of, model_of
from tessera.engine.building.drafts import Draft
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, Problem
from tessera.formula.shapes import Scope, Type
from tessera.meta import Model, Package, compile_model
from tessera.meta.compile import link
from tessera.meta.documents import Document
from tessera.meta.linker import Linker

_KEPT = 8


@dataclass(frozen=True)
class Checked:
    """A draft at one version as the compiler understands it. linker: with all that could be understood.

    unwritten: places where no formula stands yet that were asked for, by document and pointer.
    """

    packages: tuple[Package, ...]
    linker: Linker
    problems: tuple[Problem, ...]
    unwritten: dict[tuple[str, str], tuple[Scope, Type | None] | None] = field(default_factory=dict, compare=False)

    @property
    def is_sound(self) -> bool:
        """Whether it could be published."""
        return not self.problems

    def documents(self) -> dict[str, Document]:
        """The documents by key, overlays merged in."""
        return {key: each for key, each in self.linker.documents.items() if each.kind not in HIDDEN_KINDS}

    def placed(self) -> list[dict[str, Json]]:
        """Every problem with the key of its document and the pointer inside."""
        files = {each.file: each for each in self.linker.documents.values()}
        return [_placed(each, files) for each in self.problems]


def checked(work: Work, draft: Draft) -> Checked:
    """The draft as the compiler understands it, kept for its version."""
    kept: dict[tuple[int, int, int], Checked] = work.model.cache.setdefault("building.checked", {})
    key = (draft.id, draft.version, draft.base)
    found = kept.get(key)
    if found is None:
        packages = tuple(assembled(work, draft))
        linker = link(packages)
        found = Checked(packages, linker, tuple(linker.problems()))
        with _GUARD:
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = found
    return found


_GUARD = Lock()


def check_draft(work: Work, draft: Draft) -> dict[str, Json]:
    """Every problem, and which documents are whole and which are not.

    {"version", "is_sound", "problems": [{"document", "kind", "name", "pointer", "code", "message", "hint", "params"}],
    "documents": {key: "sound" or "broken"}} with the documents that the draft changes and those that have problems.
    """
    found = checked(work, draft)
    placed = found.placed()
    broken = {each["document"] for each in placed}
    base = {key: each.body for key, each in documents_of(model_of(work, draft.base)).items()}
    changed = {key for key, each in found.documents().items() if base.get(key) != each.body}
    states = {key: "broken" if key in broken else "sound" for key in sorted({*changed, *broken} - {""})}
    return {"version": draft.version, "is_sound": found.is_sound, "problems": placed, "documents": states}


def draft_model(work: Work, draft: Draft) -> Model:
    """The compiled Model of a draft, kept for its version. Raises: Invalid with every problem, placed in documents."""
    kept: dict[tuple[int, int, int], Model] = work.model.cache.setdefault("building.models", {})
    key = (draft.id, draft.version, draft.base)
    found = kept.get(key)
    if found is None:
        result = checked(work, draft)
        ensure_sound(result)
        base = model_of(work, draft.base)
        found = compile_model(result.packages, number=draft.base + 1, previous=base)
        with _GUARD:
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            kept[key] = found
    return found


def ensure_sound(found: Checked) -> None:
    """Raises: Invalid with every problem; its pointers are `key#/place`."""
    if found.is_sound:
        return
    raise Invalid(
        Problem(each["code"], f"{each['document']}#{each['pointer']}", each["message"], each.get("hint", ""),
                each.get("params", {}))
        for each in found.placed()
    )  # fmt: skip


def _placed(problem: Problem, files: Mapping[str, Document]) -> dict[str, Json]:
    file, _, inside = problem.pointer.partition("#")
    found = files.get(file)
    told: dict[str, Json] = {"document": "", "kind": None, "name": None, **problem.to_json(), "pointer": inside}
    if found is not None and found.kind == "overlay":
        return {**told, "document": str(found.body.get("of", "")), "pointer": inside.removeprefix("/changes")}
    return told if found is None else {**told, "document": found.key, "kind": found.kind, "name": found.name}
