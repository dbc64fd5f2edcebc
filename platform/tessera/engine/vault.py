"""Secrets that the platform shows to the outside: put in by name, never given out again.

A secret is sealed by AES-256-GCM under a key that is derived from the secret key of the settings (HKDF, RFC 5869), with
its name authenticated along. Only what makes a call opens one, and what comes back from there is masked.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tessera.engine import audit
from tessera.engine.work import Work
from tessera.errors import Forbidden, Invalid, Json, NotFound, Problem, TesseraError
from tessera.names import is_name
from tessera.store.system import outside as stored

MOST_CHARACTERS = 8_000
DOTS = "•••"
_NONCE_BYTES = 12
_LEAST_MASKED = 4


class UnknownSecret(TesseraError):
    """There is no secret "{name}"."""

    code = "unknown_secret"
    status = 422
    hint = "Put it in with tessera secret set."


class SecretUnreadable(TesseraError):
    """The secret "{name}" was sealed under another secret key."""

    code = "secret_unreadable"
    status = 500
    hint = "Give back the old TESSERA_SECRET_KEY, or run tessera secret rotate."


def set_secret(work: Work, name: str, value: Json) -> dict[str, Json]:
    """Put a secret in, or another value in its place; what is known of it. For administrators.

    Raises: Forbidden, Invalid.
    """
    _ensure_admin(work)
    if not is_name(name):
        raise Invalid([Problem("bad_name", "/name", "A name is a-z, 0-9 and _, a letter first.")])
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS or "\x00" in value:
        raise Invalid([Problem("wrong_value", "/value", f"This must be a text of 1 to {MOST_CHARACTERS} characters.")])
    secret_key = work.settings.secret_key
    row = {
        "name": name, "sealed": _sealed(secret_key, name, value), "key_id": key_id(secret_key), "set_at": work.now,
        "set_by": work.ctx.actor.id,
    }  # fmt: skip
    stored.put_secret(work.tx, row)
    audit.write(work, "secret.set", "", [audit.Entry(None, {"name": name})])
    return {"name": name, "set_at": work.now}


def delete_secret(work: Work, name: str) -> None:
    """Take a secret away. For administrators. Raises: Forbidden, NotFound."""
    _ensure_admin(work)
    if not stored.delete_secret(work.tx, name):
        raise NotFound(what="secret")
    audit.write(work, "secret.deleted", "", [audit.Entry(None, {"name": name})])


def list_secrets(work: Work) -> list[dict[str, Json]]:
    """The names of secrets and when each was put in, never their values. For administrators. Raises: Forbidden."""
    _ensure_admin(work)
    own = key_id(work.settings.secret_key)
    return [
        {"name": row["name"], "set_at": row["set_at"], "is_readable": row["key_id"] == own}
        for row in stored.secret_rows(work.tx)
    ]


def opened(work: Work, name: str) -> str:
    """The value of a secret, for a call that shows it; it must not be stored or logged.

    Raises: UnknownSecret("unknown_secret"), SecretUnreadable("secret_unreadable").
    """
    row = stored.secret_row(work.tx, name)
    if row is None:
        raise UnknownSecret(name=name)
    return _opened(work.settings.secret_key, name, row["sealed"])


def rotate(work: Work, old_secret_key: str) -> int:
    """Seal every secret anew under the present secret key; how many. Raises: SecretUnreadable, Forbidden."""
    _ensure_admin(work)
    present, count = key_id(work.settings.secret_key), 0
    for row in stored.secret_rows(work.tx):
        if row["key_id"] != present:
            value = _opened(old_secret_key, row["name"], row["sealed"])
            sealed = _sealed(work.settings.secret_key, row["name"], value)
            stored.put_secret(work.tx, {**row, "sealed": sealed, "key_id": present})
            count += 1
    audit.write(work, "secret.rotated", "", [audit.Entry(None, {"count": count}, count)])
    return count


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, as whoever was shown them may have sent them back.

    >>> masked("key=abcdef", ["abcdef"])
    'key=•••'
    """
    for each in sorted(secrets, key=len, reverse=True):
        if len(each) >= _LEAST_MASKED:
            text = text.replace(each, DOTS)
    return text


@lru_cache(maxsize=4)
def _key(secret_key: str) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"tessera secrets")
    return derive.derive(secret_key.encode())


def key_id(secret_key: str) -> str:
    """What tells sealing keys apart without telling anything of them."""
    return hashlib.sha256(b"tessera key id" + _key(secret_key)).hexdigest()[:12]


def _sealed(secret_key: str, name: str, value: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(_key(secret_key)).encrypt(nonce, value.encode(), name.encode())).decode()


def _opened(secret_key: str, name: str, sealed: str) -> str:
    raw = base64.b64decode(sealed)
    try:
        return AESGCM(_key(secret_key)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], name.encode()).decode()
    except InvalidTag:
        raise SecretUnreadable(name=name) from None


def _ensure_admin(work: Work) -> None:
    if not work.ctx.actor.is_admin:
        raise Forbidden(action="change secrets")
