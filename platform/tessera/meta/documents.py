"""Documents and packages: one JSON file each, and a folder of them.

JSON is read strictly: no key twice, no NaN, no number that Python would have to round. A number with
a decimal point becomes its text ("0.50"), since nothing in the metadata is a float.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from tessera.errors import Json, Problem, TesseraError

MAX_DEPTH = 64
_NO_FILES: Mapping[str, bytes] = MappingProxyType({})


class BadJson(TesseraError):
    """This is not well-formed JSON."""

    code = "bad_json"


class DuplicateKey(TesseraError):
    """The key "{key}" stands twice in the same object."""

    code = "duplicate_key"
    hint = "Remove one of the two."


class TooDeep(TesseraError):
    """The JSON is nested more than {limit} levels deep."""

    code = "too_deep"


def escape(step: object) -> str:
    """One step of a JSON pointer (RFC 6901).

    >>> escape("a/b~c")
    'a~1b~0c'
    """
    return str(step).replace("~", "~0").replace("/", "~1")


def pointer_to(steps: Iterable[object]) -> str:
    """The JSON pointer of a path of keys and indexes.

    >>> pointer_to(["fields", 3, "name"])
    '/fields/3/name'
    """
    return "".join("/" + escape(step) for step in steps)


def pointer_steps(pointer: str) -> list[str]:
    """The unescaped steps of a JSON pointer; inverse of pointer_to but for indexes, which stay text."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


@dataclass(frozen=True)
class Document:
    """One JSON file of a package.

    path: of its file inside the package, with forward slashes. body: the JSON. text: as it stood in the file,
    "" when it did not come from one. overlaid_by: packages whose overlays are in the body.
    """

    package: str
    kind: str
    uid: str
    name: str
    path: str
    body: Mapping[str, Json]
    text: str = field(default="", compare=False, repr=False)
    overlaid_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What it is for good, whatever it is called."""
        return f"{self.package}:{self.uid}"

    @property
    def file(self) -> str:
        """Package and path: how problems name the file."""
        return f"{self.package}/{self.path}"

    def at(self, *steps: object) -> str:
        """Pointer to a place inside: `<file>#/fields/3/name`."""
        return f"{self.file}#{pointer_to(steps)}"

    def with_body(self, body: Mapping[str, Json]) -> Document:
        """The same document with another body; kind, uid and name follow it."""
        return document_of(self.package, self.path, body)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Another package that a package needs. version: the least that will do, "" for any."""

    package: str
    version: str = ""


@dataclass(frozen=True)
class Package:
    """A named, versioned set of documents. files: its other files (csv, md, templates) by path."""

    name: str
    version: str
    requires: tuple[Requirement, ...] = ()
    documents: tuple[Document, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=lambda: _NO_FILES, compare=False, repr=False)

    def with_documents(self, documents: Iterable[Document]) -> Package:
        """The same package with other documents."""
        return package_of(self.name, documents, self.files)


def document_of(package: str, path: str, body: Mapping[str, Json], text: str = "") -> Document:
    """The document of a body; parts that the body lacks are "" (check will say so)."""
    kind, uid, name = (_text(body, key) for key in ("kind", "uid", "name"))
    return Document(package, kind, uid, name or uid, path, body, text)


def package_of(name: str, documents: Iterable[Document], files: Mapping[str, bytes] = _NO_FILES) -> Package:
    """The package of these documents; version and requirements come from its package document."""
    ordered = tuple(sorted(documents, key=lambda each: each.path))
    head = next((each.body for each in ordered if each.kind == "package"), {})
    return Package(name, _text(head, "version"), requirements(head), ordered, files)


def requirements(head: Mapping[str, Json]) -> tuple[Requirement, ...]:
    """What a package document says it requires; malformed entries are left to check."""
    listed = head.get("requires")
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        return ()
    entries = [each for each in listed if isinstance(each, Mapping)]
    return tuple(Requirement(_text(each, "package"), _text(each, "version")) for each in entries)


def packages_of(documents: Mapping[str, Mapping[str, Json]]) -> list[Package]:
    """Packages from documents by key, as a Model keeps them: the way back from storage."""
    grouped: dict[str, list[Document]] = {}
    for key, body in sorted(documents.items()):
        package = key.split(":", 1)[0]
        path = "tessera.json" if body.get("kind") == "package" else f"{body.get('kind')}/{body.get('name') or key}.json"
        grouped.setdefault(package, []).append(document_of(package, path, body))
    return [package_of(name, each) for name, each in sorted(grouped.items())]


def renamed_package(package: Package, name: str) -> Package:
    """The package under another name, its documents with it."""
    return replace(package, name=name, documents=tuple(replace(each, package=name) for each in package.documents))


def _text(body: Mapping[str, Json], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def parse_json(text: str) -> Json:
    """The JSON value of a text, read strictly. Raises: BadJson, DuplicateKey, TooDeep.

    >>> parse_json('{"rate": 0.50}')
    {'rate': '0.50'}
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=str, parse_int=_integer, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} in line {error.lineno}, column {error.colno}.", line=error.lineno) from None
    except RecursionError:
        raise TooDeep(limit=MAX_DEPTH) from None
    _ensure_shallow(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKey(key=key)
            seen.add(key)
    return found


def _integer(text: str) -> int:
    if len(text) > 19:
        raise BadJson(f"The number {text[:19]}… is too long.", hint="Write it as a text in quotes.")
    return int(text)


def _refuse_constant(text: str) -> Any:
    raise BadJson(f"{text} is not a JSON number.")


def _ensure_shallow(value: Json) -> None:
    layer, depth = [value], 0
    while layer:
        if depth > MAX_DEPTH:
            raise TooDeep(limit=MAX_DEPTH)
        below: list[Any] = []
        for each in layer:
            below.extend(each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
        layer, depth = below, depth + 1


def read_document(package: str, path: str, data: bytes) -> Document:
    """The document in a file's bytes. Raises: BadJson, DuplicateKey, TooDeep with the file as pointer."""
    file = f"{package}/{path}#"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadJson("The file is not UTF-8.", pointer=file) from None
    try:
        body = parse_json(text)
    except TesseraError as error:
        error.pointer = file
        raise
    if not isinstance(body, dict):
        raise BadJson("A document is a JSON object.", pointer=file)
    if "\x00" in text or "\\u0000" in text:
        raise BadJson("The file contains a NUL character.", pointer=file)
    return document_of(package, path, body, text)


def problem_at(document: Document, steps: Sequence[object], code: str, message: str, hint: str = "") -> Problem:
    """A problem at a place in a document."""
    return Problem(code, document.at(*steps), message, hint)
