"""Who may do what: roles, row conditions, field rights and masks. Every room of the engine asks here."""

from __future__ import annotations

from tessera.engine.access.denial import Denial, explain_denial
from tessera.engine.access.rights import FULL, NONE, Rights, permissions_of, rights, rights_of_roles
from tessera.engine.access.shapes import partly_seen_hops, visible_scope

__all__ = [
    "FULL",
    "NONE",
    "Denial",
    "Rights",
    "explain_denial",
    "partly_seen_hops",
    "permissions_of",
    "rights",
    "rights_of_roles",
    "visible_scope",
]
