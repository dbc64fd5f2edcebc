"""Imports: files whose rows a mapping classifies and puts together into records, in batches that can be resumed.

`start_batch` takes the files in, `run_batch` brings the batch to its end from wherever it stands.
"""

from __future__ import annotations

from tessera.engine.mapping.batches import (
    Batch,
    ImportFile,
    cancel_batch,
    get_batch,
    list_batches,
    open_batches,
    source_of,
    start_batch,
)
from tessera.engine.mapping.progress import Progress
from tessera.engine.mapping.rejects import export_rejects, list_rejects, reject_headings, settle_review
from tessera.engine.mapping.running import run_batch

__all__ = [
    "Batch", "ImportFile", "Progress", "cancel_batch", "export_rejects", "get_batch", "list_batches", "list_rejects",
    "open_batches", "reject_headings", "run_batch", "settle_review", "source_of", "start_batch",
]  # fmt: skip
