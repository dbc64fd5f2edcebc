"""Cursors: where a page ended, signed and bound to what was asked, so that no other place can be asked for."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

import orjson

from tessera.errors import TesseraError
from tessera.meta.model import Storage

Way = Literal["next", "previous"]

_SIGNATURE_BYTES = 16


class BadCursor(TesseraError):
    """This cursor belongs to another query, or was changed."""

    code = "bad_cursor"
    status = 400
    hint = "Begin again without a cursor."


def write_cursor(secret: bytes, binding: str, way: Way, values: Sequence[Any]) -> str:
    """A cursor to the page after (or before) the record with these sort values."""
    body = orjson.dumps([way, [_plain(value) for value in values]])
    return base64.urlsafe_b64encode(_sign(secret, binding, body) + body).decode().rstrip("=")


def read_cursor(secret: bytes, binding: str, cursor: str, storages: Sequence[Storage]) -> tuple[Way, list[Any]]:
    """The way and sort values of a cursor. Raises: BadCursor("bad_cursor")."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadCursor() from error
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(secret, binding, body)):
        raise BadCursor()
    way, values = orjson.loads(body)
    return way, [_value(value, storage) for value, storage in zip(values, storages, strict=True)]


def _sign(secret: bytes, binding: str, body: bytes) -> bytes:
    return hmac.new(secret, binding.encode("utf-8", "surrogatepass") + b"\0" + body, sha256).digest()[:_SIGNATURE_BYTES]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | time) else value


def _value(value: Any, storage: Storage) -> Any:
    if value is None:
        return None
    match storage.kind:
        case "decimal":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "datetime":
            return datetime.fromisoformat(value)
        case "time":
            return time.fromisoformat(value)
    return value
