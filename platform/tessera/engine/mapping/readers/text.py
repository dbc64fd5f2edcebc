"""Bytes of an import file → lines of text, whatever it was packed and encoded with."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tessera.errors import TesseraError

BLOCK_BYTES = 1 << 20
UNPACKED_BYTES = 20_000_000_000
GZIP = b"\x1f\x8b"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class UnreadableFile(TesseraError):
    """The file cannot be read: {reason}."""

    code = "unreadable_file"
    status = 422


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one pass over a file tells.

    sha256: of the unpacked bytes, so that packing does not make it another file. size_bytes: unpacked.
    lines: line ends in it. encoding: by its mark, else utf-8 when it is valid throughout, else gb18030 when that is,
    else utf-8.
    """

    sha256: str
    size_bytes: int
    encoding: str
    lines: int


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked when it is gzip. Raises: UnreadableFile("unreadable_file")."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield io.BufferedReader(stream, BLOCK_BYTES)
    except (OSError, EOFError, zlib.error) as problem:
        raise UnreadableFile(reason=str(problem)) from problem


def examine(path: Path) -> FileFacts:
    """Hash, size and encoding of a file, in one pass. Raises: UnreadableFile("unreadable_file")."""
    digest = hashlib.sha256()
    size = lines = 0
    guess = _Guess()
    mark = ""
    with unpacked(path) as stream:
        while block := stream.read(BLOCK_BYTES):
            mark = mark or (_mark(block) if size == 0 else "")
            size += len(block)
            if size > UNPACKED_BYTES:
                raise UnreadableFile(reason=f"it is larger than {UNPACKED_BYTES} bytes unpacked")
            digest.update(block)
            lines += block.count(b"\n")
            guess.feed(block, final=False)
        guess.feed(b"", final=True)
    return FileFacts(digest.hexdigest(), size, mark or guess.encoding(), lines)


def _mark(block: bytes) -> str:
    return next((name for mark, name in MARKS if block.startswith(mark)), "")


class _Guess:
    """Tells the encoding from all of the bytes; a UTF-8 file with a few damaged rows stays one."""

    def __init__(self) -> None:
        self.valid = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")}
        self.good = self.bad = 0

    def feed(self, block: bytes, *, final: bool) -> None:
        for name, decoder in list(self.valid.items()):
            try:
                decoder.decode(block, final)
            except UnicodeDecodeError:
                del self.valid[name]
        if "utf-8" not in self.valid:
            text = block.decode("utf-8", "replace")
            wrong = text.count("\ufffd")
            self.bad += wrong
            self.good += sum(not each.isascii() for each in text) - wrong

    def encoding(self) -> str:
        is_damaged = "utf-8" not in self.valid and self.good > 4 * self.bad
        return "utf-8" if is_damaged else next(iter(self.valid), "utf-8")


@contextmanager
def text_lines(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The file's lines with their ends; bytes that cannot be decoded become lone surrogates."""
    name = "gb18030" if encoding.lower() in {"gbk", "gb2312"} else encoding
    with unpacked(path) as stream:
        yield io.TextIOWrapper(stream, encoding=name, errors="surrogateescape", newline="")


def is_clean(line: str) -> bool:
    """Whether the line was decoded without loss."""
    if line.isascii():
        return True
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
