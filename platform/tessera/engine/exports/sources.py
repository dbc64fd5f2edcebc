"""What an export holds: a list of records or a view, checked when it is asked for and read when it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.exports.cells import Cell, ListColumn, Shaper, columns_of, expansions
from tessera.engine.personal.views import get_view
from tessera.engine.records import ListQuery
from tessera.engine.views import open_view, view_named
from tessera.engine.views.run import rows_of
from tessera.engine.views.sources import asked_of, visible
from tessera.engine.work import Work
from tessera.errors import Invalid, Json, NotFound, Problem
from tessera.meta.kinds.view import View
from tessera.meta.model import Entity, Label

MOST_IDS = 10_000
_MOST_COLUMNS = 200
_MOST_SORTS = 10


class Source(Protocol):
    """Rows to write, as the actor may see them. label: of the whole, for the list of jobs and the file's name."""

    label: Label

    def headings(self, language: str) -> list[str]:
        """The first row: labels in that language, for "" names."""
        ...

    def ids(self) -> list[int] | None:
        """The ids of the records in their order, to be read in portions; None when there is only `every`."""
        ...

    def rows(self, ids: Sequence[int]) -> list[list[Cell]]:
        """The rows of the records of these ids, those that are gone left out."""
        ...

    def every(self) -> Iterator[list[Cell]]:
        """All rows in one go."""
        ...


@dataclass
class ListSource:
    """Records of an entity. asked: without fields."""

    work: Work
    entity: Entity
    asked: ListQuery
    columns: Sequence[ListColumn]
    only: Sequence[int] | None
    label: Label
    language: str

    def headings(self, language: str) -> list[str]:
        """Labels, or paths for programs."""
        return [each.label.get(language) if language else ".".join(each.path) for each in self.columns]

    def ids(self) -> list[int]:
        """In the order of the list."""
        return _among(records.ordered_ids(self.work, self.entity.name, self.asked), self.only)

    def rows(self, ids: Sequence[int]) -> list[list[Cell]]:
        """Read and shaped together."""
        own = (each.path[0] for each in self.columns if each.field is not None or len(each.path) > 1)
        names = tuple(dict.fromkeys(own))
        asked = replace(self.asked, fields=names, expand=expansions(self.columns))
        found = records.list_of(self.work, self.entity.name, asked, ids)
        return Shaper(self.work, self.columns, self.language).rows(found)

    def every(self) -> Iterator[list[Cell]]:
        """Not asked for: lists go in portions."""
        yield from self.rows(self.ids())


@dataclass
class ViewSource:
    """A view of the metadata. condition: a further filter; search and only: of views of records."""

    work: Work
    view: View
    condition: str
    search: str
    only: Sequence[int] | None
    label: Label

    def headings(self, language: str) -> list[str]:
        """Labels, or names for programs."""
        shown = [each for each in self.view.columns if not each.is_hidden and visible(self.work, self.view, each.value)]
        return [each.label.get(language) if language else each.name for each in shown]

    def ids(self) -> list[int] | None:
        """For views of records in the order of fields; others are read as a whole."""
        if self.view.source != "entity" or any(each.is_column for each in self.view.sort):
            return None
        entity = self.work.model.entities[self.view.of]
        return _among(records.ordered_ids(self.work, entity.name, self.asked()), self.only)

    def asked(self) -> ListQuery:
        """Of the entity, when it is a view of records."""
        asked = asked_of(self.work, self.view, self.condition)
        return replace(asked, fields=None, search=self.search, search_in=self.view.search)

    def rows(self, ids: Sequence[int]) -> list[list[Cell]]:
        """Of a view of records."""
        return [[*row] for row in rows_of(self.work, self.view, self.condition, ids)]

    def every(self) -> Iterator[list[Cell]]:
        """As it is read elsewhere."""
        for row in open_view(self.work, self.view.name, condition=self.condition).rows:
            yield [*row]


def _among(ids: list[int], only: Sequence[int] | None) -> list[int]:
    if only is None:
        return ids
    wanted = set(only)
    return [each for each in ids if each in wanted]


def source_of(work: Work, body: Mapping[str, Json], language: str) -> Source:
    """The source that a checked body stands for, within the rights of the actor. Raises: as `checked`."""
    only = body.get("ids")
    if "view" in body:
        view = view_named(work, str(body["view"]))
        return ViewSource(work, view, str(body.get("filter", "")), str(body.get("search", "")), only, view.label)
    entity = work.model.entities.get(str(body["entity"]))
    if entity is None or not rights(work, entity).can_read:
        raise NotFound(what="entity")
    asked = ListQuery(
        filter=str(body.get("filter", "")), sort=tuple(body.get("sort", ())), search=str(body.get("search", "")),
        search_in=tuple(body.get("search_in", ())),
    )  # fmt: skip
    columns = columns_of(work, entity, body.get("columns"))
    name = body.get("name")
    label = Label(str(name), str(name)) if name else entity.label
    return ListSource(work, entity, asked, columns, only, label, language)


