"""What the triggers about ledgers share: which ledger, and that the records are its holders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tessera.errors import Json
from tessera.meta.steps.ledgers import holder_entity

if TYPE_CHECKING:
    from tessera.meta.flow_steps import FlowCompiler

COMMON = "urn:tessera:schema:common#/$defs/"
LEDGER: Mapping[str, Json] = {"$ref": f"{COMMON}name", "description": "Name of the ledger."}


def ledger_key(item: Mapping[str, Json], at: tuple[object, ...], into: FlowCompiler) -> str | None:
    """The key of the trigger's ledger; reports an unknown one, and an entity whose records hold no accounts in it."""
    assert into.entity is not None, "the schema demands one"
    holder = holder_entity(item, at, into)
    if holder is None:
        return None
    if holder.key != into.entity.key:
        message = f'The accounts of "{item["ledger"]}" belong to records of "{holder.name}".'
        into.problem("wrong_type", (*at, "entity"), message, f'Write "{holder.name}".')
        return None
    document = into.linker.document("ledger", item["ledger"])
    return document.key if document is not None else None
