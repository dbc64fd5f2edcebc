"""Values that other records derive for a record: rollups in their side table, balances from the ledgers."""

from __future__ import annotations

from tessera.engine.derived.columns import rollup_value
from tessera.engine.derived.moving import movers, moving_of
from tessera.engine.derived.side import SideReader, side_readers, side_values

__all__ = ["SideReader", "movers", "moving_of", "rollup_value", "side_readers", "side_values"]
