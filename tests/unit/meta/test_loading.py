"""Packages are read from folders and zips without trusting them."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tessera.errors import Invalid
from tessera.meta import fmt, load_files, load_folder, load_zip, packages_of
from tessera.meta.archive import ArchiveLimits, BadArchive
from tessera.meta.documents import BadJson, DuplicateKey, TooDeep, parse_json
from unit.meta.samples import HEAD, good_model, good_package

HEAD_BYTES = json.dumps(HEAD).encode()


def zipped(files: dict[str, bytes], change: Callable[[zipfile.ZipInfo], object] | None = None) -> bytes:
    """A zip of these files; change alters each entry before it is written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            archive.writestr(entry, data)
    return buffer.getvalue()


def test_a_zip_with_its_files_in_one_folder() -> None:
    package = load_zip(zipped({"work/tessera.json": HEAD_BYTES, "work/README.md": b"hello"}))
    assert (package.name, package.version, dict(package.files)) == ("work", "1.0.0", {"README.md": b"hello"})


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tessera.json").write_bytes(HEAD_BYTES)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("a,b\n")
    (tmp_path / ".hidden").write_text("x")
    package = load_folder(tmp_path)
    assert [each.path for each in package.documents] == ["tessera.json"]
    assert list(package.files) == ["data/rows.csv"]


BAD_PATHS = [
    "../up.json", "/abs.json", "C:/drive.json", "a\\b.json", "a//b.json", "./a.json", "a/../b.json", "run.py",
    "run.sh",
    "lib.so", "noending", "zero\u200bwidth.json", "right\u202eleft.json", "a /b.json", "nested.zip",
    "x" * 300 + ".json",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_unsafe_paths_are_refused(path: str) -> None:
    with pytest.raises(BadArchive):
        load_zip(zipped({"tessera.json": HEAD_BYTES, path: b"{}"}))
    with pytest.raises(BadArchive):
        load_files({"tessera.json": HEAD_BYTES, path: b"{}"})


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(kind: int) -> None:
    with pytest.raises(BadArchive, match="link or a device"):
        load_zip(
            zipped({"tessera.json": HEAD_BYTES}, lambda entry: setattr(entry, "external_attr", (kind | 0o777) << 16))
        )


def test_a_linked_file_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tessera.json").write_bytes(HEAD_BYTES)
    os.symlink("/etc/hostname", tmp_path / "host.json")
    with pytest.raises(BadArchive):
        load_folder(tmp_path)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tessera.json").write_bytes(HEAD_BYTES)
    os.symlink("/etc", tmp_path / "etc.json")
    with pytest.raises(BadArchive):
        load_folder(tmp_path)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(BadArchive, match="more than 100 to 1"):
        load_zip(zipped({"tessera.json": HEAD_BYTES, "bomb.csv": b"0" * 10_000_000}))


def test_a_directory_that_lies_about_the_size_is_refused() -> None:
    data = zipped({"tessera.json": HEAD_BYTES, "bomb.csv": os.urandom(1000) * 2})
    lie = data.replace((2000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(BadArchive):
        load_zip(lie)


@pytest.mark.parametrize(
    ("limits", "files"),
    [
        (ArchiveLimits(files=1), {"a.md": b"x"}),
        (ArchiveLimits(bytes=50), {"a.md": b"x"}),
        (ArchiveLimits(file_bytes=80), {"a.md": os.urandom(90)}),
    ],
)
def test_too_much_is_refused(limits: ArchiveLimits, files: dict[str, bytes], tmp_path: Path) -> None:
    every = {"tessera.json": HEAD_BYTES, **files}
    with pytest.raises(BadArchive):
        load_zip(zipped(every), limits)
    for path, data in every.items():
        (tmp_path / path).write_bytes(data)
    with pytest.raises(BadArchive):
        load_folder(tmp_path, limits)


@pytest.mark.parametrize("other", ["A.json", "ａ.json", "a.JSON"])
def test_names_that_some_systems_take_for_the_same_are_refused(other: str) -> None:
    with pytest.raises(BadArchive):
        load_zip(zipped({"tessera.json": HEAD_BYTES, "a.json": b"{}", other: b"{}"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tessera.json", HEAD_BYTES)
        archive.writestr("tessera.json", HEAD_BYTES)
    with pytest.raises(BadArchive, match="same file"):
        load_zip(buffer.getvalue())


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(zipped({"tessera.json": HEAD_BYTES}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadArchive, match="encrypted"):
        load_zip(bytes(data))


def test_a_damaged_file_is_refused() -> None:
    data = bytearray(zipped({"tessera.json": HEAD_BYTES}))
    data[60] ^= 0xFF
    with pytest.raises(BadArchive):
        load_zip(bytes(data))


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\x00" * 10])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(BadArchive):
        load_zip(data)


def test_all_unreadable_files_are_told_together() -> None:
    files = {"tessera.json": HEAD_BYTES, "a.json": b"{", "b.json": b'{"a":1,"a":2}', "c.json": b"\xff", "d.json": b"[]"}
    with pytest.raises(Invalid) as caught:
        load_files(files)
    assert [(each.code, each.pointer) for each in caught.value.problems()] == [
        ("bad_json", "work/a.json#"),
        ("duplicate_key", "work/b.json#"),
        ("bad_json", "work/c.json#"),
        ("bad_json", "work/d.json#"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("NaN", BadJson),
        ("Infinity", BadJson),
        ("{", BadJson),
        ("1" * 5000, BadJson),
        ('{"a": {"b": 1, "b": 1}}', DuplicateKey),
        ("[" * 70 + "]" * 70, TooDeep),
        ("[" * 100_000 + "]" * 100_000, TooDeep),
    ],
)
def test_json_is_read_strictly(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_json(text)


def test_numbers_with_a_point_stay_texts() -> None:
    assert parse_json('{"rate": 0.10, "more": 1e400, "count": 5}') == {"rate": "0.10", "more": "1e400", "count": 5}


def test_packages_come_back_from_stored_documents() -> None:
    model = good_model()
    (package,) = packages_of(model.documents)
    assert {each.key: each.body for each in package.documents} == dict(model.documents)


def test_the_canonical_text_is_read_as_the_same_and_is_stable() -> None:
    for document in good_package().documents:
        text = fmt(document.body)
        again: Any = parse_json(text)
        assert fmt(again) == text and text.endswith("}\n")


def test_defaults_are_left_out_of_the_canonical_text() -> None:
    body = {"kind": "entity", "uid": "one", "name": "one", "history": True,
            "fields": [{"type": "text", "required": False, "max_length": 255, "name": "a", "uid": "aaa"}]}  # fmt: skip
    assert '{"uid": "aaa", "name": "a", "type": "text"}' in fmt(body)
    assert "history" not in fmt(body)
