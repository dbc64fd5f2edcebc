"""Mappings that stand in no package: kept for the batch that they were made for, compiled as the release is now."""

from __future__ import annotations

from collections.abc import Mapping

from tessera.engine.work import Work
from tessera.errors import Json, NotFound, Problem
from tessera.meta.alone import compile_alone
from tessera.meta.documents import Document
from tessera.meta.kinds.mapping import Mapping as MappingPart
from tessera.store.system import assistant

PACKAGE = "adhoc"
_KEPT = 100


def is_ad_hoc(key: str) -> bool:
    """Whether that is the key of such a mapping."""
    return key.startswith(f"{PACKAGE}:")


def keep(work: Work, body: Mapping[str, Json]) -> str:
    """Keep the document of a mapping; gives its key."""
    values = {"body": dict(body), "created_at": work.now, "created_by": work.ctx.actor.name}
    return f"{PACKAGE}:{assistant.insert_ad_hoc(work.tx, values)}"


def body_of(work: Work, key: str) -> Mapping[str, Json]:
    """Its document. Raises: NotFound."""
    number = key.removeprefix(f"{PACKAGE}:")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    found = assistant.ad_hoc_body(work.tx, int(number)) if is_number else None
    if found is None:
        raise NotFound(what="mapping")
    return found


def part_of(work: Work, key: str) -> MappingPart:
    """The mapping of that key. Raises: NotFound, also when the release does not have any more what it names."""
    kept: dict[str, MappingPart] = work.model.cache.setdefault("mapping.ad_hoc", {})
    found = kept.get(key)
    if found is None:
        found, problems = compiled(work, body_of(work, key), key.removeprefix(f"{PACKAGE}:"))
        if found is None or problems:
            raise NotFound(what="mapping")
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = found
    return found


def compiled(work: Work, body: Mapping[str, Json], uid: str = "now") -> tuple[MappingPart | None, list[Problem]]:
    """The mapping of a document, and what is wrong with it; pointers lead into the document."""
    document = Document(PACKAGE, "mapping", uid, str(body.get("name", "")), "mapping.json", body)
    part, problems = compile_alone(work.model, document)
    placed = [Problem(each.code, each.pointer.partition("#")[2], each.message, each.hint, each.params)
              for each in problems]  # fmt: skip
    return part, placed
