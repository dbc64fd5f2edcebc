"""Schemas of the OpenAPI document that do not depend on the Model."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
FLAG: dict[str, Any] = {"type": "boolean"}
INSTANT: dict[str, Any] = {"type": "string", "format": "date-time"}
ANYTHING: dict[str, Any] = {}
FREE: dict[str, Any] = {"type": "object"}
NAME: dict[str, Any] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,40}$"}


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, or null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema and "const" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    """A list of such values."""
    return {"type": "array", "items": schema}


def record(required: dict[str, Any], rest: dict[str, Any] | None = None, *, closed: bool = True) -> dict[str, Any]:
    """An object with these properties; closed: no others."""
    schema: dict[str, Any] = {"type": "object", "properties": {**required, **(rest or {})}}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def ref(name: str) -> dict[str, Any]:
    """A reference to a schema of this document."""
    return {"$ref": f"#/components/schemas/{name}"}


_SCOPE = {"type": "string", "enum": ["metadata", "read", "users", "write"]}
_USER_NAME = {"type": "string", "pattern": "^[\\w.@+\\-]{2,64}$", "minLength": 2, "maxLength": 64}
_ATTRIBUTES = {
    "type": "object",
    "propertyNames": NAME,
    "maxProperties": 100,
    "additionalProperties": {"type": ["string", "integer", "boolean", "null"], "minLength": 1, "maxLength": 1000},
    "description": "What row conditions may compare with, such as a branch.",
}
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV6 = {"type": "string", "format": "ipv6"}
_NETWORKS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 50,
    "items": {"anyOf": [{"type": "string", "pattern": f"^({_BYTE}\\.){{3}}{_BYTE}(/(3[0-2]|[12]?[0-9]))?$"}, _IPV6]},
    "description": "Addresses and networks that the key may come from, such as 10.2.0.0/16; null: from anywhere.",
}
_KEY = {
    "id": TEXT,
    "label": TEXT,
    "scopes": listed(_SCOPE),
    "created_at": INSTANT,
    "expires_at": optional(INSTANT),
    "used_at": optional(INSTANT),
    "addresses": {"type": ["array", "null"], "items": TEXT},
    "per_minute": optional(WHOLE),
}
_USER_PARTS = {
    "display_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 200},
    "roles": {"type": "array", "uniqueItems": True, "maxItems": 100, "items": NAME},
    "attributes": _ATTRIBUTES,
    "is_admin": FLAG,
    "is_active": FLAG,
    "language": {"type": "string", "enum": ["zh", "en"]},
}
_PASSWORD = {"type": "string", "minLength": 8, "maxLength": 128, "format": "password"}
_CHANGE = record(
    {"action": TEXT, "kind": TEXT, "key": TEXT, "risk": TEXT, "text": FREE},
    {"before": ANYTHING, "after": ANYTHING, "rows": WHOLE},
    closed=False,
)

FORMULA: dict[str, Any] = {"type": "string", "format": "formula", "maxLength": 4000, "examples": ["id > 0"]}
PARTIAL: dict[str, Any] = {"partial": {"type": "boolean", "description": "Keep the sound rows; the default is false."}}
_FACT_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_FACT = {"timeline": _FACT_TEXT, "fact": _FACT_TEXT, "holder": _FACT_TEXT, "key": _FACT_TEXT}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": record(
        {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "code": {"type": "string", "description": "Stable; see docs/reference/errors."},
            "detail": TEXT,
            "request_id": TEXT,
            "problems": listed(ref("ProblemPart")),
        }
    ),
    "ProblemPart": record(
        {
            "code": TEXT,
            "pointer": {"type": "string", "description": 'JSON pointer into the input, "" for all of it.'},
            "message": TEXT,
        },
        {"hint": TEXT, "params": FREE},
    ),
    "Health": record({"status": TEXT}),
    "LoginRequest": record({"name": TEXT, "password": {"type": "string", "format": "password"}}),
    "LoginAnswer": record({"user": ref("User"), "csrf_token": TEXT}),
    "Me": record({"user": ref("User"), "scopes": listed(_SCOPE), "csrf_token": optional(TEXT)}),
    "PasswordChange": record({"old_password": {"type": "string"}, "new_password": _PASSWORD}),
    "ApiKey": record(_KEY),
    "ApiKeyList": record({"data": listed(ref("ApiKey"))}),
    "FreshApiKey": record({**_KEY, "key": {"type": "string", "description": "Shown this one time."}}),
    "NewApiKey": record(
        {
            "label": {"type": "string", "minLength": 1, "maxLength": 100},
            "scopes": {"type": "array", "minItems": 1, "uniqueItems": True, "items": _SCOPE},
        },
        {
            "expires_at": optional(INSTANT),
            "addresses": optional(_NETWORKS),
            "per_minute": {"type": ["integer", "null"], "minimum": 1, "maximum": 1_000_000},
        },
    ),
    "User": record(
        {
            "id": WHOLE,
            "name": TEXT,
            "display_name": optional(TEXT),
            "roles": listed(TEXT),
            "attributes": FREE,
            "is_admin": FLAG,
            "is_active": FLAG,
            "language": TEXT,
            "created_at": INSTANT,
        },
        {"signed_in_at": optional(INSTANT)},
    ),
    "OneTimePassword": record({"password": {"type": "string", "description": "Shown this one time."}}),
    "SessionList": record(
        {"data": listed(record({"created_at": INSTANT, "seen_at": INSTANT, "expires_at": INSTANT}))}
    ),
    "UserList": record({"data": listed(ref("User")), "next": optional(WHOLE)}),
    "NewUser": record({"name": _USER_NAME}, {"password": _PASSWORD, **_USER_PARTS}),
    "UserChanges": record({}, {"name": _USER_NAME, "password": _PASSWORD, **_USER_PARTS}),
    "File": record({"id": TEXT, "name": TEXT, "size": WHOLE, "media_type": TEXT}),
    "AggregateRequest": record(
        {"measures": {"type": "string", "format": "measures", "examples": ["n:count,last:max:created_at"]}},
        {
            "groups": {"type": "string", "format": "groups", "examples": ["month:created_at:month"]},
            "having": {"type": "string", "format": "having", "examples": ["n>=2"]},
            "filter": FORMULA,
            "search": {"type": "string", "maxLength": 200},
            "sort": {"type": "string", "format": "sort-of-figures", "examples": ["-n"]},
            "limit": {"type": "integer", "minimum": 1, "maximum": 10_000},
        },
    ),
    "AggregateAnswer": record({"data": listed(FREE)}, closed=False),
    "BulkAnswer": record(
        {
            "created": WHOLE,
            "updated": WHOLE,
            "unchanged": WHOLE,
            "deleted": WHOLE,
            "data": listed(record({"row": WHOLE, "id": WHOLE, "ref": optional(TEXT)})),
            "problems": listed(ref("ProblemPart")),
            "parked": listed(ref("Parked")),
        }
    ),
    "Parked": record({"id": WHOLE, "code": TEXT, "message": TEXT}),
    "BulkDelete": {
        "oneOf": [
            record({"keys": {**listed({"type": ["integer", "string"]}), "minItems": 1, "maxItems": 10_000}}, PARTIAL),
            record({"filter": FORMULA}, PARTIAL),
        ]
    },
    "FactKey": record(_FACT),
    "NewFact": record({**_FACT, "at": INSTANT}, {"values": FREE}),
    "FactAnswer": record({"moment": WHOLE, "timeline": TEXT, "fact": TEXT, "key": TEXT}),
    "Document": {
        "type": "object",
        "required": ["kind", "uid", "name"],
        "properties": {"kind": TEXT, "uid": TEXT, "name": TEXT},
        "description": "A metadata document; its JSON Schema stands at /api/v1/schemas/{kind}.",
    },
    "PackageBody": {
        "type": "object",
        "required": ["packages"],
        "additionalProperties": False,
        "properties": {
            "packages": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": record({"documents": listed(ref("Document"))}),
                "description": "Each package: its documents, the one of kind package among them.",
            }
        },
    },
    "CheckAnswer": record({"problems": listed(ref("ProblemPart"))}),
    "PlanAnswer": record({"changes": listed(_CHANGE)}, closed=False),
    "Release": record(
        {
            "number": WHOLE,
            "parent": WHOLE,
            "hash": TEXT,
            "effective_from": INSTANT,
            "created_at": INSTANT,
            "created_by": TEXT,
            "reason": TEXT,
            "rolled_back_to": optional(WHOLE),
        },
        closed=False,
    ),
    "List": record({"data": listed(FREE)}, {"next": optional(TEXT)}, closed=False),
    "Object": FREE,
    "ImportRejects": record(
        {
            "data": listed(
                record(
                    {
                        "id": WHOLE,
                        "row": optional(WHOLE),
                        "stage": {"type": "string", "enum": ["row", "document", "review"]},
                        "code": TEXT,
                        "message": TEXT,
                        "column": optional(TEXT),
                        "cells": optional(listed(optional(TEXT))),
                        "text": optional(TEXT),
                    },
                    closed=False,
                )
            ),
            "next": optional(TEXT),
            "headings": listed(TEXT),
        }
    ),
    "ImportJob": record(
        {
            "id": WHOLE,
            "mapping": TEXT,
            "status": {"type": "string", "enum": ["reading", "writing", "settling", "complete", "cancelled", "undone"]},
            "rows": WHOLE,
            "counts": FREE,
            "documents": FREE,
            "totals": FREE,
            "files": listed(record({"name": TEXT, "size_bytes": WHOLE}, closed=False)),
            "is_running": FLAG,
            "corrects": optional(WHOLE),
            "started_at": optional(INSTANT),
            "started_by": optional(TEXT),
            "finished_at": optional(INSTANT),
            "progress": optional(record({"phase": TEXT, "done": WHOLE, "total": WHOLE}, closed=False)),
            "problem": optional(record({"code": TEXT, "message": TEXT}, closed=False)),
            "undo": optional(
                record(
                    {
                        "status": TEXT,
                        "deleted": WHOLE,
                        "reverted": WHOLE,
                        "kept": WHOLE,
                        "problems": listed(record({"code": TEXT}, closed=False)),
                    },
                    closed=False,
                )
            ),
        },
        closed=False,
    ),
}
"""Each schema by its name."""
