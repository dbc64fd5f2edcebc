"""From packages to the Model: everything that is wrong at once, or a frozen whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from tessera.errors import Invalid, Problem
from tessera.meta.aliases import keep_aliases
from tessera.meta.canonical import fmt
from tessera.meta.documents import Document, Package, pointer_steps
from tessera.meta.graph import with_sources
from tessera.meta.kinds import KINDS, Kind
from tessera.meta.linker import Linker
from tessera.meta.model import Entity, Model
from tessera.meta.overlay import effective_documents
from tessera.meta.physical import indexes_of
from tessera.meta.schema import did_you_mean, kind_names, validate
from tessera.meta.structure import check_packages, check_uids, reach_of

UNCOMPILED = frozenset({"overlay"})
"""Kinds that have a schema and no compiled form: an overlay is merged into what it is of."""


@dataclass
class _Compiled:
    linker: Linker
    documents: list[Document]


def check(packages: Iterable[Package]) -> list[Problem]:
    """Everything that is wrong with these packages together; pointers are `<package>/<file>#/json/pointer`."""
    return _compiled(list(packages)).linker.problems()


def compile_model(packages: Iterable[Package], *, number: int = 0, previous: Model | None = None) -> Model:
    """The frozen Model of these packages. Raises: Invalid with every problem.

    previous: the Model before: names that changed since stay as aliases.
    """
    given = list(packages)
    kept = keep_aliases(given, previous) if previous is not None else given
    compiled = _compiled(kept)
    problems = compiled.linker.problems()
    if problems:
        raise Invalid(problems)
    return _model(kept, compiled, number)


def link(packages: Sequence[Package]) -> Linker:
    """The linker after it has seen all that could be understood, with problems and uses (for renames)."""
    return _compiled(packages).linker


def _model(packages: Sequence[Package], compiled: _Compiled, number: int) -> Model:
    linker = compiled.linker
    originals = {each.key: each.body for package in packages for each in package.documents}
    parts = linker.parts()
    entities: dict[str, Entity] = {**parts.pop("entity", {}), **linker.extra_entities}
    entities = {key: _finished(each, linker, entities) for key, each in sorted(entities.items())}
    frozen = {kind: MappingProxyType(dict(sorted(found.items()))) for kind, found in sorted(parts.items())}
    frozen["document"] = MappingProxyType({each.key: each for each in sorted(compiled.documents, key=_by_key)})
    bodies = {each.key: each.body for each in compiled.documents}
    return Model(
        number=number,
        hash=hash_of(packages),
        documents=MappingProxyType(dict(sorted(originals.items()))),
        entities=MappingProxyType(entities),
        parts=MappingProxyType(frozen),
        names=MappingProxyType(linker.names),
        graph=with_sources(linker.uses, bodies),
    )


def _by_key(document: Document) -> str:
    return document.key


def _finished(entity: Entity, linker: Linker, entities: Mapping[str, Entity]) -> Entity:
    """With its indexes and the order in which its formula fields are worked out."""
    root = entity.parent or entity.key
    computed = []
    for each in linker.typed:
        if each.type.name != "formula":
            continue
        if each.entity.key == entity.key:
            computed.append(each.name)
        elif each.entity.parent is not None and each.entity.parent.key == root and not entity.parent:
            computed.append(f"{each.entity.parent_field}.{each.name}")
    indexes = indexes_of(entity, linker.indexes.get(entity.key, ()), linker.asked.get(entity.key, ()), entities)
    return replace(entity, indexes=indexes, computed=tuple(computed))


def hash_of(packages: Iterable[Package]) -> str:
    """SHA-256 over the canonical text of every document, whatever the order of keys, files and packages."""
    digest = sha256()
    found = sorted((each.key, fmt(each.body)) for package in packages for each in package.documents)
    for key, text in found:
        digest.update(f"{key}\n{text}".encode())
    return digest.hexdigest()


def _compiled(packages: Sequence[Package]) -> _Compiled:
    problems = check_packages(packages)
    documents, overlay_problems = effective_documents(packages)
    linker = Linker(documents, reach_of(packages))
    for each in (*problems, *overlay_problems):
        linker.problem(each.code, each.pointer, each.message, each.hint, **each.params)
    usable = [(kind, each) for each in documents if (kind := _usable(each, linker)) is not None]
    usable.sort(key=lambda pair: (pair[0].phase, pair[1].key))
    for _, document in usable:
        linker.declare_name(document)
    for kind, document in usable:
        kind.declare(document, linker)
    for _, document in usable:
        for alias in document.body.get("aliases", ()):
            linker.declare_alias(document.kind, alias, document.key)
    for kind, document in usable:
        part: Any = kind.compile(document, linker)
        if part is not None:
            linker.add_part(document.kind, document.key, part)
    return _Compiled(linker, documents)


def _merged(document: Document, problem: Problem) -> str:
    """Where to look when the place is one that overlays were merged into."""
    if not document.overlaid_by:
        return ""
    here: Any = document.body
    uid = ""
    for step in pointer_steps(problem.pointer.partition("#")[2]):
        here = here[int(step)] if isinstance(here, list) else here.get(step)
        if isinstance(here, dict):
            uid = str(here.get("uid", uid))
    what = f'the element "{uid}"' if uid and uid != document.uid else "the document"
    return f"This is {what} with the overlays of {', '.join(document.overlaid_by)} in it."


def _usable(document: Document, linker: Linker) -> Kind | None:
    """Its kind, when the document fits its schema well enough to be compiled; reports what does not."""
    if document.kind in UNCOMPILED:
        return None
    kind = KINDS.get(document.kind)
    if kind is None:
        code, known = ("missing_key", "") if not document.kind else ("unknown_kind", document.kind)
        hint = did_you_mean(document.kind, [*KINDS, *UNCOMPILED])
        linker.problem(code, document.at("kind") if known else document.at(), f'There is no kind "{known}".', hint)
        return None
    problems = [*validate(document), *check_uids(document)] if document.kind in kind_names() else []
    for each in problems:
        linker.problem(each.code, each.pointer, each.message, each.hint or _merged(document, each), **each.params)
    if not problems:
        return kind
    places = kind.tolerated([each.pointer.partition("#")[2] for each in problems])
    if places is None:
        linker.declare_name(document, is_broken=True)
        return None
    linker.broken_places |= {document.at() + place for place in places}
    return kind
