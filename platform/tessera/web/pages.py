"""The user interface: the page that loads it, and the files of its build, which stand in the folder `ui`."""

from __future__ import annotations

import re
import secrets
from functools import cache
from pathlib import Path

from flask import Request

from tessera.errors import NotFound
from tessera.web.answers import Answer

FOLDER = Path(__file__).parent / "ui"
"""Made by `python3 dev.py build` or any command that serves; without it, the start page is the documentation."""

_NONCE = "TESSERA_NONCE"
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}\Z")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
_FOREVER = ("Cache-Control", "public, max-age=31536000, immutable")
_AWHILE = ("Cache-Control", "public, max-age=3600")
_ANEW = ("Cache-Control", "no-cache")


def is_built() -> bool:
    """Whether the user interface is there."""
    return (FOLDER / "index.html").is_file()


def is_navigation(request: Request) -> bool:
    """Whether a browser goes to an address of the user interface, rather than a program to one of the API."""
    if request.method != "GET" or request.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("Accept", "")


def page() -> Answer:
    """The page of the user interface, whatever the address: its script reads that.

    Styles are made while it runs, so each page carries a nonce of its own, which its script hands on.
    """
    nonce = secrets.token_urlsafe(18)
    body = _page_text(_stamp()).replace(_NONCE, nonce).encode()
    headers = [_ANEW, ("Content-Security-Policy", _POLICY.format(nonce=nonce))]
    return Answer(body, headers=headers, content_type="text/html; charset=utf-8")


def asset(folder: str, name: str, accepted: str) -> Answer:
    """A file of the build. folder: "assets" for files whose names change with their content, "" for others.

    accepted: the request's Accept-Encoding. Raises: NotFound("not_found").
    """
    path = FOLDER / folder / name
    kind = _TYPES.get(Path(name).suffix)
    if kind is None or not _FILE.match(name) or not path.is_file():
        raise NotFound(what="file")
    headers = [_FOREVER if folder else _AWHILE]
    packed = path.with_name(f"{name}.gz")
    if packed.is_file():
        headers.append(("Vary", "Accept-Encoding"))
        if "gzip" in accepted:
            headers.append(("Content-Encoding", "gzip"))
            path = packed
    return Answer(headers=headers, content_type=kind, file=path, is_kept=True)


def _stamp() -> int:
    return (FOLDER / "index.html").stat().st_mtime_ns


@cache
def _page_text(_stamp: int) -> str:
    """The page as it was built; read again once it was built anew."""
    return (FOLDER / "index.html").read_text("utf-8")
