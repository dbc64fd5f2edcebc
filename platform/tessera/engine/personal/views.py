"""Saved views: a list with filter, order and columns as somebody wants it, for himself or shared with others.

Views of the metadata are locked: they can be a beginning, never changed here. Whoever opens a shared view sees what his
own rights allow; one that names what he may not read is not there for him.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tessera.engine.access import rights
from tessera.engine.building.rights import may
from tessera.engine.records.errors import StaleVersion
from tessera.engine.records.reading import compiled_filter, visible_path
from tessera.engine.views.sources import visible
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem, TesseraError, UnknownField
from tessera.formula import FormulaError
from tessera.meta.kinds.view import View
from tessera.meta.model import Entity
from tessera.store.system.personal import saved_view

MOST_VIEWS = 300
_LABEL = 100
_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved view. owner: id of the user. body: see `checked_body`."""

    id: int
    owner: int
    entity: str
    based_on: str | None
    label: str
    icon: str | None
    is_shared: bool
    place: int
    body: Mapping[str, Json]
    version: int
    created_at: datetime
    updated_at: datetime
    updated_by: int


def view_json(work: Work, found: SavedView) -> dict[str, Json]:
    """A saved view as it goes over the wire."""
    base = work.model.parts.get("view", {}).get(found.based_on or "")
    return {
        "id": found.id, "entity": work.model.entities[found.entity].name, "label": found.label, "icon": found.icon,
        "sharing": "shared" if found.is_shared else "personal", "based_on": base.name if base is not None else None,
        "place": found.place, "body": dict(found.body), "version": found.version, "is_mine": _is_mine(work, found),
        "may_change": _may_change(work, found), "updated_at": found.updated_at,
    }  # fmt: skip


def list_views(work: Work, entity_name: str) -> list[dict[str, Json]]:
    """The views of an entity that the actor may use: locked ones of the metadata, then shared and personal ones."""
    entity = _readable(work, entity_name)
    rows = saved_view.c
    query = (
        sa.select(saved_view)
        .where(rows.entity == entity.key, sa.or_(rows.is_shared, rows.owner == work.ctx.actor.id))
        .order_by(rows.place, rows.id)
        .limit(1_000)
    )
    saved = [SavedView(**row) for row in work.tx.rows(query)]
    return [*_locked(work, entity), *(view_json(work, each) for each in saved if _is_sound(work, entity, each))]


def get_view(work: Work, number: int) -> SavedView:
    """One saved view. Raises: NotFound, also for another's personal one or one over what the actor may not read."""
    row = work.tx.row(sa.select(saved_view).where(saved_view.c.id == number))
    found = SavedView(**row) if row is not None else None
    if found is None or found.entity not in work.model.entities or not (found.is_shared or _is_mine(work, found)):
        raise NotFound(what="view")
    entity = work.model.entities[found.entity]
    if not rights(work, entity).can_read or not _is_sound(work, entity, found):
        raise NotFound(what="view")
    return found


def create_view(work: Work, given: Mapping[str, Json]) -> SavedView:
    """Save a view: entity, label, sharing, body, based_on, icon. Raises: Invalid, NotFound, UnknownField."""
    entity = _readable(work, str(given.get("entity", "")))
    count = work.tx.scalar(sa.select(sa.func.count()).where(saved_view.c.owner == work.ctx.actor.id))
    if count >= MOST_VIEWS:
        raise Invalid([Problem("too_many", "", f"You have {MOST_VIEWS} views already.", "Delete one.")])
    values = _checked(work, entity, {"sharing": "personal", "body": {}, **given}, is_new=True)
    number = work.tx.allocate(saved_view.name, 1)[0]
    row = {
        "id": number, "owner": work.ctx.actor.id, "entity": entity.key, "based_on": None, "icon": None, "place": number,
        "version": 1, "created_at": work.now, "updated_at": work.now, "updated_by": work.ctx.actor.id, **values,
    }  # fmt: skip
    work.tx.execute(sa.insert(saved_view), [row])
    return get_view(work, number)


def change_view(work: Work, number: int, given: Mapping[str, Json], version: int | None = None) -> SavedView:
    """Change parts of a saved view. Raises: NotFound, Forbidden, StaleVersion("stale_version"), Invalid."""
    found = _changeable(work, number, version)
    values = _checked(work, work.model.entities[found.entity], given, is_new=False)
    stamped = {**values, "version": found.version + 1, "updated_at": work.now, "updated_by": work.ctx.actor.id}
    work.tx.execute(sa.update(saved_view).where(saved_view.c.id == number).values(**stamped))
    return get_view(work, number)


