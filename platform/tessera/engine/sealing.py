"""Seals personal values under a key of their subject, so that destroying the key erases every copy of them.

AES-256-GCM with a random nonce; the subject and the field are authenticated along, so that a sealed value cannot be
moved. Source: NIST SP 800-38D.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable

import orjson
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tessera.engine.work import Work
from tessera.errors import Json
from tessera.store.system.records import seal_key

_KEYS = "cache:sealing.keys"
_NONCE_BYTES = 12
_CHUNK = 5_000


def keys_of(work: Work, entity: str, ids: Iterable[int], *, make: bool = True) -> dict[int, bytes]:
    """The seal keys of subjects: records of the entity (by its key). make: those that have none get one."""
    known: dict[tuple[str, int], bytes] = work.scratch.setdefault(_KEYS, {})
    wanted = [each for each in dict.fromkeys(ids) if (entity, each) not in known]
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        query = sa.select(seal_key.c.record_id, seal_key.c.key)
        for row in work.tx.rows(query.where(seal_key.c.entity == entity, seal_key.c.record_id.in_(part))):
            known[entity, row["record_id"]] = bytes(row["key"])
    missing = [each for each in wanted if (entity, each) not in known]
    if make and missing:
        add_keys(work, entity, missing)
    return {number: known[entity, number] for number in ids if (entity, number) in known}


def add_keys(work: Work, entity: str, ids: Iterable[int]) -> None:
    """Make keys for subjects that are known to have none, such as new records."""
    known: dict[tuple[str, int], bytes] = work.scratch.setdefault(_KEYS, {})
    rows = [(entity, number, os.urandom(32), work.now) for number in ids]
    work.tx.insert_many(seal_key, ("entity", "record_id", "key", "made_at"), rows)
    known.update({(entity, number): key for _, number, key, _ in rows})


def seal(key: bytes, value: Json, about: str) -> Json:
    """The value sealed: {"sealed": text}. about: what it is a value of, such as the field's key. Blank stays blank."""
    if value is None:
        return None
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, orjson.dumps(value), about.encode())
    return {"sealed": base64.b64encode(nonce + sealed).decode()}


def unseal(key: bytes | None, sealed: Json, about: str) -> Json:
    """The value again; {"erased": true} when its key is gone or it is not what was sealed there."""
    if not isinstance(sealed, dict) or "sealed" not in sealed:
        return sealed
    raw = base64.b64decode(sealed["sealed"])
    if key is None:
        return {"erased": True}
    try:
        return orjson.loads(AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode()))
    except InvalidTag:
        return {"erased": True}


def destroy_key(work: Work, entity: str, record_id: int) -> None:
    """Erase every sealed value of a subject by destroying its key."""
    work.scratch.setdefault(_KEYS, {}).pop((entity, record_id), None)
    work.tx.execute(sa.delete(seal_key).where(seal_key.c.entity == entity, seal_key.c.record_id == record_id))
