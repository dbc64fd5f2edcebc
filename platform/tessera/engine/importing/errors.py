"""What can be wrong with a file that is looked at, and with a plan to import it."""

from __future__ import annotations

from tessera.errors import Conflict, TesseraError


class TooManyFiles(TesseraError):
    """You have {limit} files here already."""

    code = "too_many_import_files"
    status = 422
    hint = "Delete one of them."


class UploadGone(Conflict):
    """The file is not on this server any more."""

    code = "import_file_gone"
    hint = "Send it again."


class NotUndoable(Conflict):
    """Batch {batch} is {status} and cannot be taken back."""

    code = "batch_not_undoable"
    hint = "Only a batch that is complete can, once."
