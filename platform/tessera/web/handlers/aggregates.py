"""Sums, counts and other figures over records, by groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, get_args

from tessera.engine import records as engine
from tessera.errors import Json
from tessera.names import is_name
from tessera.store.aggregating import Function, Group, Having, Measure
from tessera.store.buckets import BUCKETS, PARTS
from tessera.store.query import Direction
from tessera.web.answers import Answer, json_answer
from tessera.web.call import Call
from tessera.web.errors import BadParameter
from tessera.web.handlers.records import SEARCH
from tessera.web.routes import FORMULA, Body, Parameter, route, text_of

_FUNCTIONS: dict[str, Function] = {each: each for each in get_args(Function)}
_MEASURES = Parameter(
    "measures", text_of("measures"), "Figures as name:function or name:function:path, with commas between.",
    required=True, example="n:count,last:max:created_at",
)
_GROUPS = Parameter(
    "groups", text_of("groups"), "What to group by: path, name:path or name:path:bucket, with commas between.",
    example="month:created_at:month",
)
_FILTER = Parameter("filter", FORMULA, "A formula over the record.")
_SORT = Parameter("sort", text_of("sort-of-figures"), "Names of figures and groups; - before a descending one.")
_HAVING = Parameter("having", text_of("having"), "Keeps groups by their figures, with commas between.", example="n>=2")
_LIMIT = Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 10_000}, "How many groups at most.")
_PARTS = ("measures", "groups", "filter", "search", "having", "sort", "limit")
_COMPARED = re.compile(r"([a-z][a-z0-9_]{0,40})(<=|>=|<>|=|<|>)(-?[0-9]{1,30}(?:\.[0-9]{1,20})?)\Z")


@route(
    "GET", "/api/v1/{entity}/aggregate", tag="Records", summary="Sum up records", answer="AggregateAnswer",
    parameters=(_MEASURES, _GROUPS, _FILTER, SEARCH, _HAVING, _SORT, _LIMIT), errors=(404,),
)
def aggregate_records(call: Call) -> Answer:
    """Figures (count, sum, min, max, avg, count_distinct) over the records that the user may see, for each group."""
    limit = call.whole("limit", 1000, least=1, most=10_000)
    return _answer(call, {name: call.query.get(name, "") for name in _PARTS}, limit)


@route(
    "POST", "/api/v1/{entity}/aggregate", tag="Records", summary="Sum up records, asked in a body",
    body=Body("AggregateRequest"), answer="AggregateAnswer", errors=(404,),
)
def aggregate_records_by_body(call: Call) -> Answer:
    """The same as with GET, for filters too long for an address."""
    body = call.pick(*_PARTS)
    limit = body.get("limit", 1000)
    if isinstance(limit, Decimal) and limit == limit.to_integral_value():
        limit = int(limit)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= 10_000:
        raise BadParameter(name="limit", why="must be a whole number from 1 to 10000.")
    texts: dict[str, str] = {}
    for name in _PARTS[:-1]:
        value: Json = body.get(name, "")
        if not isinstance(value, str):
            raise BadParameter(name=name, why="must be a text.")
        texts[name] = value
    return _answer(call, texts, limit)


def _answer(call: Call, asked: dict[str, str], limit: int) -> Answer:
    measures = [_measure(text) for text in _listed(asked["measures"])]
    groups = [_group(text) for text in _listed(asked["groups"])]
    names = [each.name for each in measures] + [each.name for each in groups]
    if not measures or len(set(names)) != len(names) or not all(map(is_name, names)):
        raise BadParameter(name="measures", why="must be at least one figure, each with a name of its own.")
    sort = _sort(asked["sort"], names)
    with call.filtering():
        rows = engine.aggregate(
            call.work, call.args["entity"], measures, groups, filter_text=asked["filter"],
            search=asked["search"][:200],
            having=[_having(text, measures) for text in _listed(asked["having"])], sort=sort, limit=limit,
        )  # fmt: skip
    return json_answer({"data": rows})


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _measure(text: str) -> Measure:
    name, _, rest = text.partition(":")
    function, _, path = rest.partition(":")
    if function not in _FUNCTIONS or (not path and function != "count"):
        raise BadParameter(name="measures", why=f"must be name:function:path; functions: {', '.join(_FUNCTIONS)}.")
    return Measure(name, _FUNCTIONS[function], path)


def _group(text: str) -> Group:
    parts = text.split(":")
    if len(parts) == 1:
        return Group(text.replace(".", "_"), text)
    bucket = parts[2] if len(parts) == 3 else ""
    if len(parts) > 3 or (bucket and bucket not in (*BUCKETS, *PARTS)):
        raise BadParameter(name="groups", why=f"must be name:path:bucket; buckets: {', '.join((*BUCKETS, *PARTS))}.")
    return Group(parts[0], parts[1], bucket)


def _having(text: str, measures: Sequence[Measure]) -> Having:
    found = _COMPARED.match(text.replace(" ", ""))
    if found is None or found[1] not in {each.name for each in measures}:
        raise BadParameter(name="having", why="must be figure>number; operators: = <> < <= > >=.")
    operator: Any = found[2]
    return Having(found[1], operator, Decimal(found[3]))


def _sort(text: str, names: Sequence[str]) -> list[tuple[str, Direction]]:
    found: list[tuple[str, Direction]] = []
    for part in _listed(text):
        name = part.removeprefix("-")
        if name not in names:
            raise BadParameter(name="sort", why="must name figures or groups of this request.")
        found.append((name, "desc" if part.startswith("-") else "asc"))
    return found
