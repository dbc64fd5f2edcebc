"""What other programs do to accounts: postings, units that are held and used, transfers between holders."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from tessera.engine import timeline
from tessera.errors import Json
from tessera.meta.rules import LedgerDoc
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.inputs import Inputs, is_text
from tessera.web.routes import Body, Parameter, route

_HOLDER = Parameter("holder", {"type": "string"}, "Ref or business key of the holder.", required=True)
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 500}, "How many at most.")
_OFFSET = Parameter("offset", {"type": "integer", "minimum": 0, "maximum": 10_000}, "How many to skip.")
_OVER = Parameter("with_closed", {"type": "boolean"}, "Also holds that were posted, released or are over.")


@route(
    "POST", "/api/v1/ledgers/{ledger}/postings", tag="Ledgers", summary="Post to an account", mode="write",
    scope="write", body=Body("NewPosting"), answer="PostingAnswer", errors=(404, 409),
)
def post_outside(call: Call) -> Answer:
    """Post what another program did to an account: units come (grant) or go (take). key identifies it: the same again
    changes nothing, another under the same key is refused. at is when it happened, now when it is left out. A take that
    is not covered is refused, unless may_owe. For administrators and roles with the permission facts."""
    call.pick(
        "holder", "beside", "key", "move", "amount", "as", "at", "lot", "expires_on", "available_from", "may_owe"
    )
    doc, inputs, holder = _asked(call)
    move = inputs.one_of("move", "grant", "take")
    key, name, lot = inputs.text("key"), inputs.name("as"), inputs.text("lot", needed=False)
    amount, at = inputs.value("amount", "number", needed=True), inputs.value("at", "datetime")
    until, available_from = inputs.value("expires_on", "date"), inputs.value("available_from", "date")
    may_owe = bool(inputs.value("may_owe", "boolean"))
    beside = _beside(call, doc, inputs)
    inputs.ensure()
    number = timeline.post(
        call.work, doc.name, holder, "grant" if move == "grant" else "take", amount, key=key, name=name, at=at, lot=lot,
        expires_on=until, available_from=available_from, may_owe=may_owe, beside=beside,
    )
    return json_answer({"moment": number, "ledger": doc.name, "key": key})


@route(
    "POST", "/api/v1/ledgers/{ledger}/postings/withdraw", tag="Ledgers", summary="Withdraw a posting", mode="write",
    scope="write", status=204, body=Body("AccountKey"), errors=(404,),
)
def withdraw_posting(call: Call) -> Answer:
    """Take a posting back, as if it had never been; what rests on it is corrected. Done twice it changes nothing."""
    call.pick("holder", "key")
    doc, inputs, holder = _asked(call)
    key = inputs.text("key")
    inputs.ensure()
    timeline.take_back(call.work, doc.name, holder, key=key)
    return Answer(status=204)


@route(
    "GET", "/api/v1/ledgers/{ledger}/holds", tag="Ledgers", summary="List holds", answer="List",
    parameters=(_HOLDER, _OVER, _LIMIT, _OFFSET), errors=(404,),
)
def list_holds(call: Call) -> Answer:
    """The holds on an account that still lessen what is available, the latest first. next is the offset of the page
    that follows, null on the last one."""
    doc = timeline.seen_ledger(call.work, call.args["ledger"])
    holder = timeline.seen_holder(call.work, doc, call.needed("holder"))
    limits = call.runtime.settings.limits
    limit = call.whole("limit", limits.page_default_rows, least=1, most=limits.page_rows)
    offset = call.whole("offset", 0, most=limits.offset_rows)
    is_open = not call.flag("with_closed")
    rows = timeline.holds_of(call.work, doc.name, holder, open_only=is_open, limit=limit + 1, offset=offset)
    following = str(offset + limit) if len(rows) > limit else None
    return json_answer({"data": [_hold(doc, holder, each) for each in rows[:limit]], "next": following})


@route(
    "POST", "/api/v1/ledgers/{ledger}/holds", tag="Ledgers", summary="Hold units", mode="write", scope="write",
    body=Body("NewHold"), answer="Hold", errors=(404, 409),
)
def hold_units(call: Call) -> Answer:
    """Set units of an account aside until an instant, else as long as the ledger allows. They lessen what is available,
    not the balance. key identifies the hold: the same again changes nothing. For administrators and roles with the
    permission facts."""
    call.pick("holder", "beside", "key", "amount", "until")
    doc, inputs, holder = _asked(call)
    key, amount = inputs.text("key"), inputs.value("amount", "number", needed=True)
    until, beside = inputs.value("until", "datetime"), _beside(call, doc, inputs)
    inputs.ensure()
    found = timeline.hold(call.work, doc.name, holder, amount, key=key, until=until, beside=beside)
    return json_answer(_hold(doc, holder, found))


@route(
    "POST", "/api/v1/ledgers/{ledger}/holds/post", tag="Ledgers", summary="Use held units", mode="write",
    scope="write", body=Body("HoldUse"), answer="Hold", errors=(404, 409),
)
def use_hold(call: Call) -> Answer:
    """Take what was held, or less of it: the rest is free again. It resolves the hold, once; the same again gives the
    same answer. values are further ones of the fact that the ledger names."""
    call.pick("holder", "beside", "key", "amount", "at", "values")
    doc, inputs, holder = _asked(call)
    key, amount, at = inputs.text("key"), inputs.value("amount", "number"), inputs.value("at", "datetime")
    fact = timeline.fact_of(call.work, doc) if doc.hold_fact else None
    values, beside = inputs.fact_values(fact, partial(timeline.seen_record, call.work)), _beside(call, doc, inputs)
    inputs.ensure()
    timeline.post_hold(call.work, doc.name, holder, amount, key=key, at=at, values=values, beside=beside)
    return json_answer(_hold(doc, holder, timeline.hold_of(call.work, doc.name, holder, key=key, beside=beside)))


@route(
    "POST", "/api/v1/ledgers/{ledger}/holds/release", tag="Ledgers", summary="Release held units", mode="write",
    scope="write", body=Body("HoldKey"), answer="Hold", errors=(404, 409),
)
def release_hold(call: Call) -> Answer:
    """Free what is held. Done twice it changes nothing; a hold that was used is not released."""
    call.pick("holder", "beside", "key")
    doc, inputs, holder = _asked(call)
    key, beside = inputs.text("key"), _beside(call, doc, inputs)
    inputs.ensure()
    return json_answer(_hold(doc, holder, timeline.release_hold(call.work, doc.name, holder, key=key, beside=beside)))


@route(
    "GET", "/api/v1/ledgers/{ledger}/transfers", tag="Ledgers", summary="List transfers", answer="List",
    parameters=(_HOLDER,), errors=(404,),
)
def list_transfers(call: Call) -> Answer:
    """Every transfer from or to a holder, the latest first. Of the other holder only the id is told, and not even that
    where the user may not see it."""
    doc = timeline.seen_ledger(call.work, call.args["ledger"])
    holder = timeline.seen_holder(call.work, doc, call.needed("holder"))
    found = timeline.transfers_of(call.work, doc.name, holder)
    seen = timeline.seen_among(call.work, doc, {each.source for each in found} | {each.target for each in found})
    rows = [_transfer(doc, each) for each in found]
    for row in rows:
        for end in ("source", "target"):
            row[end] = row[end] if row[end] in seen else None
    return json_answer({"data": rows, "next": None})


@route(
    "POST", "/api/v1/ledgers/{ledger}/transfers", tag="Ledgers", summary="Transfer units", mode="write",
    scope="write", body=Body("NewTransfer"), answer="Transfer", errors=(404, 409),
)
def transfer_units(call: Call) -> Answer:
    """Move units from one holder to another with the days of their lots; without an amount all of them, and debts, as
    when two holders are one. key identifies it among the transfers of the source: the same again changes nothing. For
    administrators and roles with the permission facts."""
    call.pick("source", "target", "beside", "key", "amount")
    doc, inputs, source = _asked(call, "source")
    target, beside = inputs.text("target"), _beside(call, doc, inputs)
    key, amount = inputs.text("key"), inputs.value("amount", "number")
    inputs.ensure()
    to = timeline.seen_holder(call.work, doc, target)
    moved = timeline.transfer(call.work, doc.name, source, to, key=key, amount=amount, beside=beside)
    return json_answer(_transfer(doc, moved))


@route(
    "POST", "/api/v1/ledgers/{ledger}/transfers/undo", tag="Ledgers", summary="Undo a transfer", mode="write",
    scope="write", body=Body("TransferKey"), answer="Transfer", errors=(404, 409),
)
def undo_transfer(call: Call) -> Answer:
    """Take a transfer back, as if it had never been; what the target used of it since is owed. The ledger says how
    long that can be done. Done twice it changes nothing."""
    call.pick("source", "key")
    doc, inputs, source = _asked(call, "source")
    key = inputs.text("key")
    inputs.ensure()
    return json_answer(_transfer(doc, timeline.undo_transfer(call.work, doc.name, source, key=key)))


def _asked(call: Call, holder: str = "holder") -> tuple[LedgerDoc, Inputs, int]:
    """The ledger that the path names, the body, and the id of the holder in it. Raises: NotFound, Forbidden, Invalid.

    Problems of the holder are raised at once: without one nothing else can be looked at.
    """
    doc = timeline.seen_ledger(call.work, call.args["ledger"])
    timeline.ensure_posting(call.work)
    inputs = Inputs(call.object())
    text = inputs.text(holder)
    inputs.ensure()
    return doc, inputs, timeline.seen_holder(call.work, doc, text)


def _beside(call: Call, doc: LedgerDoc, inputs: Inputs) -> list[int]:
    """What says which account of a ledger with several holders is meant; its problems go to the inputs."""
    keys = inputs.body.get("beside", [])
    if not isinstance(keys, list) or not all(is_text(each) for each in keys):
        inputs.add("beside", "This must be a list of refs or business keys.")
        return []
    return timeline.seen_beside(call.work, doc, keys)


def _hold(doc: LedgerDoc, holder: int, found: timeline.Hold) -> dict[str, Json]:
    answer = {"ledger": doc.name, "holder": holder, **asdict(found)}
    return answer if doc.beside else {name: value for name, value in answer.items() if name != "beside"}


def _transfer(doc: LedgerDoc, found: timeline.Transfer) -> dict[str, Json]:
    return {"ledger": doc.name, **asdict(found)}
