"""The one way in which records are written, and the way in which they are read.

Records are dicts in Python (`Record`). A reference is the target's id, or the target's record where it was expanded.
It comes in as an id (a number), a ref or a business key (a text), or an object with one of these.
"""

from __future__ import annotations

from tessera.engine.records.aggregating import aggregate
from tessera.engine.records.bulk import (
    BulkResult,
    OnRepeat,
    bulk_create,
    bulk_delete,
    bulk_update,
    import_documents,
    upsert,
)
from tessera.engine.records.errors import (
    BadNames,
    FilterRequired,
    IllegalTransition,
    InUse,
    StaleVersion,
    TooMany,
)
from tessera.engine.records.hooks import Change, Record, on_change
from tessera.engine.records.reading import (
    ListPage,
    ListQuery,
    count,
    counted,
    cursor_at,
    ensure_possible,
    get,
    list_of,
    list_page,
    matching_ids,
    ordered_ids,
)
from tessera.engine.records.verbs import create, delete, restore, restore_many, update
from tessera.store.aggregating import Group, Having, Measure

__all__ = [
    "BadNames",
    "BulkResult",
    "Change",
    "FilterRequired",
    "Group",
    "Having",
    "IllegalTransition",
    "InUse",
    "ListPage",
    "ListQuery",
    "Measure",
    "OnRepeat",
    "Record",
    "StaleVersion",
    "TooMany",
    "aggregate",
    "bulk_create",
    "bulk_delete",
    "bulk_update",
    "count",
    "counted",
    "create",
    "cursor_at",
    "delete",
    "ensure_possible",
    "get",
    "import_documents",
    "list_of",
    "list_page",
    "matching_ids",
    "on_change",
    "ordered_ids",
    "restore",
    "restore_many",
    "update",
    "upsert",
]
