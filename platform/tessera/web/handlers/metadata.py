"""Metadata: its documents, and the schemas that they follow."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tessera.engine import identity as identities
from tessera.engine.building.rights import ensure_may
from tessera.engine.offer import offer
from tessera.errors import Forbidden, Json, NotFound
from tessera.meta.schema import kind_names, schema_of
from tessera.web.answers import Answer, dumps, json_answer
from tessera.web.call import Call
from tessera.web.routes import Parameter, route

if TYPE_CHECKING:
    from tessera.meta.model import Model

_KIND = Parameter("kind", {"type": "string"}, "Only documents of this kind.", example="entity")
_PACKAGE = Parameter("package", {"type": "string"}, "Only documents of this package.")


_VARY = "Authorization, Cookie, Accept-Encoding"
_PACK_FROM_BYTES = 4_000


def ensure_builder(call: Call) -> None:
    """Only administrators see and change metadata. Raises: Forbidden("forbidden")."""
    if not call.ctx.actor.is_admin:
        raise Forbidden(action="see or change the metadata of")


def ensure_designer(call: Call) -> None:
    """Who may design sees the metadata. Raises: Forbidden("forbidden")."""
    ensure_may(call.work, "design")


@route(
    "GET", "/api/v1/metadata", tag="Metadata", summary="List documents", scope="metadata", answer="List",
    parameters=(_KIND, _PACKAGE),
)
def list_documents(call: Call) -> Answer:
    """The documents of the head release by kind and name, for who may design; each without its content."""
    ensure_designer(call)
    model = call.work.model
    rows = sorted(
        (_summary(key, body) for key, body in model.documents.items()),
        key=lambda row: (str(row["kind"]), str(row["name"]), str(row["key"])),
    )
    for name in ("kind", "package"):
        wanted = call.query.get(name)
        rows = [row for row in rows if wanted is None or row[name] == wanted]
    return json_answer({"release": model.number, "data": rows})


@route(
    "GET", "/api/v1/metadata/{kind}/{name}", tag="Metadata", summary="Get a document", scope="metadata",
    answer="Document",
)
def get_document(call: Call) -> Answer:
    """A document of the head release, for who may design. Older names of entities are understood."""
    ensure_designer(call)
    key = _key_of(call.work.model, call.args["kind"], call.args["name"])
    headers = [("ETag", f'"{call.work.model.number}"'), ("Tessera-Document", key)]
    return json_answer(call.work.model.documents[key], headers=headers)


@route(
    "GET", "/api/v1/meta/app", tag="Metadata", summary="What the workspace offers me", answer="AppAnswer",
    parameters=(Parameter("If-None-Match", {"type": "string"}, "ETag of what you have; 304 when it is the same.",
                          "header"),),
    extra_answers={304: "Not changed since (If-None-Match)."},
)  # fmt: skip
def get_app(call: Call) -> Answer:
    """All that a screen needs to begin, in one request: who asks, and the applications, entities, fields, forms and
    views that he may see, with labels in every language. It changes with a release or with his roles. A session's
    token against cross-site requests stands in the header X-CSRF-Token, with 304 too."""
    settings = call.runtime.settings
    user = identities.get_user(call.work.tx, call.ctx, call.ctx.actor.id)
    body: dict[str, Json] = {
        "user": user,
        "scopes": sorted(call.who.scopes),
        "zone": settings.zone,
        "language": call.who.language or settings.language,
        **offer(call.work),
    }
    data = dumps(body)
    tag = f'"{call.work.model.number}.{hashlib.sha256(data).hexdigest()[:16]}"'
    headers = [("ETag", tag), ("Cache-Control", "private, no-cache"), ("Vary", _VARY)]
    if call.session_token:
        headers.append(("X-CSRF-Token", identities.csrf_token(call.session_token)))
    if tag in call.request.headers.get("If-None-Match", ""):
        return Answer(status=304, headers=headers)
    if len(data) >= _PACK_FROM_BYTES and "gzip" in call.request.headers.get("Accept-Encoding", ""):
        return Answer(gzip.compress(data, 5), headers=[*headers, ("Content-Encoding", "gzip")])
    return Answer(data, headers=headers)


@route("GET", "/api/v1/schemas", tag="Metadata", summary="List kinds", answer="List")
def list_schemas(_call: Call) -> Answer:
    """The kinds of documents that there are."""
    return json_answer({"data": [{"kind": name, "href": f"/api/v1/schemas/{name}"} for name in kind_names()]})


@route("GET", "/api/v1/schemas/{kind}", tag="Metadata", summary="Get the JSON Schema of a kind", answer="Object")
def get_schema(call: Call) -> Answer:
    """The JSON Schema (2020-12) that documents of a kind follow; also "field" and "common", to which others refer."""
    kind = call.args["kind"]
    if kind not in {*kind_names(), "field", "common"}:
        raise NotFound(what="kind")
    return json_answer(schema_of(kind))


def _key_of(model: Model, kind: str, name: str) -> str:
    key = model.names.get((kind, name))
    if key is not None and key in model.documents:
        return key
    for key, body in model.documents.items():
        if body.get("kind") == kind and name in (body.get("name"), body.get("uid")):
            return key
    raise NotFound(what="document")


def _summary(key: str, body: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "key": key,
        "package": key.split(":", 1)[0],
        "kind": body.get("kind"),
        "uid": body.get("uid"),
        "name": body.get("name"),
        "label": body.get("label"),
    }
