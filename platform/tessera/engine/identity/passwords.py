"""Password hashes: Argon2id with 46 MiB, one pass, one lane, and at most two at once in a process."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tessera.engine.identity.errors import WeakPassword
from tessera.errors import Unavailable

MIN_CHARACTERS = 8
MAX_CHARACTERS = 128
_WAIT_S = 5.0

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_slots = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The Argon2id text of a password. Raises: Unavailable when all hash slots stay busy."""
    with _Slot():
        return _hasher.hash(_folded(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits; takes as long when there is no stored hash."""
    with _Slot():
        try:
            return _hasher.verify(stored or _dummy(), _folded(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(stored: str) -> bool:
    """Whether a stored hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(stored)


def ensure_strong(password: str, name: str) -> None:
    """Refuse passwords that are short, long, common, of few letters, or like the sign-in name.

    Raises: WeakPassword("weak_password").
    """
    folded = _folded(password).casefold()
    is_weak = (
        not MIN_CHARACTERS <= len(folded) <= MAX_CHARACTERS
        or len(set(folded)) < 4
        or folded in _common()
        or folded.rstrip("0123456789!.") in _common()
        or (len(name) >= 4 and name.casefold() in folded and len(folded) < len(name) + 6)
    )
    if is_weak:
        raise WeakPassword(pointer="/password")


class _Slot:
    """One of the two places where a hash may be computed at a time."""

    def __enter__(self) -> None:
        if not _slots.acquire(timeout=_WAIT_S):
            raise Unavailable()

    def __exit__(self, *error: object) -> None:
        _slots.release()


def _folded(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@cache
def _dummy() -> str:
    return _hasher.hash("a password that nobody has")


@cache
def _common() -> frozenset[str]:
    text = resources.files("tessera.engine.identity").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
