"""Which fields a release left to be filled, and what is not answered before they are.

Until then one record, and those of a page, are worked out when they are read. What would need the values of all
records (a filter, a sort, a figure) is refused in words, for it would be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable

from tessera.engine.work import Work
from tessera.errors import TesseraError
from tessera.formula import Formula
from tessera.meta.model import Entity, Field, Model
from tessera.store.builds import Build, open_builds

FORMULA = "formula"
ROLLUP = "rollup"
_BUILT = "derived.built"
_FOUND = "cache:derived.building"


class FieldBuilding(TesseraError):
    """The field "{name}" is still being filled for the records that there are, since the last release."""

    code = "field_building"
    status = 409
    hint = "Ask again when it is filled; GET /api/v1/releases/outstanding says how far that is."


def building(work: Work) -> frozenset[str]:
    """The keys of the fields that are being filled, and of all that are worked out from them."""
    if _BUILT in work.model.cache:
        return frozenset()
    found: frozenset[str] | None = work.scratch.get(_FOUND)
    if found is None:
        waiting = [each for each in open_builds(work.tx) if each.state == "waiting"]
        keys = frozenset(key for each in waiting for key in fields_of(each))
        found = work.scratch[_FOUND] = with_dependents(work.model, keys) if keys else keys
        if not keys:
            work.model.cache[_BUILT] = True
    return found


def forget(model: Model) -> None:
    """Look again: this release has just planned what is to be built."""
    model.cache.pop(_BUILT, None)


def fields_of(build: Build) -> list[str]:
    """The keys of the fields that a build fills."""
    if build.kind == ROLLUP:
        return [build.target]
    return [str(key) for key in build.details["fields"]] if build.kind == FORMULA else []


def with_dependents(model: Model, keys: frozenset[str]) -> frozenset[str]:
    """These fields and those that are worked out from them, however far."""
    known: dict[frozenset[str], frozenset[str]] = model.cache.setdefault("derived.dependents", {})
    found = known.get(keys)
    if found is None:
        every = {each.key: _inputs(model, each) for entity in model.entities.values() for each in entity.fields}
        reached, size = set(keys), 0
        while len(reached) > size:
            size = len(reached)
            reached |= {key for key, inputs in every.items() if inputs & reached}
        found = known[keys] = frozenset(reached)
    return found


def _inputs(model: Model, field: Field) -> frozenset[str]:
    formulas = (field.value, field.options.get("value"), field.options.get("where"))
    found = {key for each in formulas if isinstance(each, Formula) for key in each.refs}
    if field.type == "lookup":
        here: Entity | None = model.entities[field.entity]
        for name in field.options["path"]:
            step = here.field(name) if here is not None else None
            if step is None:
                break
            found.add(step.key)
            here = model.entities.get(step.target)
    return frozenset(found)


def ensure_built(work: Work, entity: Entity, paths: Iterable[tuple[str, ...]]) -> None:
    """Refuse what needs the values of all records. Raises: FieldBuilding("field_building")."""
    stale = building(work)
    if not stale:
        return
    for path in paths:
        here: Entity | None = entity
        for name in path:
            field = here.field(name) if here is not None else None
            if field is None:
                break
            if field.key in stale:
                raise FieldBuilding(name=name)
            here = work.model.entities.get(field.target)
