"""Forms for people without an account: the links to them, what they show, and the answers."""

from __future__ import annotations

from tessera.engine import public_forms as engine
from tessera.errors import Json
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadBody, BadParameter, TooLarge
from tessera.web.json_body import parse
from tessera.web.routes import Body, Parameter, route

ANSWER_BYTES = 100_000
_ENTITY = Parameter("entity", {"type": "string"}, "Only links to forms of this entity.")
_PARTS = ("label", "thanks", "given", "closes_at", "most_answers")


@route("GET", "/api/v1/public-forms", tag="Public forms", summary="List links to forms", answer="PublicLinks",
       parameters=(_ENTITY,), errors=(403,))
def list_public_forms(call: Call) -> Answer:
    """The links that open forms to people without an account, the latest first, with how many answers each had. For
    those with the permission public_forms."""
    return json_answer({"data": engine.list_links(call.work, call.query.get("entity", ""))})


@route("POST", "/api/v1/public-forms", tag="Public forms", summary="Make a link to a form", mode="write", scope="write",
       status=201, body=Body("PublicLinkBody"), answer="PublicLink", errors=(403, 404))
def create_public_form(call: Call) -> Answer:
    """Open a form that its package marks as public. given: values that every answer gets, such as where the link hangs.
    Whoever makes the link must be able to create such records, for as long as it takes answers."""
    body = call.pick("form", *_PARTS)
    parts = {name: each for name, each in body.items() if name != "form"}
    found = engine.create_link(call.work, body.get("form"), parts)
    return json_answer(found, 201, [("Location", f"/api/v1/public-forms/{found['id']}")])


@route("GET", "/api/v1/public-forms/{link}", tag="Public forms", summary="Get a link to a form", answer="PublicLink",
       errors=(403, 404))
def get_public_form(call: Call) -> Answer:
    """A link, with its address and how many answers it had."""
    return json_answer(engine.get_link(call.work, call.number("link", "link")))


@route("PATCH", "/api/v1/public-forms/{link}", tag="Public forms", summary="Change a link to a form", mode="write",
       scope="write", body=Body("PublicLinkChanges"), answer="PublicLink", errors=(403, 404))
def change_public_form(call: Call) -> Answer:
    """Close a link or open it again, or change what it says and how much it takes."""
    return json_answer(engine.change_link(call.work, call.number("link", "link"), call.pick(*_PARTS, "is_open")))


@route("DELETE", "/api/v1/public-forms/{link}", tag="Public forms", summary="Take a link to a form away", mode="write",
       scope="write", status=204, errors=(403, 404))
def delete_public_form(call: Call) -> Answer:
    """Take a link away. What came through it stays."""
    engine.delete_link(call.work, call.number("link", "link"))
    return Answer(status=204)


@route("GET", "/api/v1/open-forms/{token}", tag="Public forms", summary="Get an open form", scope="",
       answer="OpenForm", errors=(404,))
def get_open_form(call: Call) -> Answer:
    """What the page of a form shows to somebody without an account: its fields, and whether it takes answers."""
    return json_answer(engine.shown_form(call.work, call.args["token"]))


@route("POST", "/api/v1/open-forms/{token}/answers", tag="Public forms", summary="Answer an open form", mode="free",
       scope="", status=201, body=Body("OpenFormAnswer", kind="raw"), answer="OpenFormThanks",
       errors=(400, 404, 409, 429))
def answer_open_form(call: Call) -> Answer:
    """Make a record of an answer, with the fields of the form and no others. key: made up by the sender, the same in
    every repetition, so that an answer counts once. Each address may send 60 an hour."""
    token = call.args["token"]
    address = call.request.remote_addr or ""
    call.runtime.write(call.ctx, lambda work: engine.count_try(work, token, address))
    values, key, trap = _answer(call)
    done = call.runtime.write(call.ctx, lambda work: engine.answer(work, token, values, key=key, trap=trap))
    return json_answer({"thanks": done.thanks}, 201)


def _answer(call: Call) -> tuple[dict[str, Json], str, str]:
    """Values, key, and what stands in the field that people do not see. Raises: TooLarge, BadBody."""
    data = call.request.get_data(cache=False) if (call.request.content_length or 0) <= ANSWER_BYTES else None
    if data is None or len(data) > ANSWER_BYTES:
        raise TooLarge(limit_bytes=ANSWER_BYTES)
    body = parse(data)
    if not isinstance(body, dict) or not set(body) <= {"values", "key", "website"}:
        raise BadBody(why='it must be {"values", "key"}')
    values, key, trap = body.get("values"), body.get("key"), body.get("website", "")
    if not isinstance(values, dict):
        raise BadBody(why="values must be an object")
    if not isinstance(key, str) or not 8 <= len(key) <= 64 or not key.isascii() or not key.isprintable():
        raise BadParameter(name="key", why="must be a text of 8 to 64 plain characters.")
    return values, key, trap if isinstance(trap, str) else "x"
