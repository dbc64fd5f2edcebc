"""Files that come with a request: alone as its body, or as parts of a form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge

from tessera.web.call import Call
from tessera.web.errors import BadBody, TooLarge, WrongContentType

_PIECE_BYTES = 1_048_576
_RAW_TYPES = ("application/zip", "application/octet-stream", "application/x-zip-compressed")


def uploaded_bytes(call: Call, limit_bytes: int) -> bytes:
    """The bytes of the one file of the request. Raises: TooLarge, WrongContentType, BadBody."""
    if call.data:
        return call.data
    with _limited(call, limit_bytes):
        if call.request.mimetype in _RAW_TYPES:
            return call.request.get_data(cache=False)
        files = list(_form_files(call))
        if len(files) != 1:
            raise BadBody(why="the form must hold exactly one file")
        return files[0][0].read()


def saved_files(call: Call, folder: Path, limit_bytes: int) -> list[tuple[Path, str]]:
    """The files of a form, written into the folder under names of our own, each with the name that it came with.

    The caller removes them. Raises: TooLarge, WrongContentType, BadBody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _limited(call, limit_bytes):
        found = [(_saved(stream, folder, name), name) for stream, name in _form_files(call)]
    if not found:
        raise BadBody(why="the form holds no file")
    return found


@dataclass(frozen=True, slots=True)
class Received:
    """A file of a form as it was received. name and media_type: as they came with it."""

    path: Path
    name: str
    media_type: str


@contextmanager
def received_file(call: Call, folder: Path, limit_bytes: int) -> Iterator[Received]:
    """The one file of a form, written into the folder; what is left there at the end of the block is removed.

    Raises: TooLarge, WrongContentType, BadBody.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _limited(call, limit_bytes):
        _ensure_form(call)
        every = list(call.request.files.values())
        if len(every) != 1:
            raise BadBody(why="the form must hold exactly one file")
        path = _saved(every[0].stream, folder, "")
    try:
        yield Received(path, every[0].filename or "", every[0].mimetype or "")
    finally:
        path.unlink(missing_ok=True)


def made_file(folder: Path, pieces: Iterable[str | bytes]) -> Path:
    """A file with these pieces, for an answer that sends it; read before the transaction ends, sent after it."""
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix="answer-", delete=False) as target:
        for piece in pieces:
            target.write(piece.encode() if isinstance(piece, str) else piece)
    return Path(target.name)


def _saved(stream: IO[bytes], folder: Path, name: str) -> Path:
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 8 else ""
    with NamedTemporaryFile(dir=folder, prefix="upload-", suffix=suffix, delete=False) as target:
        while piece := stream.read(_PIECE_BYTES):
            target.write(piece)
    return Path(target.name)


def _form_files(call: Call) -> Iterator[tuple[IO[bytes], str]]:
    _ensure_form(call)
    for each in call.request.files.values():
        yield each.stream, (each.filename or "")[-255:]


def _ensure_form(call: Call) -> None:
    if call.request.mimetype != "multipart/form-data":
        raise WrongContentType(expected="multipart/form-data")


@contextmanager
def _limited(call: Call, limit_bytes: int) -> Iterator[None]:
    """Bodies up to that many bytes, whatever holds for other requests."""
    call.request.max_content_length = limit_bytes
    try:
        yield
    except RequestEntityTooLarge as error:
        raise TooLarge(limit_bytes=limit_bytes) from error
