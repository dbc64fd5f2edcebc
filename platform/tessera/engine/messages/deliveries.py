"""Deliveries as administrators see them, and what a person decides about those that went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tessera.engine import audit, outbox
from tessera.engine.access import permissions_of
from tessera.engine.messages.errors import NotReplayable
from tessera.engine.messages.inbox import opened_content
from tessera.engine.work import Work
from tessera.errors import Forbidden, Json, NotFound
from tessera.meta.messages import MessageDoc
from tessera.meta.model import EMPTY
from tessera.store.system import messages as stored

STATES = (
    "waiting", "sending", "sent", "failed", "dead", "review", "suppressed", "merged", "cancelled",
)  # fmt: skip
PERMISSION = "messages"
_NEWEST = 100_000
"""Deliveries among which those of a transaction under way are looked for: more are not written beside it."""
_REPLAYABLE = frozenset({stored.DEAD, stored.REVIEW})


def list_deliveries(
    work: Work, wanted: Mapping[str, Any], *, states: Sequence[str] = (), before: int = 0, limit: int = 50
) -> list[dict[str, Json]]:
    """Deliveries, the latest first, without their texts. For administrators and roles with the permission messages.

    wanted: message (name), channel, user (id), entity (name) and record (id), about_entity and about, source.
    Raises: Forbidden, NotFound.
    """
    _ensure_may(work)
    columns = dict(_columns(work, wanted))
    return [_shown(work, row) for row in stored.listed(work.tx, columns, states=states, before=before, limit=limit)]


def get_delivery(work: Work, number: int) -> dict[str, Json]:
    """A delivery with its text, as far as it is kept. Raises: Forbidden, NotFound."""
    _ensure_may(work)
    row = stored.row(work.tx, number)
    if row is None:
        raise NotFound(what="delivery")
    return {**_shown(work, row), "content": opened_content(work, row) if row["content"] is not None else None}


def just_written(work: Work, request_ids: Sequence[str]) -> list[dict[str, Json]]:
    """Deliveries that requests of these ids wrote in this transaction, the earliest first, with their texts.

    For reports of what a request does: the caller sees to it that the reader may know.
    """
    found = stored.just_written(work.tx, request_ids, _NEWEST)
    return [{**_shown(work, row), "content": opened_content(work, row) if row["content"] else None} for row in found]


def counts(work: Work) -> dict[str, int]:
    """How many deliveries there are in each state. Raises: Forbidden."""
    _ensure_may(work)
    return {**dict.fromkeys(STATES, 0), **stored.counts(work.tx)}


def replay(work: Work, number: int) -> dict[str, Json]:
    """Send again what is dead or under review. Raises: Forbidden, NotFound, NotReplayable("not_replayable")."""
    return _decide(work, number, "message.replayed", {
        "state": stored.WAITING, "reason": "replayed", "due_at": work.now, "attempts": 0, "deaths": 0, "error": None,
        "lease_until": None,
    })  # fmt: skip


def settle(work: Work, number: int, *, was_sent: bool) -> dict[str, Json]:
    """Say what became of a delivery that is dead or under review: it was sent after all, or is given up.

    Raises: Forbidden, NotFound, NotReplayable("not_replayable").
    """
    values: dict[str, Any] = {"state": "cancelled", "reason": "given_up"}
    if was_sent:
        values = {"state": stored.SENT, "reason": "confirmed", "sent_at": work.now}
    return _decide(work, number, "message.settled", values)


def _decide(work: Work, number: int, verb: str, values: Mapping[str, Any]) -> dict[str, Json]:
    _ensure_may(work)
    row = stored.row(work.tx, number, lock=True)
    if row is None:
        raise NotFound(what="delivery")
    if row["state"] not in _REPLAYABLE:
        raise NotReplayable(state=row["state"])
    stored.update(work.tx, number, {"fence": row["fence"] + 1, **values})
    audit.write(work, verb, "", [audit.Entry(None, {"delivery": number, "state": values["state"]})])
    if values["state"] == stored.WAITING:
        outbox.ring(work)
    return get_delivery(work, number)


def _ensure_may(work: Work) -> None:
    actor = work.ctx.actor
    if not actor.is_admin and PERMISSION not in permissions_of(work.model, actor.roles):
        raise Forbidden(action="see the deliveries of")


def _columns(work: Work, wanted: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in wanted.items():
        match name:
            case "message":
                doc = work.model.part("message", value)
                found.append(("message", doc.key if isinstance(doc, MessageDoc) else value))
            case "entity" | "about_entity":
                found.append((name, work.entity(value).key))
            case "record" | "user":
                found.append((f"{name}_id", value))
            case "about":
                found.append(("about_id", value))
            case _:
                found.append((name, value))
    return found


def _shown(work: Work, row: Mapping[str, Any]) -> dict[str, Json]:
    doc = work.model.parts.get("message", EMPTY).get(row["message"])
    names = (
        "id", "notice", "category", "channel", "state", "reason", "due_at", "until", "attempts", "created_at",
        "begun_at", "sent_at", "read_at", "error", "receipt", "merged_into", "language", "source",
    )  # fmt: skip
    return {
        **{name: row[name] for name in names},
        "message": doc.name if isinstance(doc, MessageDoc) else row["message"],
        "key": row["ref"],
        "to": {"user": row["user_id"], **_record(work, row["entity"], row["record_id"]),
               **({"group": row["person"].removeprefix("group:")} if row["person"].startswith("group:") else {})},
        "about": _record(work, row["about_entity"], row["about_id"]) or None,
    }  # fmt: skip


def _record(work: Work, key: str | None, number: int | None) -> dict[str, Json]:
    entity = work.model.entities.get(key) if key else None
    return {"entity": entity.name, "record": number} if entity is not None else {}
