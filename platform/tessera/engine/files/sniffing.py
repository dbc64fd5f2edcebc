"""What a file is by its first bytes, and whether that agrees with what it is said to be. Pure."""

from __future__ import annotations

import re
import unicodedata

from tessera.engine.files.errors import MediaTypeMismatch

HEAD_BYTES = 4_096
UNKNOWN = "application/octet-stream"
NAME_CHARACTERS = 200

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "application/ogg"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"\x7fELF", "application/x-executable"),
)
_SUFFIXES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp", "svg": "image/svg+xml", "pdf": "application/pdf",
    "zip": "application/zip", "gz": "application/gzip", "csv": "text/csv", "txt": "text/plain", "md": "text/markdown",
    "json": "application/json", "xml": "application/xml", "html": "text/html", "htm": "text/html",
    "xhtml": "application/xhtml+xml", "js": "text/javascript", "mp4": "video/mp4", "mp3": "audio/mpeg",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xls": "application/vnd.ms-excel", "doc": "application/msword", "ppt": "application/vnd.ms-powerpoint",
    "exe": "application/x-msdownload",
}  # fmt: skip
_SIGNED = frozenset(kind for _, _, kind in _SIGNATURES)
_CONTAINERS = {
    "application/zip": re.compile(r"application/(zip|x-zip-compressed|epub\+zip|vnd\.(openxml|oasis).*)\Z"),
    "application/x-ole-storage": re.compile(r"application/(msword|vnd\.ms-.*)\Z"),
    "video/mp4": re.compile(r"(video/(mp4|quicktime|3gpp)|audio/mp4|image/(heic|heif|avif))\Z"),
    "application/ogg": re.compile(r"(application|audio|video)/ogg\Z"),
    "image/jpeg": re.compile(r"image/p?jpe?g\Z"),
    "application/gzip": re.compile(r"application/(x-)?gzip\Z"),
    "text/html": re.compile(r"(text/html|application/xhtml\+xml)\Z"),
    "image/svg+xml": re.compile(r"image/svg\+xml\Z"),
    "application/xml": re.compile(r"((text|application)/xml|(image|application)/[a-z0-9.+-]+\+xml)\Z"),
}
_TEXTS = re.compile(r"(text/.+|application/(json|javascript|x-ndjson|xml|sql|.+\+(json|xml)|yaml)|image/svg\+xml)\Z")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}\Z")
_HTML = re.compile(rb"\A(<!doctype html|<html|<head|<body|<script|<iframe|<!--.{0,400}?<(html|script))", re.I | re.S)
_SVG = re.compile(rb"<svg[\s>]", re.I)


def agreed_type(head: bytes, name: str, declared: str) -> str:
    """The media type of a file with these first bytes, that name and declared type ("" or octet-stream: not said).

    Raises: MediaTypeMismatch("media_type_mismatch") when the content, the name and what is declared disagree.
    """
    kind = declared.partition(";")[0].strip().lower()
    found = sniffed(head)
    by_name = _SUFFIXES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""
    if not kind or kind == UNKNOWN:
        kind = by_name or found
    if not _MEDIA_TYPE.match(kind):
        raise MediaTypeMismatch(declared=kind[:100], found=found)
    for said in (kind, by_name):
        if said and said != UNKNOWN and not _is_a(found, said):
            raise MediaTypeMismatch(declared=said, found=found)
    return kind


def sniffed(head: bytes) -> str:
    """The media type that the first bytes tell: a known signature, some kind of text, or octet-stream.

    >>> sniffed(b"%PDF-1.7"), sniffed(b"<html><script>"), sniffed(b"a,b")
    ('application/pdf', 'text/html', 'text/plain')
    """
    for offset, mark, kind in _SIGNATURES:
        if head.startswith(mark, offset):
            return kind
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return UNKNOWN
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _HTML.match(text):
        return "text/html"
    if _SVG.search(text) and text.startswith(b"<"):
        return "image/svg+xml"
    if text.startswith(b"<?xml"):
        return "application/xml"
    return UNKNOWN if re.search(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head) else "text/plain"


def _is_a(found: str, said: str) -> bool:
    """Whether content that looks like `found` may be called `said`."""
    family = _CONTAINERS.get(found)
    if found == said or (family is not None and family.match(said)):
        return True
    if found == "text/plain":
        return bool(_TEXTS.match(said)) and said not in {"text/html", "application/xhtml+xml"}
    if found == UNKNOWN:
        return said not in _SIGNED and not _TEXTS.match(said)
    return False


def cleaned_name(name: str) -> str:
    """A name without folders, control and direction characters and leading dots, cut before its ending.

    >>> cleaned_name("../../etc/pass\\u202ewd.txt"), cleaned_name("C:\\\\a\\\\.htaccess"), cleaned_name("...")
    ('passwd.txt', 'htaccess', 'file')
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    text = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C").strip().lstrip(".").strip()
    stem, dot, ending = text.rpartition(".")
    if dot and len(ending) <= 16:
        text = f"{stem[: NAME_CHARACTERS - len(ending) - 1]}.{ending}"
    return text[:NAME_CHARACTERS] or "file"
