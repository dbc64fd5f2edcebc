"""The only room that knows SQLAlchemy: databases, transactions, tables, queries and their changes."""

from __future__ import annotations

from tessera.store import column_types as types
from tessera.store.database import Database, open_database
from tessera.store.installing import install
from tessera.store.tx import Tx

__all__ = ["Database", "Tx", "install", "open_database", "types"]
