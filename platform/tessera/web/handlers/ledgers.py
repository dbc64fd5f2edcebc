"""Ledgers: accounts, movements and lots of a holder; and what a timeline decided on a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tessera.engine import records, timeline
from tessera.engine.records import ListQuery
from tessera.engine.rules.labels import movement_label
from tessera.errors import Json, NotFound
from tessera.meta.rules import LedgerDoc, TimelineDoc
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.routes import FORMULA, Parameter, route, text_of

_LEDGER = Parameter("ledger", {"type": "string"}, "Name of the ledger.", required=True)
_HOLDER = Parameter("holder", {"type": "string"}, "Ref or business key of the holder.", required=True)
_INSTANT = Parameter(
    "as_of", {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]},
    "The last day that counts, or an instant; left out: now.", example="2026-01-31",
)
_POSTED = Parameter(
    "posted_by", {"type": "string", "format": "date-time"},
    "Only what was posted by this instant: what was shown then.", example="2026-01-31T08:00:00Z",
)
_BESIDE = Parameter(
    "beside", {"type": "string"},
    "Of a ledger with several holders: refs or business keys that say which account, with commas; left out: all.",
)
_FILTER = Parameter("filter", FORMULA, "A formula over the holder.", example="id > 0")
_CURSOR = Parameter("cursor", text_of("cursor"), "The `next` or `previous` of a page.")
_OFFSET = Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 10_000}, "How many to skip.")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_BEFORE = Parameter("before", {"type": "integer"}, "The `next` of the page before.")
_CLOSED = Parameter("with_closed", {"type": "boolean"}, "Also lots of which nothing is left.")
_PROOF = Parameter("proof", {"type": "boolean"}, "Also every step, what it read and gave, and what did not apply.")
_REVISIONS = Parameter("revisions", {"type": "boolean"}, "Also every earlier decision, the first one first.")


@route("GET", "/api/v1/ledgers", tag="Ledgers", summary="List ledgers", answer="List")
def list_ledgers(call: Call) -> Answer:
    """The ledgers that the user may see, each with the entity whose records hold its accounts."""
    model = call.work.model
    rows = [
        {
            "name": each.name,
            "label": {"zh": each.label.zh, "en": each.label.en},
            "per": model.entities[each.per].name,
            "beside": [model.entities[key].name for key in each.beside],
            "scale": each.scale,
        }
        for each in model.all("ledger")
        if _is_seen(call, each)
    ]
    return json_answer({"data": rows})


@route(
    "GET", "/api/v1/ledgers/{ledger}/accounts", tag="Ledgers", summary="List accounts", answer="List",
    parameters=(_FILTER, _INSTANT, _LIMIT, _CURSOR), errors=(404,),
)
def list_accounts(call: Call) -> Answer:
    """The accounts of the holders that the user may see and the filter finds, by id; those without movements too."""
    doc = timeline.seen_ledger(call.work, call.args["ledger"])
    asked = ListQuery(
        filter=call.query.get("filter", ""),
        fields=(),
        limit=call.whole("limit", 0, least=1, most=call.runtime.settings.limits.page_rows),
        cursor=call.query.get("cursor", ""),
    )
    with call.filtering():
        page = records.list_page(call.work, call.work.model.entities[doc.per].name, asked)
    found = timeline.accounts(call.work, doc.name, [row["id"] for row in page.rows], _moment(call))
    rows = [_figures(doc, row["id"], found[row["id"]]) for row in page.rows]
    return json_answer({"data": rows, "next": page.next or None, "previous": page.previous or None})


@route(
    "GET", "/api/v1/accounts", tag="Ledgers", summary="Get an account", answer="Object",
    parameters=(_LEDGER, _HOLDER, _BESIDE, _INSTANT, _POSTED), errors=(404,),
)
def get_account(call: Call) -> Answer:
    """What a holder has in a ledger, now, at the end of a day or at an instant: balance, available, pending, debt, lots
    and totals.

    What fell due by then counts, whether it was settled yet or not. With posted_by it is what was shown at that
    instant, before corrections that came later; what was held then is not told. Of a ledger with several holders it is
    the sum of the holder's accounts, which stand under accounts, or with beside one of them."""
    doc, holder, beside = _account(call)
    answer = _figures(doc, holder, _found(call, doc, holder, beside))
    if doc.beside and not beside:
        parts = [{"beside": list(each)} for each in timeline.accounts_of(call.work, doc.name, holder)]
        for part in parts:
            part.update(_amounts(_found(call, doc, holder, part["beside"])))
        timeline.blank_unseen_beside(call.work, doc, parts)
        answer["accounts"] = parts
    return json_answer(answer)


@route(
    "GET", "/api/v1/movements", tag="Ledgers", summary="List movements", answer="List",
    parameters=(_LEDGER, _HOLDER, _BESIDE, _INSTANT, _POSTED, _BEFORE, _LIMIT), errors=(404,),
)
def list_movements(call: Call) -> Answer:
    """The movements of an account, the latest posted first. next is the value of `before` for the page that follows."""
    doc, holder, beside = _account(call)
    limit = call.whole("limit", 50, least=1, most=call.runtime.settings.limits.page_rows)
    before = call.whole("before", 0) if "before" in call.query else None
    rows = timeline.movements(call.work, doc.name, holder, limit=limit + 1, before=before, as_of=_moment(call),
                              posted_by=_instant(call, "posted_by"), beside=beside)
    following = str(rows[limit - 1]["id"]) if len(rows) > limit else None
    return json_answer({"data": _shown(call, doc, rows[:limit]), "next": following})


