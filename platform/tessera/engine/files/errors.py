"""What can be wrong with an uploaded file."""

from __future__ import annotations

from tessera.errors import TesseraError


class EmptyFile(TesseraError):
    """The file is empty."""

    code = "empty_file"
    status = 422


class MediaTypeMismatch(TesseraError):
    """The file is called {declared}, but its content looks like {found}."""

    code = "media_type_mismatch"
    status = 422
    hint = "Send it with the media type and the ending that its content has."


class TooManyFiles(TesseraError):
    """You have {limit} uploaded files that no record holds."""

    code = "too_many_files"
    status = 409
    hint = "Write them into records, or wait: what no record holds is removed after a day."
