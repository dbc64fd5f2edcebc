"""What can be wrong with a batch."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class BatchUnderWay(Conflict):
    """Batch {batch} of this mapping is still under way."""

    code = "batch_under_way"
    hint = "Let it run to its end, or cancel it."


class FileImported(Conflict):
    """The file "{file}" was imported already, in batch {batch}."""

    code = "file_imported"
    hint = "Import it again only when that is meant: its documents are recognised by their keys."


class BatchMoved(Conflict):
    """Somebody else is running batch {batch}, or has changed it."""

    code = "batch_moved"
    hint = "Look at it again."


class BatchRunning(Conflict):
    """Batch {batch} is being run just now."""

    code = "batch_running"
    hint = "Wait until it is complete."


class BatchClosed(Conflict):
    """Batch {batch} is {status}: this cannot be done any more, or not yet."""

    code = "batch_closed"
    hint = "Look at its status."


class MappingChanged(Conflict):
    """The mapping has changed since batch {batch} was read."""

    code = "mapping_changed"
    hint = "Import the file again under the present mapping."


class NothingToImport(TesseraError):
    """No file was given."""

    code = "nothing_to_import"
    status = 422
