"""Which addresses may be called: forms of URLs, and the networks that are nobody's business from outside.

An address is read by one strict grammar, so that no second reader can see another host in it: no user names, no
backslashes, no odd notations of numbers, no host outside ASCII. Networks: the IANA registries of special-purpose
addresses for IPv4 and IPv6 (RFC 6890 and its updates).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import quote

from tessera.engine.outside.errors import CallRefused
from tessera.settings import BadSetting

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

MOST_CHARACTERS = 4_000
PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][^#]*)?(?:#.*)?\Z",
    re.ASCII | re.IGNORECASE,
)
_REFUSED_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\Z")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_SAFE_IN_PATH = "/?:@!$&'()*+,;=%-._~[]"

_CLOSED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_UNICAST = ip_network("2000::/3")
_MAPPED = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))
"""Prefixes whose last 32 bits are an IPv4 address that is meant: IPv4-mapped, and NAT64."""
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, read. host: in small letters, an IPv6 address without brackets. path: with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def place(self) -> str:
        """Host and port, as they name the other side: `example.org:443`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """What the request says of its host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.host_header}{self.path}"

    @property
    def literal(self) -> Address | None:
        """The address that the host is, None when it is a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def parse_target(url: str) -> Target:
    """The parts of a URL. Raises: CallRefused("call_refused").

    >>> parse_target("https://Example.org/a?b=c#d")
    Target(scheme='https', host='example.org', port=443, path='/a?b=c')
    """
    if len(url) > MOST_CHARACTERS:
        raise CallRefused(why=f"it has more than {MOST_CHARACTERS} characters.")
    if _REFUSED_CHARACTERS.search(url):
        raise CallRefused(why="it holds blanks, control characters or backslashes.")
    found = _URL.match(url)
    if found is None:
        raise CallRefused(why="it is not of the form http(s)://host[:port]/path.")
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else PORTS[scheme]
    if not 0 < port < 65_536:
        raise CallRefused(why="there is no such port.")
    path = found["path"] or "/"
    path = quote(path if path.startswith("/") else f"/{path}", safe=_SAFE_IN_PATH)
    return Target(scheme, _host_of(found["host"].lower()), port, path)


def _host_of(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address(text[1:-1]))
        except ValueError:
            raise CallRefused(why="its host is no IPv6 address.") from None
    if _NUMERIC.match(text.rpartition(".")[2]):
        try:
            return str(IPv4Address(text))
        except ValueError:
            raise CallRefused(why="its host is an odd notation of a number.") from None
    if not _NAME.match(text):
        raise CallRefused(why="its host is no name.")
    return text


def closed(address: Address) -> str:
    """Why an address is not called from here, "" when it is a public one.

    >>> closed(ip_address("8.8.8.8")), closed(ip_address("::ffff:127.0.0.1"))
    ('', 'it is no public address.')
    """
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return closed(inner)
        is_open = address in _GLOBAL_UNICAST and address.is_global
    else:
        is_open = address.is_global
    is_open = is_open and not address.is_multicast and not any(address in each for each in _CLOSED)
    return "" if is_open else "it is no public address."


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that is meant by one of IPv6, None when it stands for itself."""
    whole = int(address)
    if any(address in each for each in _MAPPED) or (whole >> 32) & 0xFFFF_FFFF in _ISATAP:
        return IPv4Address(whole & 0xFFFF_FFFF)
    return None


@dataclass(frozen=True, slots=True)
class Permitted:
    """An entry of the allow-list: a host or a network, for one port or for all (0)."""

    host: str
    network: Network | None
    port: int

    def covers(self, target: Target, address: Address) -> bool:
        """Whether a call to that address, of that target, is permitted by it."""
        if self.port and self.port != target.port:
            return False
        return address in self.network if self.network is not None else target.host == self.host


@lru_cache(maxsize=32)
def permitted(text: str) -> tuple[Permitted, ...]:
    """The allow-list: hosts, addresses and networks, each perhaps with a port, separated by commas.

    Raises: BadSetting("bad_setting").

    >>> [each.port for each in permitted("erp.internal, 10.2.0.0/16:8080, [::1]:80")]
    [0, 8080, 80]
    """
    return tuple(_permitted(each.strip()) for each in text.split(",") if each.strip())


def _permitted(text: str) -> Permitted:
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
    if port and not 0 < number < 65_536:
        raise BadSetting(name="TESSERA_OUTSIDE_ALLOW", value=text, hint="Give host, host:port or network:port.")
    try:
        return Permitted("", ip_network(host, strict=False), number)
    except ValueError:
        pass
    if not _NAME.match(host.lower()):
        raise BadSetting(name="TESSERA_OUTSIDE_ALLOW", value=text, hint="Give host, host:port or network:port.")
    return Permitted(host.lower(), None, number)


def ensure_open(target: Target, addresses: list[str], allow: str) -> list[str]:
    """The addresses, when each of them may be called. allow: the allow-list. Raises: CallRefused("call_refused")."""
    if not addresses:
        raise CallRefused(why="its host has no address.")
    for text in addresses:
        try:
            address = ip_address(text)
        except ValueError:
            raise CallRefused(why="its host has an address that is none.") from None
        why = closed(address)
        if why and not any(each.covers(target, address) for each in permitted(allow)):
            raise CallRefused(why=why)
    return addresses
