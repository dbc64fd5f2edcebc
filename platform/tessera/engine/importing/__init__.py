"""The import assistant: a file is looked at, a plan is proposed and tried, and run once or kept as a mapping."""

from __future__ import annotations

from tessera.engine.importing.proposing import Looked, looked_at, preview, proposal, run, save
from tessera.engine.importing.uploads import Upload, collect, delete_upload, get_upload, list_uploads, take

__all__ = [
    "Looked", "Upload", "collect", "delete_upload", "get_upload", "list_uploads", "looked_at", "preview", "proposal",
    "run", "save", "take",
]  # fmt: skip
