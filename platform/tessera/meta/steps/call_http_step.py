"""Calls an address outside by HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from tessera.errors import Json
from tessera.formula import Formula
from tessera.formula.shapes import BOOLEAN, INTEGER, JSON, TEXT, Member, StaticShape, Type
from tessera.meta.model import Label
from tessera.meta.steps.base import FORMULA, NAME, STEP_TYPES, UID, Compiled, StepType

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

REPLY = Type("record", nullable=False, shape=StaticShape("reply", (
    Member("status", INTEGER.required()), Member("ok", BOOLEAN), Member("text", TEXT), Member("json", JSON),
    Member("headers", JSON),
)))  # fmt: skip
"""What the step gives. ok: a status from 200 to 299. json: the body, where it is JSON; else text."""

Tree: TypeAlias = "Formula | tuple[tuple[str, Tree], ...]"
"""A JSON object of formulas: a value, or further names with theirs."""

_MOST_DEPTH = 6
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_OBJECT: Mapping[str, Json] = {
    "type": "object", "maxProperties": 200,
    "additionalProperties": {"type": ["string", "object"], "minLength": 1, "maxLength": 4000},
}  # fmt: skip


def _pairs(description: str, *, prefix: bool) -> dict[str, Json]:
    more = {"prefix": {"type": "string", "maxLength": 50, "description": "Before a secret, such as \"Bearer \"."}}
    return {
        "description": description, "type": "array", "maxItems": 50,
        "items": {
            "type": "object", "additionalProperties": False, "required": ["uid", "name"],
            "properties": {
                "uid": UID, "name": {"type": "string", "minLength": 1, "maxLength": 100}, "value": FORMULA,
                "secret": {**NAME, "description": "Name of a secret in place of a value."}, **(more if prefix else {}),
            },
        },
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A named value of a query or header: a formula, or a secret by its name with what stands before it."""

    name: str
    value: Formula | None
    secret: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class CallHttp:
    """json, form or text: the body, one of them at most. accept: statuses that are no failure, besides 2xx."""

    method: str
    url: Formula
    query: tuple[Pair, ...]
    headers: tuple[Pair, ...]
    json: Tree | None
    form: Tree | None
    text: Formula | None
    content_type: str
    accept: frozenset[int]


class CallHttpStep(StepType):
    """Calls an address outside; gives its reply."""

    name: ClassVar[str] = "call_http"
    label: ClassVar[Label] = Label("调用 HTTP 接口", "Call an address by HTTP")
    help: ClassVar[Label] = Label(
        "调用外部地址并给出应答；内部地址被拒绝，密钥按名称引用。",
        "Calls an address outside and gives its reply. Inner addresses are refused; secrets are named, never written.",
    )
    category: ClassVar[str] = "outside"
    is_outside: ClassVar[bool] = True
    schema: ClassVar[Mapping[str, Any]] = {
        "method": {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "default": "GET"},
        "url": FORMULA,
        "query": _pairs("Added to the address, encoded.", prefix=False),
        "headers": _pairs("Sent along.", prefix=True),
        "json": {**_OBJECT, "description": "The body as JSON: for each name a formula, or an object of such."},
        "form": {**_OBJECT, "description": "The body as a form: for each name a formula."},
        "text": {**FORMULA, "description": "The body as a text."},
        "content_type": {"type": "string", "pattern": "^[A-Za-z0-9.+/=; _-]{1,100}$", "description": "Of a text."},
        "accept": {
            "type": "array", "uniqueItems": True, "maxItems": 50,
            "items": {"type": "integer", "minimum": 100, "maximum": 599},
            "description": "Statuses that are no failure, besides 200 to 299.",
        },
    }  # fmt: skip
    required: ClassVar[tuple[str, ...]] = ("url",)
    example: ClassVar[Mapping[str, Json]] = {
        "method": "POST", "url": "'https://erp.example.org/tasks/' & record.number", "as": "reply",
        "headers": [{"uid": "token", "name": "Authorization", "secret": "erp_token", "prefix": "Bearer "}],
        "json": {"subject": "record.subject", "amount": {"value": "record.total", "currency": "'EUR'"}},
        "accept": [409],
    }  # fmt: skip

    def compile(self, item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> Compiled | None:
        """Address, query, headers and body."""
        url = into.formula(item, "url", at, TEXT)
        query = self._list(item.get("query", ()), (*at, "query"), into)
        headers = self._list(item.get("headers", ()), (*at, "headers"), into, is_header=True)
        bodies = [key for key in ("json", "form", "text") if key in item]
        if len(bodies) > 1:
            into.problem("two_bodies", (*at, bodies[1]), f"A call has one body; {bodies[0]} is one already.")
            return None
        if bodies and item.get("method", "GET") in ("GET", "HEAD"):
            into.problem("no_body", (*at, bodies[0]), f"{item.get('method', 'GET')} sends no body.")
            return None
        json = self._tree(item["json"], (*at, "json"), into) if "json" in item else None
        form = self._tree(item["form"], (*at, "form"), into, flat=True) if "form" in item else None
        text = into.formula(item, "text", at, TEXT)
        lacking = into.is_lacking(item, {"json": json, "form": form, "text": text})
        if url is None or query is None or headers is None or lacking:
            return None
        return Compiled(
            CallHttp(item.get("method", "GET"), url, query, headers, json, form, text, item.get("content_type", ""),
                     frozenset(item.get("accept", ()))),
            REPLY,
        )  # fmt: skip

    def _list(
        self, items: Sequence[Mapping[str, Json]], at: tuple[object, ...], into: FlowCompiler, *,
        is_header: bool = False,
    ) -> tuple[Pair, ...] | None:
        found: list[Pair] = []
        for place, each in enumerate(items):
            if ("value" in each) == ("secret" in each):
                into.problem("one_value", (*at, place), "It has a value or a secret.")
                continue
            if is_header and not _HEADER.match(each["name"]):
                into.problem("bad_name", (*at, place, "name"), f'"{each["name"]}" is no name of a header.')
                continue
            value = into.formula(each, "value", (*at, place))
            if "value" not in each or value is not None:
                found.append(Pair(each["name"], value, each.get("secret", ""), each.get("prefix", "")))
        return tuple(found) if len(found) == len(items) else None

    def _tree(
        self, values: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler, depth: int = 0, *,
        flat: bool = False,
    ) -> Tree | None:
        found: list[tuple[str, Tree]] = []
        for name, each in values.items():
            if isinstance(each, str):
                value: Tree | None = into.text(each, (*at, name))
            elif flat or depth >= _MOST_DEPTH:
                into.problem("too_deep", (*at, name), "There can be no further names in here.")
                value = None
            else:
                value = self._tree(each, (*at, name), into, depth + 1)
            found += [(name, value)] if value is not None else []
        return tuple(found) if len(found) == len(values) else None


STEP_TYPES.add("call_http", CallHttpStep())
