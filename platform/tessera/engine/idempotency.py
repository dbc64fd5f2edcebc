"""Stored answers: a repeated request with the same Idempotency-Key gets the answer of the first one.

The answer is stored in the transaction of the write, so there is no moment in which one is there without the other.
Only answers of success are kept; a refused request changed nothing and may be repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tessera.errors import Conflict, TesseraError
from tessera.store.system import access

if TYPE_CHECKING:
    from tessera.store import Tx

KEPT = timedelta(hours=24)
MAX_CHARACTERS = 200


class IdempotencyMismatch(Conflict):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_mismatch"
    status = 409
    hint = "Take a new key for each new request, and the same key only to repeat one."


class BadIdempotencyKey(TesseraError):
    """An Idempotency-Key is 1 to 200 printable ASCII characters."""

    code = "bad_idempotency_key"
    status = 400


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered to the first request with a key. body: its text."""

    status: int
    headers: Mapping[str, str]
    body: str


def fingerprint(method: str, target: str, body: bytes) -> str:
    """What must be equal for a request to count as a repetition: method, path with query, body."""
    summary = hashlib.sha256(f"{method} {target}\n".encode("utf-8", "surrogatepass"))
    summary.update(body)
    return summary.hexdigest()


def ensure_key(key: str) -> str:
    """The key, when it is one. Raises: BadIdempotencyKey("bad_idempotency_key")."""
    if not 1 <= len(key) <= MAX_CHARACTERS or not key.isascii() or not key.isprintable():
        raise BadIdempotencyKey()
    return key


def claim(tx: Tx, actor_id: int, key: str, print_of: str, now: datetime) -> StoredAnswer | None:
    """Take the key for this request: None, or the answer when the request was done before.

    Waits for the same request when it is still at work. Raises: IdempotencyMismatch("idempotency_mismatch").
    """
    row = access.claim_answer(tx, {"actor_id": actor_id, "key": key, "fingerprint": print_of, "created_at": now})
    if row is None:
        return None
    if row["fingerprint"] != print_of or row["status"] is None:
        raise IdempotencyMismatch()
    return StoredAnswer(row["status"], row["headers"], row["body"])


def keep(tx: Tx, actor_id: int, key: str, answer: StoredAnswer) -> None:
    """Store the answer of the request that claimed the key."""
    values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    access.store_answer(tx, actor_id, key, values)
