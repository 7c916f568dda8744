"""Draws of people go to a file while chains run, whole or not at all."""

import numpy as np
import pytest

from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.domain.errors import InputError
from counterflow.formats.part_worth_stream import PartWorthDraws, PartWorthStream
from counterflow.formats.part_worths import read_part_worths
from counterflow.runners.threads import ThreadRunner
from strategies.choice_sets import choices

MODEL = HierarchicalBayes(n_burn_in=30, n_sweeps=40, n_draws=7, seed=3)


@pytest.fixture(scope="module")
def data():
    return choices(4, n_persons=40, n_coefficients=3).data()


@pytest.fixture(scope="module")
def path(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("draws") / "people.parquet"
    with PartWorthStream(path) as sink:
        fitted = MODEL.fit(data, map_blocks=ThreadRunner(2).map, draw_sink=sink)
        assert fitted.draws.shape == (0, 40, 3)
        with pytest.raises(ValueError, match="sink"):
            fitted.part_worths()
    return path


def test_what_is_read_back_is_to_the_bit_what_would_have_been_kept(data, path):
    kept = MODEL.fit(data).part_worths()
    for read in (PartWorthDraws(path).part_worths(), read_part_worths(path)):
        assert read.draws.tobytes() == kept.draws.tobytes()
        assert read.respondent_ids == kept.respondent_ids
        assert read.weights.tolist() == kept.weights.tolist()
        assert read.coding == kept.coding
        assert dict(read.provenance) == dict(kept.provenance)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_single_draws_can_be_read_alone(path):
    everything = PartWorthDraws(path).part_worths().draws
    some = PartWorthDraws(path).part_worths([5, 1]).draws
    np.testing.assert_array_equal(some, everything[[1, 5]])
    assert len(list(PartWorthDraws(path).draws())) == 7


def test_an_interrupted_run_leaves_nothing_behind(data, tmp_path):
    def interrupt(share, text):
        if share > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), PartWorthStream(tmp_path / "x.parquet") as sink:
        MODEL.fit(data, report=interrupt, draw_sink=sink)
    assert not list(tmp_path.iterdir())


def test_a_file_of_something_else_is_refused_by_name(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match=r"x\.parquet"):
        PartWorthDraws(tmp_path / "x.parquet")
