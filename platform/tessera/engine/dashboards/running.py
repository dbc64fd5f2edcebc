"""Whole dashboards and single blocks as they go over the wire; a block that fails says so by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from tessera.engine import records
from tessera.engine.access import rights
from tessera.engine.dashboards.blocks import Row, Scene, Summed, row_condition, summed
from tessera.engine.dashboards.conditions import is_one_of, kind_of
from tessera.engine.dashboards.periods import Period, period_of
from tessera.engine.records import ListQuery
from tessera.engine.views import open_view
from tessera.engine.views.formats import as_json
from tessera.engine.work import Work
from tessera.errors import Json, NotFound, TesseraError
from tessera.meta.kinds.dashboard import Block, Dashboard, DashFigure, DashFilter, DashGroup, DashMeasure, Shown
from tessera.meta.model import Entity, Field, Label
from tessera.store.aggregating import Group, Measure

CHOICES = 200


class BadChoice(TesseraError):
    """The filter "{name}" cannot be set to this."""

    code = "bad_choice"
    status = 400
    hint = "A period is a name or {from, to}; a choice is a list of values of its field."


def list_dashboards(work: Work) -> list[Dashboard]:
    """The dashboards that the actor may see, by key."""
    return [each for each in work.model.all("dashboard") if _is_seen(work, each)]


def dashboard_named(work: Work, name: str) -> Dashboard:
    """The dashboard of that name or key. Raises: NotFound("not_found"), also for who may not see it."""
    found = work.model.parts.get("dashboard", {}).get(name) or work.model.part("dashboard", name)
    if not isinstance(found, Dashboard) or not _is_seen(work, found):
        raise NotFound(what="dashboard")
    return found


def _is_seen(work: Work, dashboard: Dashboard) -> bool:
    return work.ctx.actor.is_admin or not dashboard.roles or bool(work.ctx.actor.roles & set(dashboard.roles))


def dashboard_json(work: Work, dashboard: Dashboard) -> dict[str, Json]:
    """A dashboard without its data: its document, with names and labels in every language."""
    document = work.model.parts["document"][dashboard.key]
    filters = [
        {"name": each.name, "label": _label(each.label), "kind": each.kind, "default": each.default,
         "compare": each.compare}
        for each in dashboard.filters
    ]  # fmt: skip
    return {
        "name": dashboard.name, "label": _label(dashboard.label), "icon": dashboard.icon,
        "zone": zone_of(work, dashboard), "is_home": dashboard.is_home, "filters": filters,
        "refresh_s": document.body.get("refresh_s", 60),
        "blocks": [_block_json(each, body) for each, body in _blocks(dashboard, document.body)],
    }  # fmt: skip


def _blocks(dashboard: Dashboard, body: Mapping[str, Json]) -> Iterable[tuple[Block, Mapping[str, Json]]]:
    bodies = {each["uid"]: each for each in body["blocks"]}
    return ((each, bodies[each.uid]) for each in dashboard.blocks)


def _block_json(block: Block, body: Mapping[str, Json]) -> dict[str, Json]:
    parts = {name: body.get(name) for name in ("help", "icon", "at", "wall")}
    own: dict[str, Json] = {"uid": block.uid, "kind": block.kind, "label": _label(block.label)}
    return {**own, "look": body.get("look", "plain"), **parts}


def zone_of(work: Work, dashboard: Dashboard) -> str:
    """The zone in which a dashboard's days begin and end."""
    return dashboard.zone or work.settings.zone


