"""Schemas of what administrators see: roles and rights, and the audit."""

from __future__ import annotations

from typing import Any

from tessera.web.openapi.parts import ANYTHING, FLAG, FREE, INSTANT, TEXT, WHOLE, listed, optional, record, ref

_ACTIONS = listed({"type": "string", "enum": ["read", "create", "update", "delete"]})
_FIELD = record({"name": TEXT, "label": ref("Label")})
_RIGHTS = {
    "entity": TEXT,
    "label": ref("Label"),
    "actions": _ACTIONS,
    "where": {**optional(TEXT), "description": "A formula that is true for the records meant; null: all of them."},
    "conditions": {
        "type": "object", "additionalProperties": TEXT,
        "description": "By action, where it is narrower than what may be read.",
    },
    "hidden": listed(_FIELD),
    "read_only": listed(_FIELD),
    "masks": listed(record({"name": TEXT, "label": ref("Label"), "mask": TEXT})),
}  # fmt: skip
_PERSON = record({"id": WHOLE, "name": optional(TEXT), "title": optional(TEXT)})

ADMIN_SCHEMAS: dict[str, dict[str, Any]] = {
    "EntityRights": record(_RIGHTS),
    "Role": record(
        {
            "name": TEXT,
            "label": ref("Label"),
            "package": TEXT,
            "includes": listed(TEXT),
            "permissions": listed(TEXT),
            "users": {"type": "integer", "description": "How many active users have it."},
            "asks": {**listed(TEXT), "description": "Attributes of a user that its conditions compare with."},
            "grants": listed(ref("EntityRights")),
        }
    ),
    "RoleList": record({"data": listed(ref("Role"))}),
    "UserRights": record(
        {
            "is_admin": FLAG,
            "permissions": listed(TEXT),
            "unknown": {**listed(TEXT), "description": "Roles that no package has."},
            "entities": listed(ref("EntityRights")),
        }
    ),
    "Denial": record(
        {
            "is_allowed": FLAG,
            "reason": {
                "type": "string",
                "enum": ["allowed", "no_role", "no_right", "outside", "field_hidden", "field_locked"],
            },
            "roles": listed(TEXT),
            "condition": TEXT,
            "fields": listed(TEXT),
        }
    ),
    "AuditEntry": record(
        {
            "id": TEXT,
            "kind": {"type": "string", "enum": ["records", "metadata", "access", "other"]},
            "at": INSTANT,
            "verb": TEXT,
            "actor": _PERSON,
            "entity": optional(TEXT),
            "label": optional(ref("Label")),
            "record": optional(WHOLE),
            "title": {**optional(TEXT), "description": "What the record is called now."},
            "is_there": {"type": "boolean", "description": "Whether the record can be opened."},
            "records": {"type": "integer", "description": "How many records it is about."},
            "release": optional(WHOLE),
            "reason": optional(TEXT),
            "request": TEXT,
            "address": optional(TEXT),
            "about": optional(_PERSON),
            "fields": listed(_FIELD),
            "detail": FREE,
        }
    ),
    "AuditPage": record({"data": listed(ref("AuditEntry")), "next": optional(TEXT)}),
    "AuditEntryDetail": record(
        {"changes": listed(FREE), "lines": listed(FREE), "detail": ANYTHING, "is_intact": FLAG}
    ),
}
