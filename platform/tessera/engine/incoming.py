"""Webhooks that come in: signed by a secret, fresh, taken once, kept as they came, and told to flows.

The signature is that of Standard Webhooks: header `webhook-signature` holds `v1,<base 64>` (several, separated by
blanks, while a secret is changed) of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`. An id is taken once
for each hook; a timestamp may be five minutes off.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tessera.context import Context
from tessera.engine import audit, outbox, vault
from tessera.engine.flows.chores import CHORES, Chore
from tessera.engine.flows.noticing import lane_of
from tessera.engine.flows.packing import pack
from tessera.engine.flows.starting import NewRun, make_runs
from tessera.engine.messages.channels.webhook import signature
from tessera.engine.outside.replies import plain
from tessera.engine.process import Process
from tessera.engine.work import Work
from tessera.errors import Conflict, Forbidden, Invalid, Json, NotFound, Problem, TesseraError
from tessera.formula import FormulaError
from tessera.meta.flows import FlowDoc
from tessera.meta.triggers.inputs import BadInput, loaded_inputs
from tessera.names import is_name
from tessera.store.system import hooks as stored

TOPIC = "webhook.received"
WINDOW_S = 300
KEPT = timedelta(days=30)
MOST_REJECTED = 100
"""Of each hook so many rejected events are kept, the latest ones."""

_REJECTED_BYTES = 10_000
_ID_CHARACTERS = 200
_NAME_CHARACTERS = 35
_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")
_AT_ONCE = 500


class BadSignature(TesseraError):
    """There is no such hook, or the event is not signed as it must be."""

    code = "bad_signature"
    status = 401
    hint = "Send webhook-id, webhook-timestamp (within five minutes) and webhook-signature: v1,<base 64>."


class HookTaken(Conflict):
    """There is a hook "{name}" already."""

    code = "hook_taken"
    status = 409


@dataclass(frozen=True, slots=True)
class Received:
    """What was sent. headers: names in small letters. body: the bytes as they came. value: what JSON they are.

    address: where it came from.
    """

    headers: Mapping[str, str]
    body: bytes
    value: Json
    address: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: state accepted, repeated or rejected. id: of the event that is kept, None for none."""

    state: str
    id: int | None = None
    reason: str = ""


# Hooks, for administrators


def create_hook(work: Work, name: Json) -> dict[str, Json]:
    """A new hook with its secret, which is shown this once. Raises: Forbidden, Invalid, HookTaken("hook_taken")."""
    _ensure_admin(work)
    if not isinstance(name, str) or not is_name(name) or len(name) > _NAME_CHARACTERS:
        message = f"A name is a-z, 0-9 and _, a letter first, at most {_NAME_CHARACTERS} characters."
        raise Invalid([Problem("bad_name", "/name", message)])
    values = {"name": name, "is_active": True, "created_at": work.now, "created_by": work.ctx.actor.id}
    if not stored.insert_hook(work.tx, values):
        raise HookTaken(name=name)
    audit.write(work, "hook.created", "", [audit.Entry(None, {"name": name})])
    return {**_shown(_existing(work, name)), "secret": renew_secret(work, name)}


def renew_secret(work: Work, name: str) -> str:
    """Another secret for a hook, shown this once; what was signed by the old one is refused. Raises: as create_hook."""
    _ensure_admin(work)
    _existing(work, name)
    fresh = "whsec_" + secrets.token_urlsafe(32)
    vault.set_secret(work, secret_name(name), fresh)
    return fresh


def set_active(work: Work, name: str, *, is_active: bool) -> dict[str, Json]:
    """Switch a hook on or off. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    _existing(work, name)
    stored.update_hook(work.tx, name, {"is_active": is_active})
    audit.write(work, "hook.changed", "", [audit.Entry(None, {"name": name, "is_active": is_active})])
    return _shown(_existing(work, name))


def delete_hook(work: Work, name: str) -> None:
    """Take a hook away with its events and its secret. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    _existing(work, name)
    stored.delete_hook(work.tx, name)
    vault.delete_secret(work, secret_name(name))
    audit.write(work, "hook.deleted", "", [audit.Entry(None, {"name": name})])


def list_hooks(work: Work) -> list[dict[str, Json]]:
    """Every hook with its counts. Raises: Forbidden."""
    _ensure_admin(work)
    return [_shown(row) for row in stored.hook_rows(work.tx)]


def list_events(work: Work, name: str, *, state: str = "", before: int = 0, limit: int = 50) -> list[dict[str, Json]]:
    """What a hook was sent, the latest first, without the bodies. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    _existing(work, name)
    return stored.event_rows(work.tx, name, state=state, before=before, limit=limit)


def get_event(work: Work, name: str, number: int) -> dict[str, Json]:
    """One event with its body as a text; what is no UTF-8 becomes �. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    row = stored.event_row(work.tx, name, number)
    if row is None:
        raise NotFound(what="event")
    return {**row, "body": bytes(row["body"]).decode("utf-8", "replace")}


def secret_name(name: str) -> str:
    """What the secret of a hook is called among the secrets."""
    return f"hook_{name}"


def _existing(work: Work, name: str) -> Mapping[str, Any]:
    row = stored.hook_row(work.tx, name)
    if row is None:
        raise NotFound(what="hook")
    return row


def _shown(row: Mapping[str, Any]) -> dict[str, Json]:
    names = ("name", "is_active", "created_at", "accepted", "repeated", "rejected", "last_at")
    return {name: row[name] for name in names}


