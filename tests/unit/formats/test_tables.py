"""Table files are read as people and programs leave them, or refused by line."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError
from counterflow.formats.tables import read_arrow, read_csv, read_parquet, read_tsv

PLAIN = b"id,name\n1,ada\n2,bo\n"


def _file(folder: Path, raw: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(raw)
    return path


def _cells(path: Path) -> dict[str, list[str]]:
    return read_csv(path).frame.to_dict(as_series=False)


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        PLAIN.removesuffix(b"\n"),
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + PLAIN,
        b'"id","name"\n"1","ada"\n"2","bo"\n',
        b"\n\nid,name\n1,ada\n\n\n2,bo\n\n",
    ],
    ids=["LF", "no last end", "CRLF", "bare CR", "BOM", "quoted", "empty lines"],
)
def test_text_files_say_the_same_however_their_lines_end(tmp_path, raw):
    assert _cells(_file(tmp_path, raw)) == {"id": ["1", "2"], "name": ["ada", "bo"]}


def test_quoted_cells_may_hold_separators_quotes_and_line_ends(tmp_path):
    raw = b'id,name\n1,"a, ""b""\nc"\n2,\n'
    assert _cells(_file(tmp_path, raw)) == {"id": ["1", "2"], "name": ['a, "b"\nc', ""]}


def test_cells_stay_as_written(tmp_path):
    raw = b"id,name\n007,1e3\n1.0,NA\n"
    assert _cells(_file(tmp_path, raw)) == {"id": ["007", "1.0"], "name": ["1e3", "NA"]}


def test_tabs_separate_a_tsv(tmp_path):
    table = read_tsv(_file(tmp_path, PLAIN.replace(b",", b"\t"), "table.tsv"))
    assert table.columns == ("id", "name")


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        (PLAIN, [2, 3]),
        (b"\xef\xbb\xbf\n\nid,name\n1,ada\n\n\n2,bo\n", [4, 7]),
        (b'id,name\n1,"a\nb"\n2,bo\n', [2, 4]),
        (b'id,name\r1,"a\rb"\r2,bo\r', [2, 4]),
        (b'id,name\n1,a"d"a\n2,"b"o\n', [2, 3]),
    ],
)
def test_rows_are_known_by_the_line_at_which_they_begin(tmp_path, raw, lines):
    found = read_csv(_file(tmp_path, raw)).places(np.array([0, 1]))
    np.testing.assert_array_equal(found, lines)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "expected a header with the names of columns, found an empty file"),
        (b"\n\n", "expected a header"),
        (b"a;b\n1;2\n", r"1: expected text with cells separated by commas, found semicolons\. Sav"),
        (b"a\tb\n1\t2\n", "separated by commas, found tabs"),
        (b"a,b,a\n1,2,3\n", r"csv:1: expected distinct column names, found \"a\" more than once"),
        (
            b"a,b\n1,2\n3\n4,5,6\n",
            r"csv:3: lines 3, 4: expected 2 cells in every line, as in the header, found 1 in lin",
        ),
        (b'a,b\n1,"2\n3,4\n', r"csv:2: expected a second double quote where a quoted cell ends"),
        (b'"a,b\n1,2\n', r"csv:1: expected a second double quote"),
        (b'a,b\n1,"2\n3,4,5\n', r"csv:2: expected a second double quote"),
        (b"a,b\n1,x\n2,caf\xe9\n", r"csv:3: expected text in UTF-8, found the byte 0xe9"),
        (b"caf\xe9,b\r1,x\r", r"csv:1: expected text in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "expected text in UTF-8, found what looks like UTF-16"),
        (b"PK\x03\x04rest of a workbook", "what looks like Excel or zip"),
    ],
)
def test_text_that_is_no_table_is_refused_by_line(tmp_path, raw, said):
    with pytest.raises(InputError, match=said):
        read_csv(_file(tmp_path, raw))


def test_commas_in_a_tsv_are_told(tmp_path):
    with pytest.raises(InputError, match="separated by tabs, found commas"):
        read_tsv(_file(tmp_path, PLAIN, "table.tsv"))


def test_ragged_lines_are_counted_after_the_first_twenty(tmp_path):
    with pytest.raises(InputError, match=r"20, 21 and 10 more: expected 2 cells"):
        read_csv(_file(tmp_path, b"a,b\n" + b"1\n" * 30))


def test_problems_in_a_text_file_are_told_by_line(tmp_path):
    raw = b'id,taken,price,note\n1,0,9,"two\nlines"\n1,1,?,x\n\n2,0,8,x\n2,1,-,x\n'
    with pytest.raises(InputError) as refused:
        ChoiceData.from_long(
            _file(tmp_path, raw), respondent="id", chosen="taken", attributes=["price"]
        )
    problem = refused.value.problems[0]
    assert (problem.line, problem.key) == (4, "price, lines 4, 7")
    assert problem.where.endswith("table.csv")


TABLE = pa.table({"id": [1, 2, 2], "name": ["ada", None, "bo"]})


def _write(path: Path) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(TABLE, path)
    elif path.name == "stream.arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, TABLE.schema) as stream:
            stream.write_table(TABLE)
    else:
        pyarrow.feather.write_feather(TABLE, str(path))
    return path


BINARY = ["table.parquet", "table.feather", "table.arrow", "stream.arrow"]


@pytest.mark.parametrize("name", BINARY)
def test_binary_files_are_read(tmp_path, name):
    read = read_parquet if name.endswith("parquet") else read_arrow
    table = read(_write(tmp_path / name))
    assert table.frame.to_dict(as_series=False) == TABLE.to_pydict()
    np.testing.assert_array_equal(table.places(np.array([0, 2])), [1, 3])


@pytest.mark.parametrize("name", BINARY)
def test_damaged_binary_files_are_read_or_refused(tmp_path, name):
    path = _write(tmp_path / name)
    read, whole = read_parquet if name.endswith("parquet") else read_arrow, path.read_bytes()
    for position in range(0, len(whole), max(1, len(whole) // 60)):
        damaged = bytearray(whole)
        damaged[position] ^= 0x55
        for raw in (damaged, whole[:position]):
            path.write_bytes(raw)
            try:
                read(path)
            except InputError as refused:
                assert str(path) in str(refused)  # noqa: PT017 - either outcome is right


def test_the_first_version_of_feather_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"Feather file, found .* version 1 of Feather"):
        read_arrow(_file(tmp_path, b"FEA1 and more", "old.feather"))


def test_a_folder_called_like_a_column_is_only_a_folder(tmp_path):
    folder = tmp_path / "year=2013"
    folder.mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(folder / "table.parquet")
    assert read_parquet(folder / "table.parquet").columns == ("a",)