def delete_view(work: Work, number: int) -> None:
    """Delete a saved view. Raises: NotFound, Forbidden."""
    _changeable(work, number, None)
    work.tx.execute(sa.delete(saved_view).where(saved_view.c.id == number))


def _changeable(work: Work, number: int, version: int | None) -> SavedView:
    work.tx.lock_rows(saved_view, [number])
    found = get_view(work, number)
    if not _may_change(work, found):
        raise Forbidden(action="change")
    if version is not None and version != found.version:
        raise StaleVersion(version=found.version)
    return found


def _is_mine(work: Work, found: SavedView) -> bool:
    return found.owner == work.ctx.actor.id


def _may_change(work: Work, found: SavedView) -> bool:
    return _is_mine(work, found) or (found.is_shared and may(work, "design"))


def _readable(work: Work, name: str) -> Entity:
    entity = work.entity(name)
    if not rights(work, entity).can_read:
        raise NotFound(what="entity")
    return entity


def _locked(work: Work, entity: Entity) -> list[dict[str, Json]]:
    """The metadata's views over an entity, in the form of saved ones."""
    views = [each for each in work.model.all("view") if each.source == "entity" and each.of == entity.key]
    return [
        {
            "id": None, "entity": entity.name, "label": {"zh": each.label.zh, "en": each.label.en}, "icon": None,
            "sharing": "locked", "based_on": each.name, "place": 0, "body": _body_of(work, each), "version": 0,
            "is_mine": False, "may_change": False, "updated_at": None,
        }
        for each in views
    ]  # fmt: skip


def _body_of(work: Work, view: View) -> dict[str, Json]:
    columns = [
        {"name": each.name, "value": each.value.text, "width": each.width}
        for each in view.columns if not each.is_hidden and visible(work, view, each.value)
    ]  # fmt: skip
    is_filtered = view.filter is not None and visible(work, view, view.filter)
    return {
        "filter": view.filter.text if is_filtered and view.filter is not None else "",
        "sorts": [{"by": each.path, "direction": "desc" if each.is_descending else "asc"} for each in view.sort],
        "columns": columns, "groups": list(view.group),
    }  # fmt: skip


def _is_sound(work: Work, entity: Entity, found: SavedView) -> bool:
    """Whether all that a view names is there for the actor."""
    try:
        checked_body(work, entity, found.body)
    except TesseraError:
        return False
    return True


def _checked(work: Work, entity: Entity, given: Mapping[str, Json], *, is_new: bool) -> dict[str, Any]:
    wanted = {name: given[name] for name in _PARTS if name in given} | ({"label": given.get("label")} if is_new else {})
    problems = [Problem("wrong_value", f"/{name}", _PARTS[name][1]) for name, value in wanted.items()
                if not _PARTS[name][0](value)]  # fmt: skip
    if problems:
        raise Invalid(problems)
    values: dict[str, Any] = {name: wanted[name] for name in ("label", "icon", "place") if name in wanted}
    if "sharing" in wanted:
        values["is_shared"] = wanted["sharing"] == "shared"
    if given.get("based_on") is not None:
        base = work.model.part("view", str(given["based_on"]))
        if base is None:
            raise NotFound(what="view")
        values["based_on"] = base.key
    if "body" in given:
        values["body"] = checked_body(work, entity, given["body"])
    return values


