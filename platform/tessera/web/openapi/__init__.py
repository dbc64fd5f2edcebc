"""The API as an OpenAPI 3.1 document, made from the head release for whoever asks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tessera.engine import access
from tessera.engine.access import Rights
from tessera.meta.model import Entity
from tessera.web.answers import dumps
from tessera.web.openapi.admin import ADMIN_SCHEMAS
from tessera.web.openapi.app import APP_SCHEMAS
from tessera.web.openapi.approvals import APPROVAL_SCHEMAS
from tessera.web.openapi.books import BOOK_SCHEMAS
from tessera.web.openapi.building import BUILDING_SCHEMAS
from tessera.web.openapi.entities import schemas_of
from tessera.web.openapi.messages import MESSAGE_SCHEMAS
from tessera.web.openapi.operations import paths_of
from tessera.web.openapi.parts import SCHEMAS
from tessera.web.openapi.public_forms import PUBLIC_FORM_SCHEMAS
from tessera.web.openapi.work import WORK_SCHEMAS

if TYPE_CHECKING:
    from tessera.engine.work import Work

VERSION = "1"
_KEPT = 32
_ABOUT = """Endpoints made from the metadata of this workspace.

Decimals are texts ("12.30"); numbers in a body are read exactly. Instants are UTC, days are days.
Whatever is refused comes back as a problem document (RFC 9457) with a stable `code` and one entry in `problems`
for each thing that is wrong. Send an `Idempotency-Key` to make repeating a write safe, and `If-Match` with the
`ETag` of what you read so as not to overwrite somebody else's change. Lists are paged: follow `next`.
"""


def document_bytes(work: Work) -> tuple[bytes, str]:
    """The document as JSON and its ETag; kept for each release and set of roles."""
    actor = work.ctx.actor
    kept: dict[Any, tuple[bytes, str]] = work.model.cache.setdefault("web.openapi", {})
    key = (actor.roles, actor.is_admin)
    found = kept.get(key)
    if found is None:
        body = dumps(document(work))
        found = (body, f'"{hashlib.sha256(body).hexdigest()[:24]}"')
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = found
    return found


def document(work: Work) -> dict[str, Any]:
    """The OpenAPI document of what the acting user may see."""
    seen: list[tuple[Entity, Rights]] = []
    for entity in sorted(work.model.entities.values(), key=lambda each: each.name):
        rights = access.rights(work, entity) if not entity.parent else None
        if rights is not None and rights.can_read:
            seen.append((entity, rights))
    schemas = {**SCHEMAS, **APP_SCHEMAS, **APPROVAL_SCHEMAS, **BOOK_SCHEMAS, **BUILDING_SCHEMAS, **WORK_SCHEMAS,
               **MESSAGE_SCHEMAS, **ADMIN_SCHEMAS, **PUBLIC_FORM_SCHEMAS}  # fmt: skip
    for entity, rights in seen:
        schemas.update(schemas_of(work.model, entity, rights))
    tags = [{"name": entity.name, "description": _label(entity)} for entity, _ in seen]
    shared = (
        "Approvals", "Ledgers", "Imports", "Files", "Views", "Dashboards", "Personal", "Exports", "Forms", "Packages",
        "Public forms", "Building", "Messages", "Hooks", "Metadata", "Access", "Audit", "Service",
    )  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tessera", "version": f"{VERSION}.{work.model.number}", "description": _ABOUT},
        "servers": [{"url": work.settings.base_url or "/"}],
        "security": [{"api_key": []}, {"session": []}],
        "tags": tags + [{"name": name} for name in shared],
        "paths": paths_of(seen),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer", "description": "An API key, tsk_…"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tessera_session"},
            },
        },
    }


def _label(entity: Entity) -> str:
    return " / ".join(dict.fromkeys(text for text in (entity.label.en, entity.label.zh) if text))
