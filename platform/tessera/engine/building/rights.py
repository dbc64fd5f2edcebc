"""Who may build: the permission `design` opens, changes and tries drafts, `publish` makes a release of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tessera.engine.access import permissions_of
from tessera.engine.work import Work
from tessera.errors import Forbidden

Permission: TypeAlias = Literal[
    "design", "publish", "users", "audit", "jobs", "imports", "exports", "facts", "public_forms",
]  # fmt: skip


def may(work: Work, permission: Permission) -> bool:
    """Whether the actor has a permission; administrators have all of them."""
    actor = work.ctx.actor
    return actor.is_admin or permission in permissions_of(work.model, actor.roles)


def ensure_may(work: Work, permission: Permission) -> None:
    """Raises: Forbidden("forbidden") for an actor without the permission."""
    if not may(work, permission):
        raise Forbidden(action=permission, permission=permission)
