"""Servers of our own on the loopback, which calls to the outside reach or must never reach."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Seen:
    """A request as a server of ours got it. headers: names in small letters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A server of ours. answer: what it does with a request; seen: what came."""

    answer: Callable[[BaseHTTPRequestHandler, Seen], None]
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def allow(self) -> str:
        """The entry of an allow-list that lets calls reach it, and nothing else."""
        return f"127.0.0.1:{self.port}"


def reply(status: int = 200, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler, Seen], None]:
    """Answers every request alike."""

    def answer(handler: BaseHTTPRequestHandler, _seen: Seen) -> None:
        give(handler, status, body, **headers)

    return answer


def give(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """Send one answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is what several of the tests are about."""


@contextmanager
def site(
    answer: Callable[[BaseHTTPRequestHandler, Seen], None] | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """A server for the length of a with block. tls: it speaks https with that certificate."""
    made = Site(answer or reply(200, b'{"ok": true}', Content_Type="application/json"))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            """Whatever the method: note the request, and answer."""
            size = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(size))
            made.seen.append(seen)
            self.close_connection = True
            with suppress(OSError):
                made.answer(self, seen)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, the base's own name
            """Nothing: a test reads what it needs from `seen`."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """What a server shows that is called so, and the file of the authority that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(own).issuer_name(own).public_key(key.public_key()).serial_number(1)
        .not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    (folder / "authority.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, str(folder / "authority.pem")


@dataclass
class Canary:
    """A port on every loopback and wildcard address of this machine, and how many connections it saw."""

    port: int
    hits: int = 0


@contextmanager
def canary() -> Iterator[Canary]:
    """Something that no call may reach, for the length of a with block."""
    listeners = []
    first = socket.create_server(("0.0.0.0", 0))
    made = Canary(first.getsockname()[1])
    listeners.append(first)
    with suppress(OSError):
        listeners.append(socket.create_server(("::", made.port), family=socket.AF_INET6))

    def watch(listener: socket.socket) -> None:
        while True:
            try:
                found, _ = listener.accept()
            except OSError:
                return
            made.hits += 1
            found.close()

    threads = [threading.Thread(target=watch, args=(each,)) for each in listeners]
    for each in threads:
        each.start()
    try:
        yield made
    finally:
        for listener in listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for each in threads:
            each.join()
