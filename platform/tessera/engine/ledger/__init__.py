"""Ledgers: accounts in memory while rules run, the one writer of their log, and the proof of it."""

from __future__ import annotations

from tessera.engine.ledger.proof import Fault, rebuild, verify

__all__ = ["Fault", "rebuild", "verify"]
