"""What can be wrong with an export."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class TooManyExports(TesseraError):
    """There are {limit} exports of yours under way already."""

    code = "too_many_exports"
    status = 429
    hint = "Wait for one of them, or cancel it."


class ExportNotReady(Conflict):
    """Export {export} is {status}: there is no file."""

    code = "export_not_ready"
    hint = "Look at it again, or begin it anew."


class ExportClosed(Conflict):
    """Export {export} is {status} already."""

    code = "export_closed"


class ExportDies(TesseraError):
    """The export was begun {tries} times, and never came to its end."""

    code = "export_dies"
    status = 500
    hint = "Export fewer records, and look into the server's log."


class ReleaseMoved(TesseraError):
    """Releases follow each other faster than the export is made."""

    code = "export_release_moved"
    status = 409
    hint = "Begin it again when the last one is published."


class OwnerGone(TesseraError):
    """Whoever began the export may not sign in any more."""

    code = "export_owner_gone"
    status = 403
