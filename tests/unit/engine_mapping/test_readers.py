"""Readers give rows of texts, and a bad row for each that cannot be read."""

from __future__ import annotations

import datetime
import gzip
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tessera.engine.mapping.readers import (
    BadHeader,
    BadRow,
    MissingColumn,
    TableFormat,
    UnreadableFile,
    examine,
    positions,
)
from tessera.engine.mapping.readers import open_table as opened
from tessera.meta.kinds.mapping import Column


def columns(*names: str) -> list[Column]:
    """Columns with only a name."""
    return [Column(name, name, (name,)) for name in names]


def read(path: Path, form: TableFormat | None = None, names: tuple[str, ...] = ("a", "b")) -> list[list[str] | BadRow]:
    """All rows of a file."""
    with opened(path, form or TableFormat(), examine(path).encoding, columns(*names)) as table:
        return list(table.rows)


def codes(rows: list[list[str] | BadRow]) -> list[str]:
    """The codes of bad rows, "" for good ones."""
    return [row.code if isinstance(row, BadRow) else "" for row in rows]


def written(tmp_path: Path, content: bytes) -> Path:
    """A file of these bytes."""
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "a,b\n茶壶,青花\n".encode(encoding))
    assert read(path) == [["茶壶", "青花"]]


def test_a_packed_file_is_the_same_file(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.write_bytes(b"a,b\n1,2\n")
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read(packed) == [["1", "2"]]
    assert examine(packed) == examine(plain)


def test_a_damaged_utf_8_file_stays_one_and_loses_only_that_row(tmp_path: Path) -> None:
    good = "".join(f"茶{i},壶\n" for i in range(20)).encode()
    rows = read(written(tmp_path, b"a,b\n" + good + b"\xe8\x8c,2\nx,y\n"))
    assert codes(rows) == [""] * 20 + ["bad_encoding", ""]


def test_an_unclosed_quote_costs_one_row(tmp_path: Path) -> None:
    tail = "".join(f"{i},x\n" for i in range(300))
    rows = read(written(tmp_path, f'a,b\n1,"open\n{tail}'.encode()))
    assert codes(rows) == ["unclosed_quote"] + [""] * 300
    assert rows[1] == ["0", "x"]


def test_an_unclosed_quote_in_the_last_lines_costs_one_row(tmp_path: Path) -> None:
    assert codes(read(written(tmp_path, b'a,b\n1,"open\n2,x\n'))) == ["unclosed_quote", ""]


def test_quoted_cells_may_hold_line_ends_and_quotes(tmp_path: Path) -> None:
    assert read(written(tmp_path, b'a,b\n"1\n2","say ""hi"""\n')) == [["1\n2", 'say "hi"']]


def test_rows_of_another_width_are_bad_and_empty_lines_are_none(tmp_path: Path) -> None:
    rows = read(written(tmp_path, b"a,b\n1\n\n1,2,3\n1,2,\n"))
    assert codes(rows) == ["too_few_cells", "too_many_cells", ""]


def test_a_cell_without_end_is_bounded(tmp_path: Path) -> None:
    rows = read(written(tmp_path, b"a,b\n" + b"x" * 200_000 + b",2\n3,4\n"))
    assert codes(rows) == ["bad_quoting", ""]


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadHeader):
        read(written(tmp_path, b"," * 1_000_000 + b"\n"))


def test_headings_may_move_and_have_other_names() -> None:
    wanted = [Column("no_", "no", ("Number", "no", "编号")), Column("opt", "rest", ("rest",), optional=True)]
    assert positions(wanted, ["x", " 编号 "]) == {"no": 1, "rest": None}
    with pytest.raises(MissingColumn) as problem:
        positions(wanted, ["x", "y"])
    assert problem.value.params == {"column": "Number", "found": "x, y"}
    with pytest.raises(BadHeader):
        positions(wanted, ["no", "NO"])


def test_ndjson_keeps_written_digits_and_nested_names(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"a": 1.10, "x": {"b": true}}\nnonsense\n[1]\n{"a": null}\n')
    form = TableFormat("ndjson")
    rows = read(path, form, ("a", "x.b"))
    assert rows[0] == ["1.10", "true"]
    assert codes(rows) == ["", "bad_json", "bad_json", ""]


def test_ndjson_gives_a_row_for_each_element_of_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"no": "7", "lines": [{"q": 1}, {"q": 2}]}\n')
    assert read(path, TableFormat("ndjson", rows_at="lines"), ("no", "lines.q")) == [["7", "1"], ["7", "2"]]


def test_xlsx_gives_numbers_with_their_digits_and_dates_as_text(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_row(1, 0, [165.1, 12])
        sheet.write_string(1, 2, "=x")
        as_time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_datetime(2, 0, datetime.datetime(2024, 2, 29, 8, 30), as_time)
        sheet.write_formula(2, 1, "=1+1", None, 2)
    form = TableFormat("xlsx")
    assert read(path, form, ("a", "b", "c")) == [["165.1", "12", "=x"], ["2024-02-29 08:30:00", "2", ""]]


def test_an_xlsx_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet1.xml", "w") as out:
        for _ in range(250):
            out.write(b"0" * 1_000_000)
    with pytest.raises(UnreadableFile):
        read(written(tmp_path, data.getvalue()), TableFormat("xlsx"))


def test_a_broken_gzip_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        examine(written(tmp_path, gzip.compress(b"a,b\n" * 1000)[:40]))


def test_ndjson_without_a_column_is_refused_and_says_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"no": 7, "lines": [{"q": 1}]}\n', "utf-8")
    with pytest.raises(MissingColumn) as refused:
        read(path, TableFormat("ndjson", rows_at="lines"), ("no", "q"))
    assert refused.value.params == {"column": "q", "found": "no, lines.q"}
