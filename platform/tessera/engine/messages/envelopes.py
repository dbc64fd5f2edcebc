"""What is kept of a message is sealed under the keys of everybody that it is about; each can be destroyed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import orjson

from tessera.engine import sealing
from tessera.engine.messages.recipients import Subject
from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.outside import insert_missing
from tessera.store.system.records import seal_key

ERASED: Json = {"erased": True}


def ensure_keys(work: Work, subjects: Iterable[Subject]) -> None:
    """Make the keys of subjects that have none yet, whoever else is doing so at the moment."""
    for entity, number in subjects:
        if number not in sealing.keys_of(work, entity, [number], make=False):
            values = {"entity": entity, "record_id": number, "key": os.urandom(32), "made_at": work.now}
            insert_missing(work.tx, seal_key, values)


def sealed(work: Work, subjects: Sequence[Subject], value: Json, about: str) -> str | None:
    """The value as a text that only the keys of all subjects open. about: which message, and what of it."""
    if value is None:
        return None
    for entity, number in subjects:
        value = sealing.seal(sealing.keys_of(work, entity, [number], make=False)[number], value, about)
    return orjson.dumps(value).decode()


def opened(work: Work, subjects: Sequence[Sequence[Json]], text: str | None, about: str) -> Json:
    """The value again; {"erased": true} when one of the keys is gone."""
    if text is None:
        return None
    value: Json = orjson.loads(text)
    for entity, number in reversed([(str(each[0]), int(each[1])) for each in subjects]):
        key = sealing.keys_of(work, entity, [number], make=False).get(number)
        value = sealing.unseal(key, value, about)
        if value == ERASED:
            return ERASED
    return value
