"""What a draft stands on: the documents of its base release, as they are after all overlays."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tessera.engine.packages.stored import load_model
from tessera.engine.work import Work
from tessera.meta.documents import Document
from tessera.meta.model import Model

HIDDEN_KINDS = frozenset({"overlay", "package"})
"""Kinds that no builder sees: a draft makes overlays and the package's document by itself."""


def model_of(work: Work, number: int) -> Model:
    """The Model of a release, kept beside that of the head."""
    if number == work.model.number:
        return work.model
    kept = work.model.cache
    found: Model | None = kept.get(("release", number))
    if found is None:
        found = kept["release", number] = load_model(work.tx, number)
    return found


def documents_of(model: Model) -> Mapping[str, Document]:
    """The documents of a release by key, overlays merged in; without overlays and package documents."""
    found: Mapping[str, Document] | None = model.cache.get("building.documents")
    if found is None:
        every = {each.key: each for each in model.all("document") if each.kind not in HIDDEN_KINDS}
        found = model.cache["building.documents"] = MappingProxyType(every)
    return found
