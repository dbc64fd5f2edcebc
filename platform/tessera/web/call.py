"""One request as its handler sees it: who asks for what, with parameters that were checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tessera.context import Context
from tessera.engine.identity import Identity
from tessera.errors import Json, NotFound, UnknownField
from tessera.formula import FormulaError
from tessera.web.errors import BadBody, BadFilter, BadParameter
from tessera.web.json_body import parse

if TYPE_CHECKING:
    from flask import Request

    from tessera.engine.work import Work
    from tessera.runtime import Runtime

_MAX_QUERY_CHARACTERS = 16_000
_MAX_WHOLE = 2**63 - 1


def language_asked(request: Request) -> str:
    """The language that the request's Accept-Language prefers of those that there are, "" when it names neither."""
    if "HTTP_ACCEPT_LANGUAGE" not in request.environ:
        return ""
    wanted = (tag.lower().partition("-")[0] for tag in request.accept_languages.values())
    return next((tag for tag in wanted if tag in ("zh", "en")), "")


@dataclass(slots=True)
class Call:
    """One request. work: the open transaction of a "read" or "write" route. identity: who asks, None for a stranger.

    args: parts of the path. query: parameters by name, each given once. data: bytes of the body.
    headers_out: headers that the answer gets besides its own.
    """

    runtime: Runtime
    request: Request
    ctx: Context
    args: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    json: Json = None
    identity: Identity | None = None
    session_token: str = ""
    work_or_none: Work | None = None
    headers_out: list[tuple[str, str]] = field(default_factory=list)

    @property
    def work(self) -> Work:
        """The open transaction."""
        assert self.work_or_none is not None, "a free route has no transaction of its own"
        return self.work_or_none

    @property
    def who(self) -> Identity:
        """Who asks; only for routes that demand it."""
        assert self.identity is not None, "this route lets strangers in"
        return self.identity

    def whole(self, name: str, default: int, *, least: int = 0, most: int = _MAX_WHOLE) -> int:
        """A parameter that is a whole number. Raises: BadParameter("bad_parameter")."""
        text = self.query.get(name)
        if text is None:
            return default
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else -1
        if not least <= number <= most:
            raise BadParameter(name=name, why=f"must be a whole number from {least} to {most}.")
        return number

    def flag(self, name: str) -> bool:
        """A parameter that is true or false; false without it. Raises: BadParameter("bad_parameter")."""
        text = self.query.get(name, "false")
        if text not in ("true", "false"):
            raise BadParameter(name=name, why='must be "true" or "false".')
        return text == "true"

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises: BadParameter("bad_parameter")."""
        text = self.query.get(name)
        if not text:
            raise BadParameter(name=name, why="is needed.")
        return text

    def number(self, name: str, what: str) -> int:
        """A part of the path that is the number of something. Raises: NotFound("not_found")."""
        text = self.args[name]
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise NotFound(what=what)
        return int(text)

    @contextmanager
    def filtering(self) -> Iterator[None]:
        """A with block in which the parameter `filter` is used. Raises: BadFilter("bad_filter") for its errors."""
        try:
            yield
        except FormulaError as error:
            raise BadFilter(pointer="/filter", hint=error.help, why=error.message, **error.params) from error

    def object(self) -> dict[str, Json]:
        """The body, which must be a JSON object. Raises: BadBody("bad_body")."""
        if not isinstance(self.json, dict):
            raise BadBody(why="it must be an object")
        return self.json

    def pick(self, *names: str) -> dict[str, Json]:
        """The body, which must be an object of no other names than these. Raises: BadBody, UnknownField."""
        body = self.object()
        for name in body:
            if name not in names:
                raise UnknownField(name=name[:100], pointer=f"/{name[:100]}")
        return body


def parse_query(query_string: bytes, allowed: frozenset[str]) -> dict[str, str]:
    """The parameters of a query, each known and given once. Raises: BadParameter("bad_parameter")."""
    if not query_string:
        return {}
    found: dict[str, str] = {}
    try:
        text = query_string.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise BadParameter(name="?", why="is not well encoded, or there are too many.") from error
    if len(text) > _MAX_QUERY_CHARACTERS * 3:
        raise BadParameter(name="?", why="is too long.")
    for name, value in pairs:
        if name not in allowed:
            listed = ", ".join(sorted(allowed)) or "none"
            raise BadParameter(name=name[:60], why=f"is not known here. Known: {listed}.")
        if name in found:
            raise BadParameter(name=name, why="is given twice.")
        if "\x00" in value:
            raise BadParameter(name=name, why="holds the NUL character.")
        found[name] = value
    return found


def parse_body(data: bytes) -> Json:
    """The JSON of a body. Raises: BadBody("bad_body")."""
    if not data:
        raise BadBody(why="it is empty")
    return parse(data)


