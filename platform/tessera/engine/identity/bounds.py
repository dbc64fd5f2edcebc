"""Bounds of an API key besides its scopes: where it may come from, and how often."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from tessera.engine.identity.errors import AddressRefused, TooManyRequests
from tessera.errors import Json

MOST_NETWORKS = 50
MOST_PER_MINUTE = 1_000_000

_Network: TypeAlias = IPv4Network | IPv6Network


def networks_of(value: Json) -> list[str] | None:
    """Addresses and networks in one way of writing; None when the value is no list of such.

    >>> networks_of(["10.1.2.3", "10.2.0.0/16"])
    ['10.1.2.3/32', '10.2.0.0/16']
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_NETWORKS:
        return None
    try:
        return sorted({str(ip_network(each, strict=False)) for each in value if isinstance(each, str) or _fail()})
    except ValueError:
        return None


def ensure_address(networks: Sequence[str], address: str) -> None:
    """Refuse an address that is in none of the networks; no networks: from anywhere.

    Raises: AddressRefused("address_refused").
    """
    if not networks:
        return
    try:
        found = _plain(ip_address(address))
    except ValueError:
        raise AddressRefused() from None
    if not any(found.version == each.version and found in each for each in map(_network, networks)):
        raise AddressRefused()


class Buckets:
    """How much each key has left: a minute's worth at first, filled again evenly, in the memory of this process."""

    _MOST = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str, per_minute: int) -> None:
        """Take one request of the key. Raises: TooManyRequests("too_many_requests") when there is none left."""
        now = self._clock()
        with self._lock:
            left, since = self._left.get(key, (per_minute, now))
            left = min(per_minute, left + (now - since) * per_minute / 60)
            if left < 1:
                self._left[key] = (left, now)
                raise TooManyRequests(retry_after_s=max(1, math.ceil((1 - left) * 60 / per_minute)))
            if len(self._left) >= self._MOST and key not in self._left:
                self._left.clear()
            self._left[key] = (left - 1, now)


def _fail() -> bool:
    raise ValueError("no text")


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that came as an IPv6 one, as itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped if mapped is not None else address


@lru_cache(maxsize=1024)
def _network(text: str) -> _Network:
    return ip_network(text)