def run_dashboard(
    work: Work, dashboard: Dashboard, asked: Mapping[str, Json], *, compare: str = "", only: Sequence[str] = ()
) -> dict[str, Json]:
    """The data of a dashboard's blocks, or of those of these uids.

    asked: by the name of a filter a period or values; filters left out have their defaults. compare: "none", "previous"
    or "year". Raises: BadChoice, NotFound for a block that is not there.
    {"at", "zone", "period": {"from", "to"}, "compared": … | None, "blocks": {uid: data or {"problem"}}}.
    """
    zone = ZoneInfo(zone_of(work, dashboard))
    known = {each.name: each for each in dashboard.filters}
    for name in asked:
        if name not in known:
            raise BadChoice(name=name[:60], pointer=f"/filters/{name[:60]}")
    today = work.now.astimezone(zone).date()
    period, mode = _period(dashboard, asked, compare, today)
    compared = {"previous": period.previous, "year": period.year_before}.get(mode, lambda: None)()
    choices = {
        each.name: made for each in dashboard.filters
        if each.kind == "choice" and (made := _choice(work, each, asked)) is not None
    }  # fmt: skip
    scene = Scene(work, zone, period, compared, choices)
    wanted = {each.uid: each for each in dashboard.blocks if not only or each.uid in only}
    if set(only) - set(wanted):
        raise NotFound(what="block")
    blocks = {uid: _run(scene, each) for uid, each in wanted.items()}
    return {
        "at": work.now, "zone": zone.key, "period": period.to_json(),
        "compared": compared.to_json() if compared is not None else None, "blocks": blocks,
    }  # fmt: skip


def _period(dashboard: Dashboard, asked: Mapping[str, Json], compare: str, today: date) -> tuple[Period, str]:
    own = next((each for each in dashboard.filters if each.kind == "period"), None)
    if own is None:
        return Period(), "none"
    wanted = asked.get(own.name, own.default or "last_30d")
    found = period_of(wanted, today)
    if found is None:
        raise BadChoice(name=own.name, pointer=f"/filters/{own.name}")
    return found, compare or own.compare


def _choice(work: Work, own: DashFilter, asked: Mapping[str, Json]) -> Callable[[Entity, str], str] | None:
    values = asked.get(own.name, own.default)
    if values is None or values == []:
        return None
    if not isinstance(values, list) or len(values) > CHOICES:
        raise BadChoice(name=own.name, pointer=f"/filters/{own.name}")

    def condition(entity: Entity, path: str) -> str:
        text = is_one_of(path, kind_of(work.model, entity, path), values)
        if text is None:
            raise BadChoice(name=own.name, pointer=f"/filters/{own.name}")
        return text

    return condition


def _run(scene: Scene, block: Block) -> dict[str, Json]:
    """A block's data, or the problem that it ran into."""
    try:
        with scene.work.tx.savepoint():
            return _view(scene, block) if block.source == "view" else _data(scene, block, summed(scene, block))
    except BadChoice:
        raise
    except TesseraError as error:
        return {"problem": error.problems()[0].to_json()}


def _view(scene: Scene, block: Block) -> dict[str, Json]:
    opened = open_view(scene.work, block.of)
    rows = [[as_json(cell) for cell in row] for row in islice(opened.rows, block.limit)]
    columns = [{"name": each.name, "label": _label(each.label), "role": "column", "type": each.value.type.kind,
                "format": each.format, "scale": each.scale} for each in opened.columns]  # fmt: skip
    drill = {"view": opened.view.name, "entity": None, "filter": ""}
    return {"columns": columns, "rows": rows, "row_filters": None, "drill": drill, "previous": None, "trend": None,
            "is_cut": False}  # fmt: skip


def _data(scene: Scene, block: Block, found: Summed) -> dict[str, Json]:
    work = scene.work
    shown = [each for each in block.measures if not each.is_hidden]
    figures = [*(each.name for each in shown), *(each.name for each in block.figures)]
    names = [*(each.name for each in block.groups), *figures]
    columns = [_group_json(work, found.entity, each, found.rows) for each in block.groups]
    columns += [_figure_json("measure", each) for each in shown]
    columns += [_figure_json("figure", each) for each in block.figures]
    return {
        "columns": columns,
        "rows": [[row.get(name) for name in names] for row in found.rows],
        "rest": next((row[""] for row in found.rows if "" in row), 0),
        "row_filters": [row_condition(scene, block, found.entity, row) for row in found.rows] if block.groups else None,
        "drill": _drill(scene, block, found),
        "previous": _values(found.previous, figures),
        "trend": _trend(found.trend, figures),
        "is_cut": found.is_cut,
    }


def _trend(rows: Sequence[Row] | None, names: Sequence[str]) -> list[list[Any]] | None:
    return None if rows is None else [[row["bucket"], *(row.get(name) for name in names)] for row in rows]


