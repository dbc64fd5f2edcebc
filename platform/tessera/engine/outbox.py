"""Facts for flows, written in the transaction of the change; afterwards the doorbell rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import orjson

from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.bulk import Same
from tessera.store.system.records import outbox

Doorbell: TypeAlias = Callable[[], None]

doorbells: list[Doorbell] = []
"""Called after a COMMIT that left events: wake whoever handles them. They must not fail, only be late."""

_DEPTH = "outbox.depth"
_RUNG = "cache:outbox.rung"


def emit(work: Work, topic: str, entity: str, events: Sequence[tuple[int | None, Json]]) -> None:
    """Leave events of one topic. events: (record's id or None for a batch, payload) in order.

    topic: such as `record.created`. entity: key of the entity, "" when the event is about none.
    """
    if not events:
        return
    payloads: Sequence[str] | Same = Same("{}")
    if any(payload != {} for _, payload in events):
        payloads = [orjson.dumps(payload).decode() for _, payload in events]
    work.tx.insert_columns(outbox, {
        "topic": Same(topic), "entity": Same(entity), "record_id": [record_id for record_id, _ in events],
        "payload": payloads, "depth": Same(work.scratch.get(_DEPTH, 0)), "release": Same(work.model.number),
        "request_id": Same(work.ctx.request_id), "created_at": Same(work.now),
    })  # fmt: skip
    ring(work)


def ring(work: Work) -> None:
    """Ring the doorbells once this transaction is committed: there is something to do for flows."""
    if _RUNG not in work.scratch:
        work.scratch[_RUNG] = True
        work.after_commit(_ring)


def set_depth(work: Work, depth: int) -> None:
    """Say how long the chain of flows is that leads to what this transaction emits."""
    work.scratch[_DEPTH] = depth


def _ring() -> None:
    for doorbell in doorbells:
        doorbell()
