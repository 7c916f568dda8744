"""Choice data come back from their file as they were written, or not at all."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError
from counterflow.formats.choice_data import read_choice_data, write_choice_data
from strategies.choice_data import choice_data


@given(choice_data())
def test_what_was_written_is_read_back(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("answers") / "choices.parquet"
    write_choice_data(data, path)
    back = read_choice_data(path)
    assert back.content_hash == data.content_hash
    assert list(back.columns) == list(data.columns)
    for name in ("task_starts", "respondent_starts", "chosen_rows", "weights", "is_outside"):
        np.testing.assert_array_equal(getattr(back, name), getattr(data, name))


@given(choice_data())
def test_equal_data_give_equal_bytes(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("answers")
    narrow = replace(data, task_starts=data.task_starts.astype(np.int32))
    write_choice_data(data, folder / "a.parquet")
    write_choice_data(narrow, folder / "b.parquet")
    assert (folder / "a.parquet").read_bytes() == (folder / "b.parquet").read_bytes()


def _data(**changed) -> ChoiceData:
    parts = {
        "columns": {
            "chosen": Numeric(np.array([9.0, 7.0])),
            "trim": Categorical(np.array([0, 2]), ("base", "never shown", "plus")),
        },
        "is_outside": np.array([False, False]),
        "task_starts": np.array([0, 2]),
        "respondent_starts": np.array([0, 1]),
        "chosen_rows": np.array([1]),
        "respondent_ids": ("ada",),
    }
    return ChoiceData(**{**parts, **changed})


def test_an_attribute_may_be_called_like_a_column_of_the_file(tmp_path):
    write_choice_data(_data(), tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").column_names == [
        "respondent", "task", "chosen_", "weight", "chosen", "trim",
    ]  # fmt: skip
    back = read_choice_data(tmp_path / "a.parquet")
    assert back.columns["trim"].levels == ("base", "never shown", "plus")


def test_a_table_of_somebody_else_is_refused(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet: expected choice data as Counterflow writes"):
        read_choice_data(tmp_path / "a.parquet")


def test_a_table_changed_after_it_was_written_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    write_choice_data(_data(), path)
    table = pq.read_table(path)
    i = table.column_names.index("chosen")
    pq.write_table(table.set_column(i, "chosen", pa.array([9.0, 8.0])), path)
    with pytest.raises(InputError, match="rows that were changed"):
        read_choice_data(path)


def test_a_file_cut_short_or_absent_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    write_choice_data(_data(), path)
    path.write_bytes(path.read_bytes()[:-20])
    for broken in (path, tmp_path / "absent.parquet"):
        with pytest.raises(InputError):
            read_choice_data(broken)


def test_a_flipped_bit_gives_the_same_data_or_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    write_choice_data(_data(), path)
    whole = path.read_bytes()
    for position in range(0, len(whole), 17):
        flipped = bytearray(whole)
        flipped[position] ^= 0x10
        path.write_bytes(flipped)
        try:
            assert read_choice_data(path).content_hash == _data().content_hash
        except InputError:
            continue
