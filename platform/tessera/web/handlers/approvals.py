"""Approvals: what waits for me, deciding about it, taking back, withdrawing, delegating, and links for phones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from tessera.engine.approvals import batches, deciding, delegating, links, lists, showing
from tessera.engine.approvals.cases import Case
from tessera.engine.approvals.choosing import candidates, target_of
from tessera.engine.approvals.names import person_json
from tessera.engine.identity.errors import MissingScope
from tessera.errors import Invalid, Json, Problem
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.routes import Body, Parameter, route, text_of

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,40}$"}
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}, "How many at most.")
_CURSOR = Parameter("cursor", text_of("cursor"), "The `next` of a page.")
_FLOW = Parameter("flow", _NAME, "Only of the flow of this name.")
_STATE = Parameter("state", {"type": "string", "enum": ["running", "ended"]}, "Only those.")
_ENTITY = Parameter("entity", _NAME, "Only about records of this entity.")
_RECORD = Parameter("record", {"type": "integer", "minimum": 1}, "Only about the record of this id; needs entity.")
_TEXT = Parameter("text", {"type": "string", "maxLength": 100}, "A part of the name.")
_DECIDED = (403, 404, 409, 422)


# Lists


@route("GET", "/api/v1/approvals/inbox", tag="Approvals", summary="List what waits for me", answer="ApprovalPage",
       parameters=(_LIMIT, _CURSOR, _FLOW), errors=(404,))
def list_approval_inbox(call: Call) -> Answer:
    """Tasks that wait for me, or for those for whom I stand in: the late ones first, then the longest waiting."""
    return _page(call, lists.waiting(call.work, **_paging(call), flow=call.query.get("flow", "")))


@route("GET", "/api/v1/approvals/done", tag="Approvals", summary="List what I decided", answer="ApprovalPage",
       parameters=(_LIMIT, _CURSOR, _FLOW), errors=(404,))
def list_approvals_done(call: Call) -> Answer:
    """Tasks that I decided, the latest first; those that can still be taken back have final_at."""
    return _page(call, lists.done(call.work, **_paging(call), flow=call.query.get("flow", "")))


@route("GET", "/api/v1/approvals/started", tag="Approvals", summary="List what I asked for", answer="ApprovalPage",
       parameters=(_LIMIT, _CURSOR, _FLOW, _STATE), errors=(404,))
def list_approvals_started(call: Call) -> Answer:
    """Approvals that I asked for, the latest first."""
    flow, state = call.query.get("flow", ""), _state(call)
    return _page(call, lists.started(call.work, **_paging(call), flow=flow, state=state))


@route("GET", "/api/v1/approvals/copied", tag="Approvals", summary="List what I was sent a copy of",
       answer="ApprovalPage", parameters=(_LIMIT, _CURSOR))
def list_approvals_copied(call: Call) -> Answer:
    """Approvals of which I was sent a copy, the latest first; read_at is null until I have read it."""
    return _page(call, lists.copied(call.work, **_paging(call)))


@route("GET", "/api/v1/approvals/counts", tag="Approvals", summary="Count what waits for me", answer="ApprovalCounts")
def count_approvals(call: Call) -> Answer:
    """How many tasks wait for me and how many are late, by flow too; what I asked for; copies that I have not read."""
    return json_answer(lists.counts(call.work))


@route("GET", "/api/v1/approvals", tag="Approvals", summary="List approvals", answer="ApprovalPage",
       parameters=(_LIMIT, _CURSOR, _FLOW, _STATE, _ENTITY, _RECORD), errors=(404,))
def list_approvals(call: Call) -> Answer:
    """All approvals that I may see, the latest first: those that I take part in, and those of flows of which one of my
    roles may see every approval (administrators: of all). With entity and record: those about a record."""
    record = call.whole("record", 0)
    if record and "entity" not in call.query:
        raise BadParameter(name="entity", why="is needed with record.")
    return _page(call, lists.every(
        call.work, **_paging(call), flow=call.query.get("flow", ""), state=_state(call),
        entity=call.query.get("entity", ""), record_id=record or None,
    ))  # fmt: skip


# One approval


@route("GET", "/api/v1/approvals/tasks/{task}", tag="Approvals", summary="Get a task", answer="ApprovalAnswer")
def get_approval_task(call: Call) -> Answer:
    """A task with its approval: the record with the fields of its node, the way with names and times, what agreeing
    brings about, what was said, and what I can do."""
    case, number = deciding.seen_task(call.work, call.number("task", "task"))
    return json_answer(showing.answer(case, number))


@route("GET", "/api/v1/approvals/{approval}", tag="Approvals", summary="Get an approval", answer="ApprovalAnswer")
def get_approval(call: Call) -> Answer:
    """An approval that I may see, with my own task if one waits for me."""
    return json_answer(showing.answer(deciding.seen_approval(call.work, call.number("approval", "approval"))))


@route("GET", "/api/v1/approvals/tasks/{task}/people", tag="Approvals", summary="Find people to ask",
       answer="People", parameters=(_TEXT,))
def find_approvers(call: Call) -> Answer:
    """People to whom I could transfer this task, or whom I could add as signers: 20 at most, by name."""
    found = candidates(call.work, call.number("task", "task"), call.query.get("text", ""))
    return json_answer({"data": [person_json(call.work, each) for each in found], "next": None})


# Deciding


@route("POST", "/api/v1/approvals/tasks/{task}/agree", tag="Approvals", summary="Agree (同意)", mode="write",
       scope="write", body=Body("ApprovalDecision", optional=True), answer="ApprovalAnswer", errors=_DECIDED)
def agree_task(call: Call) -> Answer:
    """Agree. record: what to write into the fields that the node lets me change. The task's final_at says until when
    this can be taken back; until then nothing has happened."""
    return _decided(call, "agree", **_decision(call, "record", "version"))


@route("POST", "/api/v1/approvals/tasks/{task}/reject", tag="Approvals", summary="Reject (驳回)", mode="write",
       scope="write", body=Body("ApprovalRejection", optional=True), answer="ApprovalAnswer", errors=_DECIDED)
def reject_task(call: Call) -> Answer:
    """Reject. Needs an opinion, unless the node says otherwise."""
    return _decided(call, "reject", **_decision(call, "version"))


@route("POST", "/api/v1/approvals/tasks/{task}/return", tag="Approvals", summary="Return (退回)", mode="write",
       scope="write", body=Body("ApprovalReturn"), answer="ApprovalAnswer", errors=_DECIDED)
def return_task(call: Call) -> Answer:
    """Return it to the requester or an earlier node (to), or to an earlier approve step of the flow (step): one of
    those that the task lists under returns. straight: afterwards it comes straight back here."""
    decision = _decision(call, "to", "step", "straight", "version")
    task = call.number("task", "task")
    to, step = decision.pop("to", ""), decision.get("step", "")
    _ensure(isinstance(to, str) and isinstance(step, str) and bool(to) != bool(step), "/to", "one of to and step")
    return _decided(call, "return", target=target_of(call.work, task, to), **decision)


@route("POST", "/api/v1/approvals/tasks/{task}/transfer", tag="Approvals", summary="Transfer (转交)", mode="write",
       scope="write", body=Body("ApprovalTransfer"), answer="ApprovalAnswer", errors=_DECIDED)
def transfer_task(call: Call) -> Answer:
    """Let somebody else decide in my place."""
    decision = _decision(call, "to")
    return _decided(call, "transfer", people=(_person(decision.pop("to", None), "/to"),), **decision)


@route("POST", "/api/v1/approvals/tasks/{task}/resubmit", tag="Approvals", summary="Submit again", mode="write",
       scope="write", body=Body("ApprovalDecision", optional=True), answer="ApprovalAnswer", errors=_DECIDED)
def resubmit_task(call: Call) -> Answer:
    """Send what was returned to me on its way again, with what I change in the record."""
    return _decided(call, "resubmit", **_decision(call, "record", "version"))


@route("POST", "/api/v1/approvals/tasks/{task}/signers", tag="Approvals", summary="Add signers (加签)", mode="write",
       scope="write", body=Body("ApprovalSigners"), answer="ApprovalAnswer", errors=_DECIDED)
def add_signers(call: Call) -> Answer:
    """Have further people sign, before or after me. Each of them must agree."""
    body = call.pick("people", "side", "opinion")
    side = body.get("side", "before")
    _ensure(side in ("before", "after"), "/side", '"before" or "after"')
    case = deciding.add_signers(
        call.work, call.number("task", "task"), _people(body.get("people")), side=str(side), opinion=_opinion(body)
    )
    return _shown(call, case)


@route("POST", "/api/v1/approvals/tasks/{task}/undo", tag="Approvals", summary="Take back", mode="write",
       scope="write", answer="ApprovalAnswer", errors=_DECIDED)
def undo_task(call: Call) -> Answer:
    """Take back what I decided, until its final_at."""
    return _shown(call, deciding.undo(call.work, call.number("task", "task")))


@route("POST", "/api/v1/approvals/tasks/agree", tag="Approvals", summary="Agree to several", mode="write",
       scope="write", body=Body("ApprovalBatch"), answer="ApprovalBatchAnswer")
def agree_tasks(call: Call) -> Answer:
    """Agree to up to 200 tasks, each by itself: one that cannot be agreed to does not keep the others from it. With
    dry_run nothing is done: the answer says what would be, and counts the tasks by flow and node."""
    body = call.pick("tasks", "opinion", "dry_run")
    tasks = body.get("tasks")
    is_list = isinstance(tasks, list) and 1 <= len(tasks) <= batches.MOST and all(type(each) is int for each in tasks)
    _ensure(is_list, "/tasks", f"a list of 1 to {batches.MOST} ids of tasks")
    _ensure(isinstance(body.get("dry_run", False), bool), "/dry_run", "true or false")
    agreed = batches.agree(call.work, tasks or [], _opinion(body), dry_run=bool(body.get("dry_run", False)))
    return json_answer(agreed)


@route("POST", "/api/v1/approvals/tasks/{task}/reassign", tag="Approvals", summary="Give a task to somebody else",
       mode="write", scope="write", body=Body("ApprovalReassign"), answer="ApprovalAnswer", errors=_DECIDED)
def reassign_task(call: Call) -> Answer:
    """Give anybody's task to somebody else at once; for administrators and roles that may manage the flow's
    approvals."""
    body = call.pick("to", "opinion")
    task, to = call.number("task", "task"), _person(body.get("to"), "/to")
    return _shown(call, deciding.reassign(call.work, task, to, _opinion(body)))


# The approval as a whole


@route("POST", "/api/v1/approvals/{approval}/withdraw", tag="Approvals", summary="Withdraw (撤回)", mode="write",
       scope="write", body=Body("ApprovalOpinion", optional=True), answer="ApprovalAnswer", errors=_DECIDED)
def withdraw_approval(call: Call) -> Answer:
    """Withdraw what I asked for."""
    opinion = _opinion(_optional(call, "opinion"))
    return _shown(call, deciding.withdraw(call.work, call.number("approval", "approval"), opinion))


@route("POST", "/api/v1/approvals/{approval}/urge", tag="Approvals", summary="Urge (催办)", mode="write",
       scope="write", body=Body("ApprovalOpinion", optional=True), answer="ApprovalAnswer", errors=_DECIDED)
def urge_approval(call: Call) -> Answer:
    """Remind whoever is asked now; for whoever asked and who may manage. Refused with 429 until urge_at."""
    opinion = _opinion(_optional(call, "opinion"))
    return _shown(call, deciding.urge(call.work, call.number("approval", "approval"), opinion))


@route("POST", "/api/v1/approvals/{approval}/comment", tag="Approvals", summary="Comment", mode="write",
       scope="write", body=Body("ApprovalComment"), answer="ApprovalAnswer", errors=_DECIDED)
def comment_approval(call: Call) -> Answer:
    """Say something without deciding, with files by their ids; for everybody who takes part, also afterwards.
    mentions: people who take part, and are told of it."""
    body = call.pick("opinion", "files", "mentions")
    number = call.number("approval", "approval")
    mentions = _people(body["mentions"], "/mentions") if body.get("mentions") else []
    return _shown(call, deciding.comment(call.work, number, _opinion(body), _files(body), mentions))


@route("POST", "/api/v1/approvals/{approval}/copies", tag="Approvals", summary="Send copies (抄送)", mode="write",
       scope="write", body=Body("ApprovalCopies"), answer="ApprovalAnswer", errors=_DECIDED)
def copy_approval(call: Call) -> Answer:
    """Let further people see it, with the fields that I see."""
    body = call.pick("people", "opinion")
    number, people = call.number("approval", "approval"), _people(body.get("people"))
    return _shown(call, deciding.send_copies(call.work, number, people, _opinion(body)))


@route("POST", "/api/v1/approvals/{approval}/read", tag="Approvals", summary="Mark my copy as read", mode="write",
       scope="write", status=204)
def read_approval_copy(call: Call) -> Answer:
    """Note that I have read the copy that I was sent."""
    deciding.mark_read(call.work, call.number("approval", "approval"))
    return Answer(status=204)


# Delegation


@route("GET", "/api/v1/approvals/delegations", tag="Approvals", summary="List delegations", answer="Delegations")
def list_delegations(call: Call) -> Answer:
    """Delegations from me and to me that have not ended."""
    return json_answer({"data": delegating.listed(call.work), "next": None})


@route("POST", "/api/v1/approvals/delegations", tag="Approvals", summary="Delegate (委托)", mode="write",
       scope="write", status=201, body=Body("NewDelegation"), answer="Delegation", errors=(403, 422))
def add_delegation(call: Call) -> Answer:
    """Let somebody decide in my place for a time. flows: only about these; left out: all. Administrators may say for
    which person."""
    body = call.pick("to", "from_at", "until_at", "flows", "reason", "person")
    flows = body.get("flows")
    is_names = flows is None or (isinstance(flows, list) and all(isinstance(each, str) for each in flows))
    _ensure(is_names, "/flows", "a list of names of flows, or null")
    reason = body.get("reason", "")
    _ensure(isinstance(reason, str) and len(reason) <= 500 and "\x00" not in reason, "/reason", "a text")
    made = delegating.delegate(
        call.work,
        to=_person(body.get("to"), "/to"),
        from_at=_instant(body.get("from_at"), "/from_at"),
        until_at=_instant(body.get("until_at"), "/until_at"),
        flows=flows,
        reason=str(reason),
        person=_person(body["person"], "/person") if body.get("person") is not None else None,
    )
    return json_answer(made, 201)


@route("DELETE", "/api/v1/approvals/delegations/{delegation}", tag="Approvals", summary="End a delegation",
       mode="write", scope="write", status=204)
def end_delegation(call: Call) -> Answer:
    """End a delegation of mine at once (or anybody's, for administrators)."""
    delegating.end(call.work, call.number("delegation", "delegation"))
    return Answer(status=204)


# Links


@route("POST", "/api/v1/approvals/tasks/{task}/link", tag="Approvals", summary="Make a link to a task", mode="write",
       scope="write", status=201, answer="ApprovalLink", errors=_DECIDED)
def make_approval_link(call: Call) -> Answer:
    """A signed link to one of my tasks, for as long as its node says. The token is shown this once."""
    return json_answer(links.make(call.work, call.number("task", "task")), 201)


@route("DELETE", "/api/v1/approvals/links/{link}", tag="Approvals", summary="Revoke a link", mode="write",
       scope="write", status=204)
def revoke_approval_link(call: Call) -> Answer:
    """End a link to one of my tasks (or to anybody's, for administrators). It is refused from the next request on."""
    links.revoke(call.work, call.number("link", "link"))
    return Answer(status=204)


@route("POST", "/api/v1/approvals/link", tag="Approvals", summary="Open a link", mode="read", scope="",
       body=Body("ApprovalToken"), answer="ApprovalAnswer", errors=(401, 404))
def open_approval_link(call: Call) -> Answer:
    """The task that a link leads to. Needs its person to be signed in, unless the node lets people decide by the link
    alone."""
    return _by_link(call, lambda task: showing.answer(*deciding.seen_task(call.work, task)), "token")


@route("POST", "/api/v1/approvals/link/agree", tag="Approvals", summary="Agree by a link", mode="write", scope="",
       body=Body("ApprovalLinkDecision"), answer="ApprovalAnswer", errors=(401, 403, 404, 409, 422))
def agree_by_approval_link(call: Call) -> Answer:
    """Agree to the task that a link leads to."""
    return _decided_by_link(call, "agree")


@route("POST", "/api/v1/approvals/link/reject", tag="Approvals", summary="Reject by a link", mode="write", scope="",
       body=Body("ApprovalLinkDecision"), answer="ApprovalAnswer", errors=(401, 403, 404, 409, 422))
def reject_by_approval_link(call: Call) -> Answer:
    """Reject the task that a link leads to."""
    return _decided_by_link(call, "reject")


def _decided_by_link(call: Call, kind: str) -> Answer:
    body = call.pick("token", "opinion")

    def decide(task: int) -> Json:
        return showing.answer(deciding.decide(call.work, task, kind, opinion=_opinion(body)))

    return _by_link(call, decide, "token", "opinion")


def _by_link(call: Call, then: Callable[[int], Json], *names: str) -> Answer:
    """Act as the person that a link was made for, on its task and nothing else."""
    token = call.pick(*names).get("token")
    _ensure(isinstance(token, str) and 0 < len(token) <= 200, "/token", "the token of a link")
    signed_in = call.identity.actor.id if call.identity is not None else None
    if call.work.is_writing and call.identity is not None and "write" not in call.identity.scopes:
        raise MissingScope(scope="write")
    found = links.opened(call.work, str(token), signed_in)
    call.work.ctx = call.ctx.acting_as(found.actor)
    if call.work.is_writing:
        links.note_use(call.work, found)
    return json_answer(then(found.task_id))


# Bodies


def _decided(call: Call, kind: str, **decision: Any) -> Answer:
    return _shown(call, deciding.decide(call.work, call.number("task", "task"), kind, **decision))


def _shown(call: Call, case: Case) -> Answer:
    number = case.number(call.number("task", "task")) if "task" in call.args else 0
    return json_answer(showing.answer(case, number))


def _page(call: Call, page: lists.Page) -> Answer:
    return json_answer({"data": page.rows, "next": page.next or None})


def _paging(call: Call) -> dict[str, Any]:
    return {"limit": call.whole("limit", 50, least=1, most=200), "cursor": call.query.get("cursor", "")}


def _state(call: Call) -> str:
    state = call.query.get("state", "")
    if state not in ("", "running", "ended"):
        raise BadParameter(name="state", why='must be "running" or "ended".')
    return state


def _optional(call: Call, *names: str) -> dict[str, Json]:
    return {} if call.json is None and not call.data else call.pick(*names)


def _decision(call: Call, *names: str) -> dict[str, Any]:
    """What a body says of a decision, besides opinion and files. Raises: Invalid, BadBody, UnknownField."""
    body = _optional(call, "opinion", "files", *names)
    found: dict[str, Any] = {name: body[name] for name in names if body.get(name) is not None}
    _ensure(isinstance(found.get("record", {}), dict), "/record", "an object of fields")
    _ensure(isinstance(found.get("straight", False), bool), "/straight", "true or false")
    _ensure(type(found.get("version", 0)) is int, "/version", "the version of the record that you read")
    return {**found, "opinion": _opinion(body), "files": _files(body)}


def _opinion(body: dict[str, Json]) -> str:
    text = body.get("opinion")
    _ensure(text is None or isinstance(text, str), "/opinion", "a text")
    return text or ""


def _files(body: dict[str, Json]) -> Sequence[str]:
    files = body.get("files") or []
    is_list = isinstance(files, list) and all(isinstance(each, str) for each in files)
    _ensure(is_list, "/files", "a list of ids of files")
    return [str(each) for each in files]


def _people(value: Json, pointer: str = "/people") -> list[int]:
    _ensure(isinstance(value, list) and 1 <= len(value) <= 100, pointer, "a list of ids of users")
    return [_person(each, f"{pointer}/{place}") for place, each in enumerate(value)]


def _person(value: Json, pointer: str) -> int:
    _ensure(type(value) is int and 0 < value < 2**63, pointer, "the id of a user")
    return int(value)


def _instant(value: Json, pointer: str) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid([Problem("wrong_value", pointer, "This must be an instant with a time zone.")])
    return found


def _ensure(is_good: bool, pointer: str, what: str) -> None:
    if not is_good:
        raise Invalid([Problem("wrong_value", pointer, f"This must be {what}.")])
