"""A table is opened wherever it is kept, by readers that others may add to."""

from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from counterflow.domain import tables
from counterflow.domain.errors import InputError
from counterflow.domain.tables import Table, open_table, text_of

PLAIN = {"price": [9, 7], "trim": ["plus", None]}


@pytest.mark.parametrize(
    "source",
    [PLAIN, pd.DataFrame(PLAIN), pl.DataFrame(PLAIN), pl.LazyFrame(PLAIN), pa.table(PLAIN)],
    ids=["mapping", "pandas", "polars", "lazy polars", "arrow"],
)
def test_any_dataframe_or_mapping_is_a_table(source):
    table = open_table(source)
    assert (table.columns, table.n_rows) == (("price", "trim"), 2)


def test_columns_may_be_called_by_numbers():
    assert open_table(pd.DataFrame([[1, 2]])).columns == ("0", "1")


def test_rows_count_from_one():
    np.testing.assert_array_equal(open_table(PLAIN).places(np.array([0, 1])), [1, 2])


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (3, "expected a dataframe, a mapping of columns, or the path of a table file, found int"),
        ({}, "expected columns, found none"),
        ({"a": [1], "b": [1, 2]}, 'columns of one length, found 1 in "a", 2 in "b"'),
        ({"a": 5}, "source: a: expected a sequence of cells, found int"),
        ({"a": "abc"}, "source: a: expected a sequence of cells, found str"),
        ({1: [1], "1": [2]}, 'expected distinct column names, found "1" more than once'),
        (pa.table([[1], [2]], names=["a", "a"]), "expected distinct column names"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "expected distinct column names"),
        ("answers.xls", 'expected a file that ends in one of ".arrow", .* found ".xls"'),
        ("answers", "found no ending"),
        ("nowhere/answers.csv", "nowhere/answers.csv: expected a file that can be read"),
    ],
)
def test_what_is_no_table_is_refused(source, said):
    with pytest.raises(InputError, match=said):
        open_table(source)


def test_other_distributions_can_add_a_format(monkeypatch, tmp_path):
    here = EntryPoint("stata", "unit_tables_reader:read_stata", tables.READERS)
    monkeypatch.setattr(EntryPoint, "load", lambda _: lambda path: {"a": [path.stat().st_size]})
    monkeypatch.setattr(tables, "entry_points", lambda group: EntryPoints([here]))
    path = tmp_path / "answers.STATA"
    path.write_bytes(b"xyz")
    table = open_table(path)
    assert table.where == str(path)
    assert table.frame.get_column("a").to_list() == [3]


def test_an_open_table_is_itself():
    table = Table.of(PLAIN)
    assert open_table(table) is table


def test_mixed_cells_are_text_and_numbers_keep_every_digit():
    table = Table.of(
        {"a": [0.1 + 0.2, "x", None, 3, True, float("nan")], "b": [1.5, 2, 3, 4, 5, 6]}
    )
    assert table.frame.get_column("a").to_list() == [
        "0.30000000000000004", "x", None, "3", "1", None,
    ]  # fmt: skip
    assert table.frame.get_column("b").to_list() == [1.5, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_cells_of_other_types_are_written_out():
    assert text_of(np.float64(2.0)) == "2"
    assert text_of(b"x") == "b'x'"
