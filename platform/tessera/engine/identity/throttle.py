"""How often somebody may try to sign in: per account and address, per address, per account; never for good.

Attempts are counted in the database before the password is looked at, so that many processes share one count and a
flood cannot run ahead of it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tessera.engine.identity.errors import TooManyAttempts
from tessera.store.system import access

if TYPE_CHECKING:
    from tessera.store import Tx

FREE_ATTEMPTS = 5
FIRST_DELAY_S = 30
LONGEST_DELAY_S = 15 * 60
PER_ADDRESS = 100
PER_ACCOUNT = 20
WINDOW = timedelta(hours=1)


def count_attempt(tx: Tx, name_key: str, address: str, now: datetime, *, is_known_place: bool) -> None:
    """Count one attempt, or refuse it.

    is_known_place: the user has signed in from this address before, so what others try elsewhere does not lock
    them out. Raises: TooManyAttempts("too_many_attempts").
    """
    pair, place, account = _scopes(name_key, address)
    rows = access.lock_throttles(tx, [pair, place, account], now)
    _check_pair(tx, rows[pair], now)
    _check_window(tx, rows[place], PER_ADDRESS, now)
    if not is_known_place:
        _check_window(tx, rows[account], PER_ACCOUNT, now)


def count_in_window(tx: Tx, scopes: Mapping[str, int], now: datetime) -> None:
    """Count one try in each of these scopes, each with the most that there may be in an hour.

    Raises: TooManyAttempts("too_many_attempts").
    """
    rows = access.lock_throttles(tx, list(scopes), now)
    for scope, most in scopes.items():
        _check_window(tx, rows[scope], most, now)


def forget_failures(tx: Tx, name_key: str, address: str, now: datetime) -> None:
    """After a success: clear the count of this account at this address, and give the attempt back to the address.

    So only failures use up what an address has: a whole office behind one address may sign in.
    """
    pair, place, _ = _scopes(name_key, address)
    access.set_throttle(tx, pair, {"attempts": 0, "since": now, "blocked_until": None})
    row = access.lock_throttles(tx, [place], now)[place]
    access.set_throttle(tx, place, {"attempts": max(0, row["attempts"] - 1)})


def _scopes(name_key: str, address: str) -> tuple[str, str, str]:
    """Keys of the three counts, of one length whatever a stranger types."""
    name = hashlib.sha256(name_key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    place = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"pair:{name}:{place}", f"address:{place}", f"account:{name}"


def _check_pair(tx: Tx, row: Mapping[str, Any], now: datetime) -> None:
    """From the sixth attempt on, each waits twice as long as the one before."""
    if row["blocked_until"] is not None and now < row["blocked_until"]:
        raise _refusal(row["blocked_until"], now)
    attempts = row["attempts"] + 1 if now - row["since"] < WINDOW else 1
    values: dict[str, Any] = {"attempts": attempts, "since": now, "blocked_until": None}
    if attempts >= FREE_ATTEMPTS:
        delay = min(FIRST_DELAY_S * 2 ** min(attempts - FREE_ATTEMPTS, 10), LONGEST_DELAY_S)
        values["blocked_until"] = now + timedelta(seconds=delay)
    access.set_throttle(tx, row["scope"], values)


def _check_window(tx: Tx, row: Mapping[str, Any], most: int, now: datetime) -> None:
    """At most so many attempts in an hour that begins with the first of them."""
    is_over = now - row["since"] >= WINDOW
    if not is_over and row["attempts"] >= most:
        raise _refusal(row["since"] + WINDOW, now)
    fresh = {"attempts": 1, "since": now}
    access.set_throttle(tx, row["scope"], fresh if is_over else {"attempts": row["attempts"] + 1})


def _refusal(until: datetime, now: datetime) -> TooManyAttempts:
    return TooManyAttempts(retry_after_s=max(1, math.ceil((until - now).total_seconds())))
