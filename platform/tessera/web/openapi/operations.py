"""Operations of the OpenAPI document, made from the table of endpoints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tessera.engine.access import Rights
from tessera.meta.model import Entity
from tessera.web.openapi.parts import ref
from tessera.web.routes import ROUTES, Parameter, Route

_PLACE = re.compile(r"\{(\w+)\}")
_ERROR_TEXTS = {
    400: "The request is not right.",
    401: "Not signed in, or the key is not valid.",
    403: "Not permitted.",
    404: "There is no such thing, or it is not visible to you.",
    409: "It collides with what is there.",
    412: "Changed since it was read (If-Match).",
    413: "The body is too large.",
    415: "Wrong content type.",
    422: "The input has problems; each is listed.",
    429: "Too many attempts; see Retry-After.",
    503: "Not available just now; see Retry-After.",
}
_HEADER_TEXTS = {
    "ETag": "Version of the record, for If-Match and If-None-Match.",
    "Location": "Address of the new record.",
    "X-Request-Id": "Names this request in logs and audit.",
}
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "Makes repeating this request safe: the answer of the first one is given again.",
    place="header",
)
_FORBIDDEN_FOR = {
    "create_record": "can_create",
    "update_record": "can_update",
    "replace_record": "can_update",
    "delete_record": "can_delete",
    "bulk_records": "can_create",
    "upsert_records": "can_create",
    "bulk_update_records": "can_update",
    "bulk_delete_records": "can_delete",
}


def paths_of(seen: Sequence[tuple[Entity, Rights]]) -> dict[str, Any]:
    """Every path with its operations; endpoints of records once for each entity."""
    paths: dict[str, Any] = {}
    for each in ROUTES:
        if each.path.startswith("/api/v1/{entity}"):
            for entity, rights in seen:
                needed = _FORBIDDEN_FOR.get(each.name)
                if needed is None or getattr(rights, needed):
                    path = each.path.replace("{entity}", entity.name)
                    can_expand = any(field.target and rights.may_read(field.name) for field in entity.fields)
                    left_out = frozenset() if can_expand else frozenset({"expand"})
                    paths.setdefault(path, {})[each.method.lower()] = _operation(each, entity.name, left_out)
        else:
            paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, "")
    return dict(sorted(paths.items()))


def _operation(route: Route, entity: str, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.name}_{entity}" if entity else route.name,
        "tags": [entity or route.tag],
        "summary": route.summary,
        "description": route.text,
        "responses": _responses(route, entity),
    }
    without = left_out | {"entity"} if entity else left_out
    parameters = [_parameter(each) for each in _parameters(route) if each.name not in without]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _body(route, entity)
    if not route.scope:
        operation["security"] = []
    return operation


def _parameters(route: Route) -> list[Parameter]:
    in_path = [
        Parameter(name, {"type": "string", "minLength": 1}, _path_text(name), place="path", required=True)
        for name in _PLACE.findall(route.path)
    ]
    known = {each.name for each in route.parameters}
    extra = [IDEMPOTENCY_KEY] if route.mode == "write" else []
    return [each for each in in_path if each.name not in known] + list(route.parameters) + extra


def _path_text(name: str) -> str:
    return {"key": "Id, ref or business key.", "name": "Name of the document."}.get(name, f"The {name}.")


def _parameter(each: Parameter) -> dict[str, Any]:
    made: dict[str, Any] = {"name": each.name, "in": each.place, "description": each.text, "schema": dict(each.schema)}
    if each.required or each.place == "path":
        made["required"] = True
    if each.example:
        made["example"] = each.example
    return made


def _schema(schema: Any, entity: str) -> dict[str, Any]:
    """A schema given as itself, by name, or as "@suffix": that of the entity."""
    if not isinstance(schema, str):
        return dict(schema)
    if schema.startswith("@"):
        return ref(f"{entity}_{schema[1:]}" if len(schema) > 1 else entity)
    return ref(schema)


def _body(route: Route, entity: str) -> dict[str, Any]:
    assert route.body is not None
    content: dict[str, Any] = {}
    if route.body.kind != "upload":
        content["application/json"] = {"schema": _schema(route.body.schema, entity)}
    if route.body.kind not in ("json", "raw"):
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = dict(route.body.schema) if route.body.kind == "upload" and not isinstance(route.body.schema, str) else {}
        content["multipart/form-data"] = {
            "schema": form or {"type": "object", "required": ["file"], "properties": {"file": file}}
        }
    return {"required": not route.body.optional, "content": content}


def _responses(route: Route, entity: str) -> dict[str, Any]:
    responses: dict[str, Any] = {str(route.status): _success(route, entity, route.answer)}
    for status, text in route.extra_answers.items():
        responses[str(status)] = {"description": text}
        if status < 300 and route.answer is not None:
            responses[str(status)] = {**_success(route, entity, route.answer), "description": text}
    for status in sorted(_error_statuses(route)):
        content = {"application/problem+json": {"schema": ref("Problem")}}
        responses[str(status)] = {"description": _ERROR_TEXTS[status], "content": content}
    return responses


def _success(route: Route, entity: str, schema: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"description": route.summary + "."}
    names = ["X-Request-Id"]
    if route.path.startswith("/api/v1/{entity}"):
        names += ["ETag"] if "{key}" in route.path or route.status == 201 else []
        names += ["Location"] if route.status == 201 else []
    made["headers"] = {name: {"description": _HEADER_TEXTS[name], "schema": {"type": "string"}} for name in names}
    if schema is not None:
        made["content"] = {route.content_type: {"schema": _schema(schema, entity)}}
    return made


def _error_statuses(route: Route) -> set[int]:
    found = {400, 503, *route.errors}
    if route.scope:
        found |= {401, 403, 429}
    if "{" in route.path:
        found.add(404)
    if route.path.startswith("/api/v1/{entity}"):
        found.add(409)  # a field that is being built
    if route.body is not None:
        found |= {413, 415, 422}
    if route.mode == "write":
        found |= {409, 422}
    return found