def _ensure_admin(work: Work) -> None:
    if not work.ctx.actor.is_admin:
        raise Forbidden(action="change hooks")


# Receiving


def receive(work: Work, name: str, sent: Received) -> Outcome:
    """Take in what was sent to a hook, or refuse it; in the same transaction the runs of flows are made.

    Unknown and inactive hooks are refused like wrong signatures, and leave nothing.
    """
    row = stored.hook_row(work.tx, name) if is_name(name) else None
    secret = _secret(work, name) if row is not None and row["is_active"] else ""
    reason = _fault(work, sent, secret or "no such hook")
    if row is None or not secret:
        return Outcome("rejected", None, "unknown")
    if not reason and not isinstance(sent.value, dict):
        reason = "bad_json"
    if reason:
        return _rejected(work, name, sent, reason)
    number = stored.keep_event(work.tx, _kept(work, name, sent, "accepted"))
    if number is None:
        stored.count(work.tx, name, "repeated", work.now)
        return Outcome("repeated")
    stored.count(work.tx, name, "accepted", work.now)
    event_id = sent.headers["webhook-id"]
    outbox.emit(work, TOPIC, "", [(None, {"hook": name, "event_id": event_id, "event": number})])
    make_runs(work, list(_runs(work, name, number, event_id, sent.value)))
    return Outcome("accepted", number)


def _secret(work: Work, name: str) -> str:
    try:
        return vault.opened(work, secret_name(name))
    except (vault.UnknownSecret, vault.SecretUnreadable):
        return ""


def _fault(work: Work, sent: Received, secret: str) -> str:
    """Why an event is not believed, "" when it is. The signature is looked at whatever else is wrong."""
    event_id, stamp = sent.headers.get("webhook-id", ""), sent.headers.get("webhook-timestamp", "")
    timestamp = int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else 0
    expected = signature(secret, event_id, timestamp, sent.body).encode()
    given = sent.headers.get("webhook-signature", "").encode("utf-8", "replace").split(b" ")[:10]
    is_signed = any([hmac.compare_digest(expected, each) for each in given])
    if not 0 < len(event_id) <= _ID_CHARACTERS or not event_id.isascii() or not event_id.isprintable():
        return "bad_id"
    if not is_signed:
        return "bad_signature"
    return "" if abs(work.now.timestamp() - timestamp) <= WINDOW_S else "too_old"


def _rejected(work: Work, name: str, sent: Received, reason: str) -> Outcome:
    values = _kept(work, name, sent, "rejected")
    number = stored.keep_event(work.tx, {**values, "reason": reason, "body": sent.body[:_REJECTED_BYTES]})
    stored.drop_rejected(work.tx, name, MOST_REJECTED)
    stored.count(work.tx, name, "rejected", work.now)
    return Outcome("rejected", number, reason)


def _kept(work: Work, name: str, sent: Received, state: str) -> dict[str, Any]:
    headers = {each: sent.headers[each][:_ID_CHARACTERS] for each in _HEADERS if each in sent.headers}
    return {
        "hook": name, "event_id": sent.headers.get("webhook-id", "")[:_ID_CHARACTERS], "state": state, "reason": None,
        "received_at": work.now, "address": sent.address, "headers": headers, "body": sent.body,
    }  # fmt: skip


def _runs(work: Work, name: str, number: int, event_id: str, value: dict[str, Json]) -> list[NewRun]:
    """The runs that an event begins, of every active flow that listens to the hook."""
    body = plain(value)
    event = {"topic": TOPIC, "at": work.now, "by": 0, "hook": name, "event_id": event_id, "body": body}
    found = []
    for doc in work.model.all("flow"):
        if isinstance(doc, FlowDoc) and doc.is_active and doc.trigger.on == TOPIC and doc.trigger.options.hook == name:
            made = _run(work, doc, number, event, body)
            found += [made] if made is not None else []
    return found


def _run(work: Work, doc: FlowDoc, number: int, event: Mapping[str, Any], body: Mapping[str, Json]) -> NewRun | None:
    """The run of one flow; None when its condition is not fulfilled. What fails is made as failed, to be seen."""
    host = work.host()
    error: dict[str, Json] | None = None
    inputs: dict[str, Any] = {}
    lane = lane_of(doc, "", None, None)
    env = {"event": {"id": None, "changed": [], **event}, "input": inputs}
    try:
        inputs.update(loaded_inputs(doc.trigger.inputs, body))
        if doc.trigger.when is not None and doc.trigger.when(env, host) is not True:
            return None
        lane = lane_of(doc, "", None, lambda formula: formula(env, host))
    except (BadInput, FormulaError) as failure:
        error = {"code": failure.code, "message": failure.message, "step": ""}
    return NewRun(
        flow=doc.key, release=work.model.number, source=f"hook:{number}", lane=lane,
        given={"event": pack(dict(event)), "input": pack(inputs)}, cause=work.ctx.request_id, error=error,
    )  # fmt: skip


def forget_old(process: Process, ctx: Context, limit: int) -> int:
    """Forget events of hooks that came more than thirty days ago; how many."""
    before = ctx.now() - KEPT
    return process.write(ctx, lambda work: stored.drop_older(work.tx, before, min(limit, _AT_ONCE)))


CHORES.add("hooks.forget", Chore("hooks.forget", forget_old, rank=90, every_s=600.0))
