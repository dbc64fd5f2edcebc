"""Views: records, decisions, holders and days as rows, shown in pages or exported as files."""

from __future__ import annotations

from tessera.engine.views.export import MEDIA_TYPES, FileFormat, export_view
from tessera.engine.views.run import Opened, TooManyRows, open_compiled, open_view, view_named
from tessera.engine.views.values import values_of

__all__ = [
    "MEDIA_TYPES", "FileFormat", "Opened", "TooManyRows", "export_view", "open_compiled", "open_view", "values_of",
    "view_named",
]  # fmt: skip
