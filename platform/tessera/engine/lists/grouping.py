"""A list in groups: how many records each has, figures of them, and the filter by which a list shows just these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from tessera.engine import records
from tessera.engine.dashboards.conditions import in_group, kind_of
from tessera.engine.dashboards.running import labels_of
from tessera.engine.records.reading import visible_path
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.aggregating import Function, Group, Measure
from tessera.store.buckets import PARTS, Bucket
from tessera.store.query import Direction

MOST = 500


@dataclass(frozen=True, slots=True)
class Grouped:
    """What is asked: by a path, perhaps in buckets. folds: function by the path that is folded."""

    by: str
    bucket: str = ""
    filter: str = ""
    search: str = ""
    search_in: tuple[str, ...] = ()
    folds: Mapping[str, str] | None = None
    sort: str = ""


def groups_of(work: Work, entity_name: str, asked: Grouped) -> dict[str, Json]:
    """The groups of a list: {"data": [{"value", "label", "count", "figures": {path: value}, "filter"}], "is_cut"}.

    filter: within the list's own filter; None where no filter can say it. Raises: as records.aggregate.
    """
    entity = work.entity(entity_name)
    path = ".".join(visible_path(work, entity, asked.by, "/by"))
    folds = dict(asked.folds or {})
    measures = [Measure("n", "count")]
    measures += [Measure(f"f{i}", cast("Function", fold), at) for i, (at, fold) in enumerate(folds.items())]
    zone = ZoneInfo(work.settings.zone)
    group = Group("value", path, cast("Bucket", asked.bucket), zone.key)
    sort: Sequence[tuple[str, Direction]] = _SORTS.get(asked.sort, ())
    rows = records.aggregate(work, entity.name, measures, [group], filter_text=asked.filter, search=asked.search,
                             search_in=asked.search_in, sort=sort, limit=MOST + 1)  # fmt: skip
    labels = labels_of(work, entity, path, [row["value"] for row in rows])
    kind = kind_of(work.model, entity, path)
    is_part = asked.bucket in PARTS and work.tx.dialect == "postgresql"
    data: list[Any] = [
        {
            "value": row["value"], "label": labels.get(str(row["value"])), "count": row["n"],
            "figures": {at: row[f"f{i}"] for i, at in enumerate(folds)},
            "filter": None if is_part else in_group(path, kind, asked.bucket, row["value"], zone) or None,
        }
        for row in rows[:MOST]
    ]  # fmt: skip
    return {"data": data, "is_cut": len(rows) > MOST}


_SORTS: Mapping[str, Sequence[tuple[str, Direction]]] = {
    "": (), "value": (), "-value": (("value", "desc"),), "count": (("n", "asc"),), "-count": (("n", "desc"),),
}  # fmt: skip
