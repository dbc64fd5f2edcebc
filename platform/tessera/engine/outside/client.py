"""The one way out: an HTTP call whose host is resolved once, checked, and reached at the checked address.

Every hop of a redirect goes the same way. A call has one deadline for everything, names, handshakes and slow drips
included, and an answer has one limit, before and after it is unpacked. Proxies of the environment are not used: they
would resolve names a second time.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException
from ipaddress import ip_address
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from tessera import __version__
from tessera.engine.outside.addresses import Target, ensure_open, parse_target, permitted
from tessera.engine.outside.deadline import Deadline, cut_off_after
from tessera.engine.outside.errors import AnswerTooLarge, CallFailed, CallRefused
from tessera.settings import Settings

Resolve: TypeAlias = Callable[[str, int], list[str]]
"""The addresses of a host, for a port."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
KEY_HEADER = "Idempotency-Key"

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_VALUE = re.compile(r"[\x20-\x7e\t]{0,8000}\Z")
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect", "te", "trailer", "upgrade",
     "proxy-authorization", "proxy-connection", "keep-alive", "accept-encoding"}
)  # fmt: skip
_KEPT_ELSEWHERE = frozenset({"accept", "accept-language", "user-agent"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADER_BYTES = 65_536
_PIECE = 16_384
_FAILURES = (OSError, HTTPException, urllib3.exceptions.HTTPError, ValueError, AttributeError)
"""What a connection raises when it breaks; the last two when it is closed under a reader's feet."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call to be made. key: sent as Idempotency-Key, so that a repetition can be told. body: bytes as they go.

    Raises: CallRefused for a method or header that cannot be sent.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    body: bytes = b""
    key: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise CallRefused(why="there is no such method.")
        for name, value in self.headers.items():
            if not _TOKEN.match(name) or name.lower() in _OWN_HEADERS:
                raise CallRefused(why=f"the header {name[:40]!r} cannot be set.")
            if not _VALUE.match(value):
                raise CallRefused(why=f"the value of the header {name} holds what no header can hold.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. headers: names in small letters; of repeated ones the last. url: after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def text(self) -> str:
        """The body as a text, by the charset that it names, else UTF-8; what does not fit becomes �."""
        found = re.search(r"charset=\"?([A-Za-z0-9._-]{1,40})", self.headers.get("content-type", ""))
        try:
            return self.body.decode(found[1] if found else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host as the system knows them. Raises: OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def send(settings: Settings, outgoing: Outgoing, *, resolver: Resolve = resolve) -> Reply:
    """Make a call and give its reply, whatever its status. Outside of every transaction.

    Raises: CallRefused("call_refused") before anything is sent; CallFailed("call_failed"), AnswerTooLarge.
    """
    limits = settings.limits
    deadline = time.monotonic() + limits.outside_s
    headers = {"User-Agent": f"tessera/{__version__}", "Accept": "*/*", **outgoing.headers}
    if outgoing.key:
        headers[KEY_HEADER] = outgoing.key
    method, body, target = outgoing.method, outgoing.body, parse_target(outgoing.url)
    for _ in range(limits.outside_redirects + 1):
        hop = _Hop(settings, target, deadline, resolver)
        reply = hop.exchange(method, headers, body)
        place = reply.headers.get("location", "")
        if reply.status not in _REDIRECTS or not place:
            return reply
        there = _there(target, place)
        method, body = _method_after(reply.status, method, body)
        if (there.scheme, there.place) != (target.scheme, target.place):
            headers = _headers_elsewhere(target, there, body, headers)
        target = there
    raise CallFailed(target.place, f"it redirects more than {limits.outside_redirects} times.", retry=False)


def _there(here: Target, place: str) -> Target:
    """The target that a redirect names. Raises: CallRefused("call_refused")."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", place):
        return parse_target(place)
    try:
        return parse_target(urljoin(here.url, place))
    except ValueError:
        raise CallRefused(why="it redirects to what is no address.") from None


def _method_after(status: int, method: str, body: bytes) -> tuple[str, bytes]:
    """What is asked of the place that a redirect names (RFC 9110, section 15.4)."""
    return (method, body) if status in (307, 308) or method in ("GET", "HEAD") else ("GET", b"")


def _headers_elsewhere(here: Target, there: Target, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """What is told to another host than the one that was meant: nothing that could be a secret."""
    if here.scheme == "https" and there.scheme == "http":
        raise CallRefused(why="it redirects from https to http.")
    if body:
        raise CallRefused(why="it redirects a body to another host.")
    return {name: value for name, value in headers.items() if name.lower() in _KEPT_ELSEWHERE}


class _Hop:
    """One request to one host and its reply."""

    def __init__(self, settings: Settings, target: Target, deadline: float, resolver: Resolve) -> None:
        self.settings, self.target, self.deadline = settings, target, deadline
        addresses = _addresses(target, deadline, resolver)
        self.address = ensure_open(target, addresses, settings.outside_allow)[0]
        _ensure_not_ourselves(settings, target)
        self._watch = Deadline()
        self._socket: socket.socket | None = None

    def left_s(self) -> float:
        """Seconds until the deadline. Raises: CallFailed when it has passed."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> CallFailed:
        """The error of a call that took too long."""
        return CallFailed(self.target.place, f"it took longer than {self.settings.limits.outside_s} seconds.")

    def exchange(self, method: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to a request."""
        connection = self._connection()
        # A connection forgets its socket when the answer is the last one on it.
        with cut_off_after(self.left_s(), lambda: self._socket or connection.sock) as self._watch:
            try:
                return self._exchanged(connection, method, headers, body)
            except CallFailed:
                raise
            except _FAILURES as error:
                if self._watch.is_over or _is_timeout(error):
                    raise self.late() from error
                raise CallFailed(self.target.place, _reason(error)) from error
            finally:
                connection.close()

    def _connection(self) -> HTTPConnection:
        """A connection to the checked address that shows the host's name to the other side."""
        timeout = self.left_s()
        if self.target.scheme == "http":
            return HTTPConnection(self.address, self.target.port, timeout=timeout)
        context = _tls(self.settings.outside_ca_file)
        return HTTPSConnection(
            self.address, self.target.port, timeout=timeout, ssl_context=context, server_hostname=self.target.host
        )

    def _exchanged(
        self, connection: HTTPConnection, method: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        connection.connect()
        self._socket = connection.sock
        if connection.sock is None or ip_address(_peer(connection.sock)) != ip_address(self.address):
            raise CallRefused(why="the connection went elsewhere.")
        sent = {"Host": self.target.host_header, "Accept-Encoding": "gzip", **headers}
        given = body if body or method in ("POST", "PUT", "PATCH") else None
        connection.request(
            method, self.target.path, given, sent, preload_content=False, decode_content=False
        )
        response = connection.getresponse()
        try:
            return self._reply(response)
        finally:
            response.close()

    def _reply(self, response: urllib3.BaseHTTPResponse) -> Reply:
        known = {name.lower(): value for name, value in response.headers.items()}
        if sum(len(name) + len(value) for name, value in response.headers.items()) > _HEADER_BYTES:
            raise AnswerTooLarge(self.target.place, "its headers have no end.", retry=False)
        if response.status in _REDIRECTS and known.get("location"):
            return Reply(response.status, known, b"", self.target.url)
        unpacked = _Unpacked(self.target.place, known.get("content-encoding", ""), self.settings.limits.outside_bytes)
        while piece := response.read(_PIECE, decode_content=False):
            unpacked.take(piece)
        if self._watch.is_over:
            raise self.late()
        return Reply(response.status, known, unpacked.whole(), self.target.url)


class _Unpacked:
    """The body of an answer while it comes in, unpacked no further than to its limit."""

    def __init__(self, place: str, encoding: str, limit: int) -> None:
        self.place, self.limit = place, limit
        self.parts: list[bytes] = []
        self.size = 0
        self.packed = 0
        coding = encoding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise CallFailed(place, "its answer is packed in a way that was not asked for.", retry=False)
        wide = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}.get(coding)
        self.unpack = zlib.decompressobj(wide) if wide is not None else None

    def take(self, piece: bytes) -> None:
        """A further piece as it came. Raises: AnswerTooLarge("answer_too_large"), CallFailed."""
        self.packed += len(piece)
        if self.unpack is not None:
            try:
                piece = self.unpack.decompress(piece, self.limit - self.size + 1)
            except zlib.error:
                raise CallFailed(self.place, "its answer cannot be unpacked.", retry=False) from None
        self.size += len(piece)
        if self.size > self.limit or self.packed > self.limit:
            raise AnswerTooLarge(self.place, f"it has more than {self.limit} bytes.", retry=False)
        self.parts.append(piece)

    def whole(self) -> bytes:
        """Everything that came. Raises: CallFailed when the answer was cut off."""
        if self.unpack is not None and self.packed and not self.unpack.eof:
            raise CallFailed(self.place, "its answer was cut off.")
        return b"".join(self.parts)


def _peer(connected: socket.socket) -> str:
    """The address at the other end."""
    return str(connected.getpeername()[0]).partition("%")[0]


def _addresses(target: Target, deadline: float, resolver: Resolve) -> list[str]:
    """The addresses of a target's host, asked for once. Raises: CallFailed("call_failed")."""
    literal = target.literal
    if literal is not None:
        return [str(literal)]
    found: list[str] = []
    failure: list[str] = []

    def ask() -> None:
        try:
            found.extend(resolver(target.host, target.port))
        except (OSError, UnicodeError) as error:
            failure.append(type(error).__name__)

    # The system's resolver knows no time limit: whoever waits for it in vain goes on without it.
    asking = threading.Thread(target=ask, name="outside-resolve", daemon=True)
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if asking.is_alive() or failure:
        raise CallFailed(target.place, "its name could not be resolved.")
    return list(found)


def _ensure_not_ourselves(settings: Settings, target: Target) -> None:
    """Refuse a call of this server to itself, unless the allow-list names it."""
    own = urlsplit(settings.base_url)
    if own.hostname and target.host == own.hostname.lower():
        listed = permitted(settings.outside_allow)
        if not any(each.network is None and each.host == target.host for each in listed):
            raise CallRefused(why="it is this server itself.")


def _is_timeout(error: BaseException) -> bool:
    """Whether it was the time that ran out (a connection that was refused counts as one to urllib3)."""
    is_new = isinstance(error, urllib3.exceptions.NewConnectionError)
    return isinstance(error, TimeoutError | urllib3.exceptions.TimeoutError) and not is_new


def _reason(error: BaseException) -> str:
    """What broke, in words without addresses."""
    if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "its certificate is not valid."
    if isinstance(error, ssl.SSLError | urllib3.exceptions.SSLError):
        return "no safe connection could be made."
    if isinstance(error, ConnectionRefusedError) or "Connection refused" in str(error):
        return "it refused the connection."
    return f"the connection broke ({type(error).__name__})."


@lru_cache(maxsize=4)
def _tls(ca_file: str) -> ssl.SSLContext:
    """What a host must show: a certificate of a known authority for its name."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
