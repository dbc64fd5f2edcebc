"""Dashboards: which there are, their blocks, and the data of them."""

from __future__ import annotations

from tessera.engine import dashboards as engine
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody
from tessera.web.routes import Body, route


@route("GET", "/api/v1/dashboards", tag="Dashboards", summary="List dashboards", answer="List")
def list_dashboards(call: Call) -> Answer:
    """The dashboards that the user may see."""
    rows = [
        {"name": each.name, "label": {"zh": each.label.zh, "en": each.label.en}, "icon": each.icon,
         "is_home": each.is_home}
        for each in engine.list_dashboards(call.work)
    ]  # fmt: skip
    return json_answer({"data": rows, "next": None})


@route("GET", "/api/v1/dashboards/{name}", tag="Dashboards", summary="Get a dashboard", answer="Dashboard")
def get_dashboard(call: Call) -> Answer:
    """A dashboard without its data: filters with their defaults, and blocks with their places on a page and a wall."""
    return json_answer(engine.dashboard_json(call.work, engine.dashboard_named(call.work, call.args["name"])))


@route("POST", "/api/v1/dashboards/{name}/data", tag="Dashboards", summary="Run a dashboard",
       body=Body("DashboardRequest", optional=True), answer="DashboardData")
def run_dashboard(call: Call) -> Answer:
    """The data of all blocks, or of those named, over what the user may see. A block that fails has a problem in its
    place; the others are not touched. row_filters and drill say which list opens behind a mark."""
    body = call.pick("filters", "compare", "blocks") if call.json is not None else {}
    filters, compare, blocks = body.get("filters", {}), body.get("compare", ""), body.get("blocks", [])
    if not isinstance(filters, dict):
        raise BadBody(why="filters must be an object")
    if compare not in ("", "none", "previous", "year"):
        raise BadBody(why='compare must be "none", "previous" or "year"')
    if not isinstance(blocks, list) or not all(isinstance(each, str) for each in blocks):
        raise BadBody(why="blocks must be a list of uids")
    dashboard = engine.dashboard_named(call.work, call.args["name"])
    made: dict[str, Json] = engine.run_dashboard(call.work, dashboard, filters, compare=str(compare), only=blocks)
    return json_answer(made)


@route("GET", "/api/v1/dashboards/{name}/filters/{filter}", tag="Dashboards", summary="List the values of a filter",
       answer="List")
def list_choices(call: Call) -> Answer:
    """The values that a choice of a dashboard offers, with what they are called, those of most records first."""
    dashboard = engine.dashboard_named(call.work, call.args["name"])
    return json_answer({"data": engine.choices_of(call.work, dashboard, call.args["filter"]), "next": None})
