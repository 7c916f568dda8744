"""Predictions and shares with intervals: by hand, by blocks, and by name."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.choice.answers import predict as module
from counterflow.choice.answers.predict import predict, shares
from counterflow.domain.choice_data import Categorical
from counterflow.domain.errors import LabelMismatchError
from counterflow.runners.threads import ThreadRunner
from reference.conditional_logit import ConditionalLogit
from strategies.markets import NAMES, car_choices


@pytest.fixture(scope="module")
def data():
    return car_choices(30)


@pytest.fixture(scope="module")
def fit(data):
    return ConditionalLogit(attributes=("price", "range", "fee")).fit(data)


def test_intervals_hold_the_estimate_and_widen_with_the_level(fit, data):
    narrow, wide = predict(fit, data, level=0.5), predict(fit, data, level=0.95)
    np.testing.assert_array_equal(narrow.probabilities, fit.probabilities(data))
    assert (wide.low < wide.probabilities).all()
    assert (wide.probabilities < wide.high).all()
    assert (wide.high - wide.low > narrow.high - narrow.low).all()


def test_blocks_of_people_change_nothing(fit, data, monkeypatch):
    whole = predict(fit, data, n_draws=20)
    monkeypatch.setattr(module, "_MOST_NUMBERS", 21 * 40)
    parts = predict(fit, data, n_draws=20)
    assert len(module._blocks(data, 21)) > 5
    np.testing.assert_array_equal(whole.low, parts.low)
    np.testing.assert_array_equal(whole.probabilities, parts.probabilities)


def test_shares_are_mean_probabilities_by_name_and_weight(fit, data):
    weights = np.linspace(1.0, 3.0, 30)
    weighted = replace(data, weights=weights)
    found = shares(fit, weighted)
    p = fit.probabilities(data).reshape(30, 4, 3).mean(axis=1)
    assert found.alternatives == NAMES
    np.testing.assert_allclose(found.shares.value, weights @ p / weights.sum())
    np.testing.assert_allclose(found.shares.draws.sum(axis=1), 1.0)
    assert found["family"] == found.shares.value[1]
    assert "95 %" in str(found)


def test_alternatives_without_names_are_told_by_position_and_outside(fit, data):
    outside = np.tile([False, False, True], data.n_tasks)
    unnamed = replace(data, alternative_names=None, is_outside=outside)
    assert shares(fit, unnamed, n_draws=0).alternatives == ("1", "2", "outside")


def test_alternatives_may_be_told_by_the_levels_of_an_attribute(fit, data):
    brand = Categorical(np.tile([1, 0, 1], data.n_tasks), ("x", "y", "never"))
    branded = replace(data, columns={**data.columns, "brand": brand})
    found = shares(fit, branded, by="brand", n_draws=0)
    by_name = shares(fit, data, n_draws=0)
    assert found.alternatives == ("x", "y")
    assert found["x"] == pytest.approx(by_name["family"])
    assert np.isnan(found.shares.low).all()
    with pytest.raises(LabelMismatchError):
        shares(fit, data, by="colour")
    with pytest.raises(ValueError, match="levels"):
        shares(fit, data, by="price")


def test_threads_change_nothing(fit, data):
    here = shares(fit, data, n_draws=20).shares
    there = shares(fit, data, n_draws=20, map_blocks=ThreadRunner(2).map).shares
    assert here.draws.tobytes() == there.draws.tobytes()