def _is_label(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LABEL


_PARTS: Mapping[str, tuple[Callable[[Json], bool], str]] = {
    "label": (_is_label, f"A view has a name of 1 to {_LABEL} characters."),
    "sharing": (lambda value: value in ("personal", "shared"), 'This must be "personal" or "shared".'),
    "place": (lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**40,
              "This must be a whole number."),
    "icon": (lambda value: value is None or (isinstance(value, str) and len(value) <= 40),
             "This must be the name of an icon."),
}  # fmt: skip


def checked_body(work: Work, entity: Entity, body: Json) -> dict[str, Json]:
    """The body of a view when all it names is there for the actor.

    {"filter": formula, "search": text, "sorts": [{"by", "direction"}], "columns": [{"name", "width", "is_hidden"}],
    "freeze": how many columns stay, "groups": [path], "height": of rows, "folds": {path: fold}}.
    Raises: Invalid, UnknownField("unknown_field").
    """
    if not isinstance(body, Mapping):
        raise Invalid([Problem("wrong_value", "/body", "This must be an object.")])
    found: dict[str, Json] = {}
    for name, value in body.items():
        check = _CHECKS.get(name)
        if check is None:
            raise UnknownField(name=str(name)[:60], pointer=f"/body/{str(name)[:60]}")
        if value is not None:
            found[name] = check(work, entity, value, f"/body/{name}")
    return found


def _wrong(pointer: str, message: str) -> Invalid:
    return Invalid([Problem("wrong_value", pointer, message)])


def _filter(work: Work, entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, str):
        raise _wrong(at, "This must be a formula.")
    if value.strip():
        try:
            compiled_filter(work, entity, value)
        except FormulaError as error:
            raise Invalid([Problem("bad_filter", at, error.message, error.help)]) from error
    return value


def _search(_work: Work, _entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, str) or len(value) > 200:
        raise _wrong(at, "This must be a text of at most 200 characters.")
    return value


def _paths(work: Work, entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, list) or len(value) > 10:
        raise _wrong(at, "This must be a list of at most 10 paths.")
    return [_path(work, entity, each, f"{at}/{place}") for place, each in enumerate(value)]


def _path(work: Work, entity: Entity, value: Json, at: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise _wrong(at, "This must be a field, or fields over references with dots between.")
    return ".".join(visible_path(work, entity, value, at))


def _sorts(work: Work, entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, list) or len(value) > 10:
        raise _wrong(at, "This must be a list of at most 10 orders.")
    found = []
    for place, each in enumerate(value):
        here = f"{at}/{place}"
        if not isinstance(each, Mapping) or not set(each) <= {"by", "direction"}:
            raise _wrong(here, 'This must be {"by", "direction"}.')
        if each.get("direction", "asc") not in ("asc", "desc"):
            raise _wrong(f"{here}/direction", 'This must be "asc" or "desc".')
        by = _path(work, entity, each.get("by"), f"{here}/by")
        found.append({"by": by, "direction": each.get("direction", "asc")})
    return found


def _columns(work: Work, entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, list) or len(value) > _COLUMNS:
        raise _wrong(at, f"This must be a list of at most {_COLUMNS} columns.")
    found = []
    for place, each in enumerate(value):
        here = f"{at}/{place}"
        if not isinstance(each, Mapping) or not set(each) <= {"name", "width", "is_hidden"}:
            raise _wrong(here, 'This must be {"name", "width", "is_hidden"}.')
        width = each.get("width")
        if width is not None and (isinstance(width, bool) or not isinstance(width, int) or not 20 <= width <= 2_000):
            raise _wrong(f"{here}/width", "This must be a number of pixels from 20 to 2000.")
        name = _path(work, entity, each.get("name"), f"{here}/name")
        found.append({"name": name, "width": width, "is_hidden": each.get("is_hidden") is True})
    return found


def _whole(_work: Work, _entity: Entity, value: Json, at: str) -> Json:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _COLUMNS:
        raise _wrong(at, f"This must be a whole number from 0 to {_COLUMNS}.")
    return value


def _height(_work: Work, _entity: Entity, value: Json, at: str) -> Json:
    if value not in ("compact", "normal", "comfortable"):
        raise _wrong(at, 'This must be "compact", "normal" or "comfortable".')
    return value


def _folds(work: Work, entity: Entity, value: Json, at: str) -> Json:
    if not isinstance(value, Mapping) or len(value) > 50:
        raise _wrong(at, "This must be an object of a fold for each field.")
    for name, fold in value.items():
        if fold not in ("count", "sum", "min", "max", "avg", "count_distinct"):
            raise _wrong(f"{at}/{name}", "There is no such fold.")
    return {_path(work, entity, name, f"{at}/{name}"): fold for name, fold in value.items()}


_CHECKS: dict[str, Callable[[Work, Entity, Json, str], Json]] = {
    "filter": _filter, "search": _search, "sorts": _sorts, "columns": _columns, "freeze": _whole, "groups": _paths,
    "height": _height, "folds": _folds,
}  # fmt: skip
