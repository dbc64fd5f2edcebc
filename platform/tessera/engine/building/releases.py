"""Two releases side by side."""

from __future__ import annotations

from tessera.engine.building.base import documents_of, model_of
from tessera.engine.building.merging import differences
from tessera.engine.work import Work
from tessera.errors import Json, NotFound
from tessera.meta import diff
from tessera.store.system import catalog


def release_diff(work: Work, number: int, other: int | None = None) -> dict[str, Json]:
    """What changed from release `other` (None: the one before) to a release. Raises: NotFound.

    {"from", "to", "changes": as a plan has them, "documents": [{"key", "kind", "name", "differences"}]}.
    """
    row = catalog.release(work.tx, number)
    if row is None:
        raise NotFound(what="release")
    before = row.parent if other is None else other
    if before and catalog.release(work.tx, before) is None:
        raise NotFound(what="release")
    old, new = model_of(work, before), model_of(work, number)
    was, now = documents_of(old), documents_of(new)
    listed = []
    for key in sorted({*was, *now}):
        told = now.get(key) or was[key]
        found = differences(was[key].body if key in was else None, now[key].body if key in now else None)
        if found:
            places = [each.to_json() for each in found]
            listed.append({"key": key, "kind": told.kind, "name": told.name, "differences": places})
    return {"from": before, "to": number, "changes": diff(old, new).to_json(), "documents": listed}
