"""The table of endpoints. Dispatch, the OpenAPI document and the reference page are all made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from tessera.errors import Json

if TYPE_CHECKING:
    from tessera.web.answers import Answer
    from tessera.web.call import Call

Schema: TypeAlias = Mapping[str, Json]
Handler: TypeAlias = "Callable[[Call], Answer]"
Mode: TypeAlias = Literal["read", "write", "free"]
Scope: TypeAlias = Literal["", "read", "write", "metadata", "users"]


FORMULA: Schema = {"type": "string", "format": "formula", "maxLength": 4000}
"""A text that is a formula, such as a filter."""


def text_of(form: str) -> Schema:
    """A text of a form that the docs describe."""
    return {"type": "string", "format": form}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that stands in the query, path or headers."""

    name: str
    schema: Schema
    text: str
    place: Literal["query", "path", "header"] = "query"
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries. schema: a name or a schema.

    kind: "json", an "upload" (a form with one file, or the file alone), a "package" (either of them), or "raw": JSON
    whose bytes the handler reads by itself.
    """

    schema: str | Schema
    kind: Literal["json", "upload", "package", "raw"] = "json"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    mode: the transaction that its handler runs in; "free" handlers open their own. scope: what a key needs, ""
    for everybody, signed in or not. status: of success. answer: schema of its body (or the name of one), None
    without body. errors: statuses besides those that every endpoint can have.
    """

    name: str
    method: str
    path: str
    handler: Handler
    tag: str
    summary: str
    mode: Mode = "read"
    scope: Scope = "read"
    text: str = ""
    status: int = 200
    answer: str | Schema | None = None
    body: Body | None = None
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[int, ...] = ()
    content_type: str = "application/json"
    query_names: frozenset[str] = field(default=frozenset())
    extra_answers: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    tag: str,
    summary: str,
    mode: Mode = "read",
    scope: Scope = "read",
    status: int = 200,
    answer: str | Schema | None = None,
    body: Body | None = None,
    parameters: tuple[Parameter, ...] = (),
    errors: tuple[int, ...] = (),
    content_type: str = "application/json",
    extra_answers: Mapping[int, str] | None = None,
) -> Callable[[Handler], Handler]:
    """Register the function as the handler of an endpoint; its docstring is the endpoint's description."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(
            Route(
                name=handler.__name__,
                method=method,
                path=path,
                handler=handler,
                tag=tag,
                summary=summary,
                mode=mode,
                scope=scope,
                text=" ".join((handler.__doc__ or "").split("Raises:")[0].split()),
                status=status,
                answer=answer,
                body=body,
                parameters=parameters,
                errors=errors,
                content_type=content_type,
                query_names=frozenset(each.name for each in parameters if each.place == "query"),
                extra_answers=MappingProxyType(dict(extra_answers or {})),
            )
        )
        return handler

    return register
