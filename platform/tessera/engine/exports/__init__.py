"""Exports: lists and views as CSV or Excel files that are made in the background and kept for a week."""

from __future__ import annotations

from tessera.engine.exports.jobs import (
    Export,
    cancel_export,
    collect,
    delete_export,
    export_file,
    get_export,
    list_exports,
    ready_exports,
    start_export,
)
from tessera.engine.exports.running import run_export

__all__ = [
    "Export", "cancel_export", "collect", "delete_export", "export_file", "get_export", "list_exports",
    "ready_exports", "run_export", "start_export",
]  # fmt: skip