def _values(rows: Sequence[Row | None] | None, names: Sequence[str]) -> list[list[Any] | None] | None:
    if rows is None:
        return None
    return [None if row is None else [row.get(name) for name in names] for row in rows]


def _drill(scene: Scene, block: Block, found: Summed) -> dict[str, Json]:
    view = scene.work.model.parts.get("view", {}).get(block.drill_view)
    text = block.drill_filter.text if block.drill_filter is not None else found.condition
    entity = found.entity.name if rights(scene.work, found.entity).can_read else None
    return {"view": view.name if view is not None else None, "entity": entity, "filter": text}


def _group_json(work: Work, entity: Entity, group: DashGroup, rows: Sequence[Row]) -> dict[str, Json]:
    kind = "text" if group.is_total else "date" if not group.by else kind_of(work.model, entity, group.by)
    told: dict[str, Json] = {
        "name": group.name, "label": _label(group.label), "role": "group", "type": kind, "bucket": group.bucket,
    }  # fmt: skip
    labels = labels_of(work, entity, group.by, [row.get(group.name) for row in rows])
    if labels:
        told["labels"] = labels
    field = _field_at(work, entity, group.by)
    if field is not None and field.type == "reference":
        told["entity"] = work.model.entities[field.target].name
    return told


def labels_of(work: Work, entity: Entity, path: str, values: Sequence[Any]) -> dict[str, Json]:
    """What values of a field are called, by value: options by their labels, records by their titles."""
    field = _field_at(work, entity, path)
    if field is not None and field.type in ("select", "multi_select"):
        return {each["value"]: _option_label(each) for each in field.options.get("options", ())}
    if field is not None and field.type == "reference":
        found = titles(work, field, [each for each in values if each is not None])
        return {str(number): text for number, text in found.items()}
    return {}


def _option_label(option: Mapping[str, Any]) -> Json:
    label = option.get("label")
    return {"zh": label.zh, "en": label.en} if isinstance(label, Label) else label or option["value"]


def _field_at(work: Work, entity: Entity, path: str) -> Field | None:
    here: Entity | None = entity
    found: Field | None = None
    for name in path.split(".") if path else ():
        found = here.field(name) if here is not None else None
        here = work.model.entities.get(found.target) if found is not None else None
    return found


def titles(work: Work, field: Field, ids: Sequence[int]) -> dict[int, str]:
    """What the records of these ids are called, as far as the actor may know."""
    target = work.model.entities[field.target]
    own = rights(work, target)
    name = target.title
    known = target.field(name) if name else None
    if not ids or not own.can_read or known is None or not own.may_read(name) or known.storage is None:
        return {}
    found: dict[int, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 100):
        part = wanted[start : start + 100]
        text = " OR ".join(f"id = {number}" for number in part)
        page = records.list_page(work, target.name, ListQuery(filter=text, fields=(name,), limit=len(part)))
        found.update({row["id"]: str(known.dump(row[name])) for row in page.rows if row.get(name) is not None})
    return found


def choices_of(work: Work, dashboard: Dashboard, name: str) -> list[dict[str, Json]]:
    """The values that a choice offers, with what they are called; those of most records first. Raises: NotFound."""
    own = next((each for each in dashboard.filters if each.name == name and each.kind == "choice"), None)
    if own is None or not own.entity:
        raise NotFound(what="filter")
    entity = work.model.entities[own.entity]
    rows = records.aggregate(work, entity.name, [Measure("n", "count")], [Group("value", own.field)],
                             sort=[("n", "desc")], limit=CHOICES)  # fmt: skip
    labels = labels_of(work, entity, own.field, [row["value"] for row in rows])
    return [{"value": row["value"], "label": labels.get(str(row["value"])), "records": row["n"]} for row in rows]


def _figure_json(role: str, each: DashMeasure | DashFigure) -> dict[str, Json]:
    told: dict[str, Json] = {"name": each.name, "label": _label(each.label), "role": role, "type": "number"}
    told["is_running"] = isinstance(each, DashMeasure) and each.is_running
    return {**told, **_shown_json(each.shown)}


def _shown_json(shown: Shown) -> dict[str, Json]:
    return {"format": shown.format, "scale": shown.scale, "currency": shown.currency, "unit": _label(shown.unit),
            "good": shown.good}  # fmt: skip


def _label(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}
