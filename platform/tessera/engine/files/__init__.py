"""Uploaded files: content in the data folder, what is known of it in the database, held by records' file fields.

An upload waits until a record is written with it. What waits for longer than a day is collected.
"""

from __future__ import annotations

from tessera.engine.files.collecting import WAITING_HOURS, Collected, collect
from tessera.engine.files.errors import EmptyFile, MediaTypeMismatch, TooManyFiles
from tessera.engine.files.keeping import StoredFile, keep
from tessera.engine.files.opening import open_file

__all__ = [
    "WAITING_HOURS",
    "Collected",
    "EmptyFile",
    "MediaTypeMismatch",
    "StoredFile",
    "TooManyFiles",
    "collect",
    "keep",
    "open_file",
]
