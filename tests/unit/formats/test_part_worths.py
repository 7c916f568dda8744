"""Part-worths survive a file, and a file that holds none says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.coding import LevelTerm, LinearTerm, LogTerm, PiecewiseTerm, UtilityCoding
from counterflow.domain.errors import InputError
from counterflow.domain.part_worths import PartWorths
from counterflow.formats.part_worths import read_part_worths, write_part_worths

CODING = UtilityCoding(
    (
        LevelTerm("trim", ("base", "plus", "größte"), "plus"),
        LinearTerm("price", 80_000.0),
        LogTerm("range", 400.0),
        PiecewiseTerm("load", 80.0, 160.0, (100.0, 120.0)),
    ),
    has_outside=True,
    levels=(("range", (("500", 500.0), ("400", 400.0))),),
)


def _part_worths(seed: int, n: int, dtype: str) -> PartWorths:
    draws = np.random.default_rng(seed).normal(size=(3, n, len(CODING.labels))).astype(dtype)
    return PartWorths(
        draws=draws,
        coding=CODING,
        respondent_ids=tuple(f"r{i}" for i in range(n)),
        weights=np.linspace(0.5, 2.0, n),
        provenance={"model": "hb", "seed": 7},
    )


@given(st.integers(0, 9), st.integers(1, 5), st.sampled_from(["float32", "float64"]))
def test_reading_what_was_written_gives_the_same_part_worths(tmp_path_factory, seed, n, dtype):
    path = tmp_path_factory.mktemp("part_worths") / "part_worths.parquet"
    before = _part_worths(seed, n, dtype)
    write_part_worths(before, path)
    after = read_part_worths(path)
    assert after.draws.dtype == before.draws.dtype
    np.testing.assert_array_equal(after.draws, before.draws)
    np.testing.assert_array_equal(after.weights, before.weights)
    assert (after.coding, after.respondent_ids) == (before.coding, before.respondent_ids)
    assert after.provenance == before.provenance


def test_equal_part_worths_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_part_worths(_part_worths(1, 4, "float32"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing", b"draw,respondent\n0,r1\n"])
def test_a_file_that_is_not_part_worths_is_refused_by_name(tmp_path, content):
    path = tmp_path / "part_worths.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"part_worths\.parquet.*counterflow/part-worths/1"):
        read_part_worths(path)
