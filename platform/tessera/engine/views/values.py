"""The values of a view's columns for some records: what a list asks for beside the records themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tessera.engine.views.formats import Plain, shaper
from tessera.engine.views.run import values, view_named, zone_of
from tessera.engine.views.sources import visible
from tessera.engine.work import Work
from tessera.errors import NotFound
from tessera.formula import check_formula
from tessera.formula.shapes import Scope
from tessera.meta.kinds.view import ViewColumn


def values_of(work: Work, name: str, ids: Sequence[int]) -> dict[int, dict[str, Plain]]:
    """By id, the columns that the actor may see of those records, as they are shown. Records that he may not see,
    or that are not in the view, are left out. Raises: NotFound, also for a view of anything but records."""
    view = view_named(work, name)
    if view.source != "entity":
        raise NotFound(what="view")
    if not ids:
        return {}
    entity = work.model.entities[view.of]
    zone = zone_of(work, view)
    shown = [each for each in view.columns if not each.is_hidden and visible(work, view, each.value)]
    own = ViewColumn("id", "id", entity.label, check_formula("id", Scope(entity)))
    shapes = [shaper(each, zone) for each in shown]
    condition = f"IN(id, {', '.join(map(str, ids))})"
    rows = values(work, replace(view, sort=()), (own, *shown), zone, condition)
    return {
        row[0]: {each.name: shape(value) for each, shape, value in zip(shown, shapes, row[1:], strict=True)}
        for row in rows
    }
