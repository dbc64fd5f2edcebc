"""Views: their rows in pages, and as files."""

from __future__ import annotations

from itertools import islice

from tessera.engine import views as engine
from tessera.engine.views import MEDIA_TYPES, FileFormat
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter
from tessera.web.routes import FORMULA, Body, Parameter, route
from tessera.web.uploads import made_file

_FILTER = Parameter("filter", FORMULA, "A further filter of a view over records.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many rows at most.")
_OFFSET = Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 10_000}, "How many rows to skip.")
_LANGUAGE = Parameter("language", {"type": "string", "enum": ["zh", "en"]}, "Of the headings; left out: names.")
_MOST_IDS = 200
_RAW = Parameter("is_raw", {"type": "boolean"}, "Leave texts alone that a spreadsheet would run as formulas.")


@route("GET", "/api/v1/views", tag="Views", summary="List views", answer="List")
def list_views(call: Call) -> Answer:
    """The views that there are, by name."""
    views = call.work.model.all("view")
    rows = [{"name": view.name, "label": {"zh": view.label.zh, "en": view.label.en}} for view in views]
    return json_answer({"data": rows})


@route(
    "GET", "/api/v1/views/{name}", tag="Views", summary="Read a view", answer="List",
    parameters=(_FILTER, _LIMIT, _OFFSET),
)
def get_view(call: Call) -> Answer:
    """Rows of a view with its columns. next is the offset of the page that follows, null on the last one."""
    limits = call.runtime.settings.limits
    limit = call.whole("limit", limits.page_default_rows, least=1, most=limits.page_rows)
    offset = call.whole("offset", 0, most=limits.offset_rows)
    with call.filtering():
        opened = engine.open_view(call.work, call.args["name"], condition=call.query.get("filter", ""))
        rows = list(islice(opened.rows, offset, offset + limit + 1))
    names = [each.name for each in opened.columns]
    columns = [
        {"name": each.name, "label": {"zh": each.label.zh, "en": each.label.en}, "format": each.format}
        for each in opened.columns
    ]
    body: dict[str, Json] = {
        "columns": columns,
        "data": [dict(zip(names, row, strict=True)) for row in rows[:limit]],
        "next": offset + limit if len(rows) > limit else None,
    }
    return json_answer(body)


@route(
    "POST", "/api/v1/views/{name}/values", tag="Views", summary="Values of a view for some records",
    body=Body("ViewValuesRequest"), answer="ViewValues", errors=(404,),
)
def get_view_values(call: Call) -> Answer:
    """By id, the columns of a view over records for the records of these ids: for lists that page through the records
    themselves and show columns which are formulas."""
    ids = call.pick("ids").get("ids")
    if not isinstance(ids, list) or len(ids) > _MOST_IDS or not all(type(each) is int and each > 0 for each in ids):
        raise BadBody(why=f"ids must be a list of at most {_MOST_IDS} ids")
    return json_answer({"data": engine.values_of(call.work, call.args["name"], ids)})


@route(
    "GET", "/api/v1/views/{name}.csv", tag="Views", summary="Export a view as CSV", answer={"type": "string"},
    content_type="text/csv", parameters=(_FILTER, _LANGUAGE, _RAW),
)
def export_view_csv(call: Call) -> Answer:
    """Every row of a view as CSV in UTF-8."""
    return _file(call, "csv")


@route(
    "GET", "/api/v1/views/{name}.ndjson", tag="Views", summary="Export a view as NDJSON", answer={"type": "string"},
    content_type="application/x-ndjson", parameters=(_FILTER,),
)
def export_view_ndjson(call: Call) -> Answer:
    """Every row of a view, a JSON object a line."""
    return _file(call, "ndjson")


@route(
    "GET", "/api/v1/views/{name}.xlsx", tag="Views", summary="Export a view as a workbook", answer={"type": "string"},
    content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", parameters=(_FILTER, _LANGUAGE),
)
def export_view_xlsx(call: Call) -> Answer:
    """Every row of a view as an Excel workbook."""
    return _file(call, "xlsx")


def _file(call: Call, form: FileFormat) -> Answer:
    """The file is made first and sent when the transaction is over, so that a slow reader holds none."""
    name, language = call.args["name"], call.query.get("language", "")
    if language not in ("", "zh", "en"):
        raise BadParameter(name="language", why='must be "zh" or "en".')
    condition, is_raw = call.query.get("filter", ""), call.flag("is_raw")
    with call.filtering():
        pieces = engine.export_view(call.work, name, form, condition=condition, language=language, is_raw=is_raw)
        path = made_file(call.runtime.settings.data_dir / "answers", pieces)
    plain = engine.view_named(call.work, name).name
    headers = [("Content-Disposition", f'attachment; filename="{plain}.{form}"')]
    return Answer(headers=headers, content_type=MEDIA_TYPES[form], file=path)