def checked(work: Work, given: Mapping[str, Json]) -> dict[str, Json]:
    """What is kept of a request: view or entity by key, with filter, search, sort, columns and ids.

    given: one of view (name), saved_view (id) and entity (name). Raises: Invalid, NotFound, UnknownField, FormulaError.
    """
    ways = [name for name in ("view", "saved_view", "entity") if given.get(name) is not None]
    if len(ways) != 1:
        message = "Say what to export: one of view, saved_view and entity."
        raise Invalid([Problem("wrong_value", "", message)])
    body: dict[str, Json] = {name: check(given[name], f"/{name}") for name, check in _PARTS.items()
                             if given.get(name) is not None}  # fmt: skip
    if ways == ["view"]:
        return _of_view(work, body)
    return _of_saved(work, body) if ways == ["saved_view"] else _of_list(work, body)


def _of_view(work: Work, body: dict[str, Json]) -> dict[str, Json]:
    view = view_named(work, body["view"])
    allowed = {"view", "filter", "search", "ids"} if view.source == "entity" else {"view", "filter"}
    sorts_columns = any(each.is_column for each in view.sort)
    for name in body:
        if name not in allowed or (sorts_columns and name in ("search", "ids")):
            raise Invalid([Problem("wrong_value", f"/{name}", f'An export of this view has no "{name}".')])
    body["view"] = view.key
    source = source_of(work, body, "")
    assert isinstance(source, ViewSource)
    if view.source == "entity":
        records.ensure_possible(work, work.model.entities[view.of].name, source.asked())
    else:
        open_view(work, view.name, condition=source.condition)
    return body


def _of_saved(work: Work, body: dict[str, Json]) -> dict[str, Json]:
    found = get_view(work, body.pop("saved_view"))
    saved = found.body
    entity = work.model.entities[found.entity]
    conditions = [f"({each})" for each in (saved.get("filter"), body.get("filter")) if each and str(each).strip()]
    merged: dict[str, Json] = {
        "filter": " AND ".join(conditions), "search": body.get("search", saved.get("search", "")),
        "sort": [("-" if each["direction"] == "desc" else "") + each["by"] for each in saved.get("sorts", ())],
        **{name: body[name] for name in ("sort", "columns", "ids", "search_in") if name in body},
    }  # fmt: skip
    if "columns" not in body and saved.get("columns"):
        paths = [each["name"] for each in saved["columns"] if not each.get("is_hidden")]
        merged["columns"] = [path for path in paths if _is_single(work, entity, path)]
    return {**_of_list(work, {**merged, "entity": entity.name}), "name": found.label}


def _is_single(work: Work, entity: Entity, path: str) -> bool:
    try:
        columns_of(work, entity, [path])
    except Invalid:
        return False
    return True


def _of_list(work: Work, body: dict[str, Json]) -> dict[str, Json]:
    entity = work.entity(body["entity"])
    made = {**body, "entity": entity.key}
    source = source_of(work, made, "")
    assert isinstance(source, ListSource)
    records.ensure_possible(work, entity.name, replace(source.asked, expand=expansions(source.columns)))
    return made


def _text(most: int) -> Callable[[Any, str], str]:
    def check(value: Any, pointer: str) -> str:
        if not isinstance(value, str) or len(value) > most:
            raise Invalid([Problem("wrong_value", pointer, f"This must be a text of at most {most} characters.")])
        return value

    return check


def _texts(most: int) -> Callable[[Any, str], list[str]]:
    def check(value: Any, pointer: str) -> list[str]:
        right = isinstance(value, list) and len(value) <= most
        if not right or not all(isinstance(each, str) and 0 < len(each) <= 200 for each in value):
            raise Invalid([Problem("wrong_value", pointer, f"This must be a list of at most {most} paths.")])
        return [*value]

    return check


def _ids(value: Any, pointer: str) -> list[int]:
    right = isinstance(value, list) and len(value) <= MOST_IDS
    if not right or not all(type(each) is int and 0 < each < 2**63 for each in value):
        raise Invalid([Problem("wrong_value", pointer, f"This must be a list of at most {MOST_IDS} ids.")])
    return [*value]


def _id(value: Any, pointer: str) -> int:
    return _ids([value], pointer)[0]


_PARTS: Mapping[str, Callable[[Any, str], Json]] = {
    "view": _text(200), "saved_view": _id, "entity": _text(200), "filter": _text(4_000), "search": _text(200),
    "search_in": _texts(20), "sort": _texts(_MOST_SORTS), "columns": _texts(_MOST_COLUMNS), "ids": _ids,
}  # fmt: skip
