"""Reading a zip of a package without trusting it.

Everything is judged from the directory before a byte is unpacked, and counted again while unpacking, since a
directory can lie. Nothing is ever written to disk.
"""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from tessera.errors import TesseraError

ENDINGS = frozenset({".json", ".csv", ".md", ".txt", ".html"})
"""What a package may hold: metadata, data, texts and templates. Never code."""

MAX_RATIO = 100
MAX_FILES = 10_000
MAX_BYTES = 100_000_000
MAX_FILE_BYTES = 20_000_000
_RATIO_FLOOR_BYTES = 100_000
_CHUNK_BYTES = 64 * 1024


class BadArchive(TesseraError):
    """The package cannot be read: {why}."""

    code = "bad_archive"


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds on a package. Bytes are those of the unpacked files."""

    files: int = MAX_FILES
    bytes: int = MAX_BYTES
    file_bytes: int = MAX_FILE_BYTES
    ratio: int = MAX_RATIO


DEFAULT_LIMITS = ArchiveLimits()


def read_zip(data: bytes, limits: ArchiveLimits = DEFAULT_LIMITS) -> dict[str, bytes]:
    """The files of an archive by path. Raises: BadArchive before anything that is unsafe is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            _ensure_safe(archive.infolist(), limits)
            return _unpacked(archive, entries, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise BadArchive(why=f"it is no sound zip file ({error})") from None


def _ensure_safe(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.files:
        raise BadArchive(why=f"it has more than {limits.files} files")
    ensure_distinct([each.filename for each in entries])
    total = 0
    for each in entries:
        _ensure_safe_entry(each, limits)
        total += each.file_size
    if total > limits.bytes:
        raise BadArchive(why=f"it unpacks to more than {limits.bytes} bytes")


def _ensure_safe_entry(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    if entry.orig_filename != entry.filename.replace("\\", "/") and "\x00" in entry.orig_filename:
        raise BadArchive(why=f"a name contains a NUL character: {entry.filename!r}")
    if "\\" in entry.orig_filename:
        raise BadArchive(why=f"a name contains a backslash: {entry.orig_filename!r}")
    if not entry.flag_bits & 0x800 and not entry.filename.isascii():
        raise BadArchive(why=f"a name is not UTF-8: {entry.filename!r}")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(why=f"{entry.filename!r} is a link or a device")
    if entry.flag_bits & 0x1:
        raise BadArchive(why=f"{entry.filename!r} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(why=f"{entry.filename!r} is packed in an unknown way")
    ensure_safe_path(entry.filename, is_folder=entry.is_dir())
    if entry.file_size > limits.file_bytes:
        raise BadArchive(why=f"{entry.filename!r} is larger than {limits.file_bytes} bytes")
    _ensure_ratio(entry, entry.file_size, limits)


def _ensure_ratio(entry: zipfile.ZipInfo, size: int, limits: ArchiveLimits) -> None:
    if size > _RATIO_FLOOR_BYTES and size > limits.ratio * max(entry.compress_size, 1):
        raise BadArchive(why=f"{entry.filename!r} is packed more than {limits.ratio} to 1")


def ensure_safe_path(path: str, *, is_folder: bool = False) -> None:
    """Refuses what could lead elsewhere or deceive the eye, and files of other sorts. Raises: BadArchive."""
    parts = path.rstrip("/").split("/") if is_folder else path.split("/")
    if path.startswith("/") or ":" in path or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise BadArchive(why=f"the path {path!r} leads out of it or is not plain")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for letter in path):
        raise BadArchive(why=f"the path {path!r} contains an invisible character")
    if len(path) > 200 or len(parts) > 10 or any(part.endswith((" ", ".")) for part in parts):
        raise BadArchive(why=f"the path {path!r} is too long, too deep, or ends in a space or full stop")
    if not is_folder and PurePosixPath(path).suffix.lower() not in ENDINGS:
        raise BadArchive(why=f"{path!r} is no file that a package may hold ({', '.join(sorted(ENDINGS))})")


def ensure_distinct(paths: list[str]) -> None:
    """Refuses paths that some file systems take for the same. Raises: BadArchive."""
    seen: dict[str, str] = {}
    for path in paths:
        plain = unicodedata.normalize("NFKC", path.rstrip("/")).casefold()
        if plain in seen:
            raise BadArchive(why=f"{path!r} and {seen[plain]!r} are the same file")
        seen[plain] = path


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        found[entry.filename] = _read(archive, entry, limits)
        total += len(found[entry.filename])
        if total > limits.bytes:
            raise BadArchive(why=f"it unpacks to more than {limits.bytes} bytes")
    return found


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
    chunks, size = [], 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > limits.file_bytes:
                raise BadArchive(why=f"{entry.filename!r} is larger than {limits.file_bytes} bytes")
            _ensure_ratio(entry, size, limits)
            chunks.append(chunk)
    return b"".join(chunks)