@route("GET", "/api/v1/movements/{key}/proof", tag="Ledgers", summary="Prove a movement", answer="Object")
def get_proof(call: Call) -> Answer:
    """Why a movement is there: the release, every step of the rules with what it read and gave, the rows that did not
    apply and why. It is computed again from the log; agrees says whether exactly this is posted. For who may read all
    that the rules read."""
    return json_answer(timeline.seen_proof(call.work, call.number("key", "movement")))


@route(
    "GET", "/api/v1/lots", tag="Ledgers", summary="List lots", answer="List",
    parameters=(_LEDGER, _HOLDER, _BESIDE, _INSTANT, _POSTED, _CLOSED, _LIMIT, _OFFSET), errors=(404,),
)
def list_lots(call: Call) -> Answer:
    """The lots of an account in the order in which they were granted, with what is left of each and its last day: now,
    at the end of a day or at an instant, or as they were shown at an instant. next is the offset of the page that
    follows, null on the last one."""
    doc, holder, beside = _account(call)
    limits = call.runtime.settings.limits
    limit = call.whole("limit", limits.page_default_rows, least=1, most=limits.page_rows)
    offset = call.whole("offset", 0, most=limits.offset_rows)
    is_open = not call.flag("with_closed")
    rows = timeline.lots(call.work, doc.name, holder, open_only=is_open, limit=limit + 1, offset=offset,
                         as_of=_moment(call), posted_by=_instant(call, "posted_by"), beside=beside)
    following = str(offset + limit) if len(rows) > limit else None
    return json_answer({"data": _shown(call, doc, rows[:limit]), "next": following})


@route(
    "GET", "/api/v1/decisions/{entity}/{key}", tag="Ledgers", summary="Get the decision on a document",
    answer="Object", parameters=(_REVISIONS, _PROOF),
)
def get_decision(call: Call) -> Answer:
    """What the rules concluded from a document: release, inputs read, named values, state; or why it is parked. Who
    may not read one of the fields that the rules read is only told that there is a decision."""
    is_full, with_proof = call.flag("revisions"), call.flag("proof")
    entity, key = call.args["entity"], call.args["key"]
    return json_answer(
        timeline.seen_decision(call.work, entity, key, with_revisions=is_full, with_proof=with_proof)
    )


def _is_seen(call: Call, doc: LedgerDoc) -> bool:
    try:
        timeline.seen_ledger(call.work, doc.name)
    except NotFound:
        return False
    return True


def _account(call: Call) -> tuple[LedgerDoc, int, list[int]]:
    """The ledger, the holder's id, and which of its accounts. Raises: NotFound, also for who may not be seen."""
    doc = timeline.seen_ledger(call.work, call.needed("ledger"))
    holder = timeline.seen_holder(call.work, doc, call.needed("holder"))
    keys = call.query.get("beside", "")
    return doc, holder, timeline.seen_beside(call.work, doc, keys.split(",") if keys else [])


def _found(call: Call, doc: LedgerDoc, holder: int, beside: list[int]) -> timeline.Figures:
    posted_by, as_of = _instant(call, "posted_by"), _moment(call)
    if posted_by is not None:
        return timeline.account_as_posted(call.work, doc.name, holder, posted_by=posted_by, as_of=as_of, beside=beside)
    return timeline.accounts(call.work, doc.name, [holder], as_of, beside=beside)[holder]


def _figures(doc: LedgerDoc, holder: int, found: timeline.Figures) -> dict[str, Json]:
    return {"ledger": doc.name, "holder": holder, **_amounts(found)}


def _amounts(found: timeline.Figures) -> dict[str, Json]:
    totals = {name: found.total(name) for name in sorted(found.totals)}
    return {**{name: found[name] for name in found}, "totals": totals}


def _moment(call: Call) -> date | datetime | None:
    text = call.query.get("as_of")
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) <= 10 else _instant(call, "as_of")
    except ValueError as error:
        raise BadParameter(name="as_of", why="must be a day, or an instant, 2026-01-31T08:00:00Z.") from error


def _instant(call: Call, name: str) -> datetime | None:
    text = call.query.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadParameter(name=name, why="must be an instant with a time zone, 2026-01-31T08:00:00Z.")
    return instant


def _shown(call: Call, doc: LedgerDoc, rows: list[dict[str, Any]]) -> list[dict[str, Json]]:
    """Rows without what is only for proofs; documents are named by their entity, those that are not seen not at all."""
    seen = timeline.seen_documents(call.work, rows)
    if doc.beside:
        timeline.blank_unseen_beside(call.work, doc, rows)
    lines = [each for each in call.work.model.all("timeline") if doc.name in each.ledgers]
    labels = [next((label for line in lines if (label := _label(call, line, row))), None) for row in rows]
    return [{**_row(seen, row), "label": label} for row, label in zip(rows, labels, strict=True)]


def _label(call: Call, line: TimelineDoc, row: Mapping[str, Any]) -> Json:
    return movement_label(call.work.model, line, row.get("entity"), row.get("step", ""))


def _row(seen: Mapping[tuple[str, int], str], row: dict[str, Any]) -> dict[str, Json]:
    hidden = ("hash", "source_key", "account_id", "is_present")
    made = {name: value for name, value in row.items() if name not in hidden and (name != "beside" or value)}
    made["entity"] = seen.get((row.get("entity"), row.get("document_id")))  # type: ignore[arg-type]
    if made["entity"] is None and "document_id" in made:
        made["document_id"] = None
    return made
