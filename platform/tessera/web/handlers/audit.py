"""The audit list: who changed what, when and why, and who signed in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tessera.engine.lists import trail
from tessera.engine.safe_cells import neutralised
from tessera.errors import Json, NotFound
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.routes import Parameter, route, text_of
from tessera.web.uploads import made_file

_MOST_ROWS = 100_000
_PAGE = 500
_INSTANT = {"type": "string", "format": "date-time"}
_ASKED = (
    Parameter("kind", text_of("kinds"), "One kind or several, with commas between: records, metadata, access, other.",
              example="records,access"),
    Parameter("person", {"type": "integer", "minimum": 1}, "Id of the user who did it, or whom it was done to."),
    Parameter("entity", {"type": "string", "maxLength": 41}, "Name of an entity: only changes of its records."),
    Parameter("record", {"type": "integer", "minimum": 1}, "Id of a record; needs entity."),
    Parameter("since", _INSTANT, "Only from this instant on."),
    Parameter("until", _INSTANT, "Only before this instant."),
)  # fmt: skip
_CURSOR = Parameter("cursor", text_of("cursor"), "The `next` of the page before.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many entries at most.")
_COLUMNS = ("at", "kind", "verb", "who", "name", "entity", "record", "title", "records", "fields", "release", "reason",
            "address", "about", "request")  # fmt: skip


@route("GET", "/api/v1/audit", tag="Audit", summary="List the audit", answer="AuditPage",
       parameters=(*_ASKED, _CURSOR, _LIMIT), errors=(403, 404))
def list_audit(call: Call) -> Answer:
    """Changes of records, releases and drafts, sign-ins and changes of rights, the latest first. For who has the
    permission `audit`, as far as he may see the records. A page may be shorter than the limit and have a `next`."""
    limit = call.whole("limit", 50, least=1, most=200)
    rows, following = trail.page(call.work, _wanted(call), _place(call), limit)
    return json_answer({"data": rows, "next": None if following is None else _cursor(following)})


@route("GET", "/api/v1/audit/{entry}", tag="Audit", summary="Get an entry of the audit", answer="AuditEntryDetail",
       errors=(403, 404))
def get_audit_entry(call: Call) -> Answer:
    """What an entry about a record says field by field, before and after; is_intact: whether its content still has the
    hash that it was written with."""
    entry = call.args["entry"]
    number = entry[1:]
    if entry[:1] != "c" or not _is_number(number):
        raise NotFound(what="entry")
    return json_answer(trail.one(call.work, int(number)))


@route("GET", "/api/v1/audit.csv", tag="Audit", summary="Export the audit", answer={"type": "string"},
       content_type="text/csv", parameters=_ASKED, errors=(403, 404))
def export_audit(call: Call) -> Answer:
    """The entries as a file, the latest first, without what the fields said: 100,000 at most."""
    path = made_file(call.runtime.settings.data_dir / "uploads", _pieces(call, _wanted(call)))
    headers = [("Content-Disposition", 'attachment; filename="audit.csv"'), ("Cache-Control", "private, no-store")]
    return Answer(headers=headers, content_type="text/csv; charset=utf-8", file=path)


def _pieces(call: Call, wanted: trail.Wanted) -> Iterator[str]:
    yield "\ufeff" + _line(_COLUMNS)
    place: trail.Place | None = trail.Place()
    for _ in range(_MOST_ROWS // _PAGE):
        if place is None:
            return
        rows, place = trail.page(call.work, wanted, place, _PAGE)
        for row in rows:
            yield _line(_cells(row))


def _cells(row: Mapping[str, Any]) -> list[str]:
    about = row["about"] or {}
    plain = {
        **row, "at": row["at"].isoformat(), "who": row["actor"]["name"], "name": row["actor"]["title"],
        "fields": " ".join(each["name"] for each in row["fields"]), "about": about.get("name"),
    }  # fmt: skip
    return [neutralised("" if plain[name] is None else str(plain[name])) for name in _COLUMNS]


def _line(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _wanted(call: Call) -> trail.Wanted:
    kinds = tuple(each for each in call.query.get("kind", "").split(",") if each)
    for each in kinds:
        if each not in trail.KINDS:
            raise BadParameter(name="kind", why=f"must be some of {', '.join(trail.KINDS)}.")
    record = call.whole("record", 0, least=1) if "record" in call.query else None
    if record is not None and not call.query.get("entity"):
        raise BadParameter(name="record", why="needs entity.")
    person = call.whole("person", 0, least=1) if "person" in call.query else None
    return trail.Wanted(
        kinds or trail.KINDS, person, call.query.get("entity", ""), record, _instant(call, "since"),
        _instant(call, "until"),
    )  # fmt: skip


def _instant(call: Call, name: str) -> datetime | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 9999:
        raise BadParameter(name=name, why="must be an instant with a time zone, 2026-01-31T08:00:00Z.")
    return found


def _cursor(place: trail.Place) -> str:
    return "-".join("" if each is None else str(each) for each in (place.change, place.event))


def _place(call: Call) -> trail.Place:
    text: Json = call.query.get("cursor")
    if not text:
        return trail.Place()
    change, dash, event = str(text).partition("-")
    if not dash or not all(_is_number(each) for each in (change, event) if each):
        raise BadParameter(name="cursor", why="must be the next of a page.")
    return trail.Place(int(change) if change else None, int(event) if event else None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
