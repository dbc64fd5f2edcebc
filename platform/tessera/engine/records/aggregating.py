"""Figures over the records that the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tessera.engine.records.reading import ListQuery, moving_with, query_of, visible_path
from tessera.engine.work import Work
from tessera.errors import TesseraError
from tessera.store import aggregating
from tessera.store.aggregating import Group, Having, Measure
from tessera.store.query import Direction


class TooManyColumns(TesseraError):
    """At most {limit} groups and figures can be asked for at once."""

    code = "too_many_columns"
    status = 400


def aggregate(
    work: Work,
    entity_name: str,
    measures: Sequence[Measure],
    groups: Sequence[Group] = (),
    *,
    filter_text: str = "",
    search: str = "",
    search_in: Sequence[str] = (),
    having: Sequence[Having] = (),
    sort: Sequence[tuple[str, Direction]] = (),
    limit: int = 1_000,
) -> list[dict[str, Any]]:
    """Name → value of each group and figure, over the records that the actor may see, and filter and search find.

    Raises: NotFound, UnknownField for paths that are unknown or forbidden, TooManyColumns, AggregateNotSupported …
    """
    entity = work.entity(entity_name)
    most = work.settings.limits.aggregate_columns
    if len(measures) + len(groups) > most:
        raise TooManyColumns(limit=most)
    query = query_of(work, entity, ListQuery(filter=filter_text, search=search, search_in=tuple(search_in)), None)

    def seen(path: str) -> str:
        return ".".join(visible_path(work, entity, path, "/path")) if path else ""

    measures = [replace(each, path=seen(each.path)) for each in measures]
    groups = [replace(each, path=seen(each.path)) for each in groups]
    read = [tuple(path.split(".")) for path in (*(m.path for m in measures), *(g.path for g in groups)) if path]
    return aggregating.aggregate(
        work.tx,
        work.tables,
        moving_with(work, query, read),
        measures,
        groups,
        having=having,
        sort=sort,
        limit=limit,
    )
