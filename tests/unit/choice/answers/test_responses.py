"""Elasticities and diversion ratios: against the formulas of the logit."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.choice.answers.responses import diversion_ratios, elasticities
from counterflow.domain.choice_data import Categorical
from counterflow.domain.errors import LabelMismatchError
from reference.conditional_logit import ConditionalLogit
from strategies.markets import NAMES, car_choices


@pytest.fixture(scope="module")
def data():
    return car_choices(30)


@pytest.fixture(scope="module")
def fit(data):
    return ConditionalLogit(attributes=("price", "range", "fee")).fit(data)


def _derivatives(fit, data):
    """Return probabilities and dP_ti / dx_tj = b P_ti (1[i = j] - P_tj) of the logit."""
    p = fit.probabilities(data).reshape(-1, 3)
    b = fit.parameters["price"]
    return p, b * (p[:, :, None] * np.eye(3) - p[:, :, None] * p[:, None, :])


def test_elasticities_are_those_of_the_logit_to_a_millionth(fit, data):
    p, slopes = _derivatives(fit, data)
    price = data.columns["price"].values.reshape(-1, 1, 3)
    exact = (slopes * price).sum(axis=0) / p.sum(axis=0)[:, None]
    found = elasticities(fit, data, "price", n_draws=0)
    np.testing.assert_allclose(found.table.value, exact, rtol=1e-6)
    assert found["city", "sport"] == found.table.value[0, 2]
    assert found.own["city"] == found.table.value[0, 0]
    assert found.alternatives == NAMES


def test_the_accuracy_holds_where_utilities_are_large(data, fit):
    steep = replace(fit, parameters=replace(fit.parameters, values=fit.parameters.values * 15.0))
    p, slopes = _derivatives(steep, data)
    price = data.columns["price"].values.reshape(-1, 1, 3)
    exact = (slopes * price).sum(axis=0) / p.sum(axis=0)[:, None]
    assert abs(steep.parameters["price"] * price).max() > 40.0
    np.testing.assert_allclose(
        elasticities(steep, data, "price", n_draws=0).table.value, exact, rtol=1e-6
    )


def test_diversion_is_that_of_the_logit_and_rows_sum_to_one(fit, data):
    _, slopes = _derivatives(fit, data)
    total = slopes.sum(axis=0)
    found = diversion_ratios(fit, data, "price", n_draws=5)
    exact = -total.T / np.diag(total)[:, None]
    np.fill_diagonal(exact, 0.0)
    np.testing.assert_allclose(found.table.value, exact, rtol=1e-6)
    np.testing.assert_allclose(found.table.draws.sum(axis=2), 1.0, rtol=1e-8)


def test_one_choice_set_diverts_in_proportion_to_shares(fit, data):
    one = data.take_respondents([3])
    one = replace(
        one,
        **{
            "columns": {k: replace(c, values=c.values[:3]) for k, c in one.columns.items()},
            "is_outside": np.zeros(3, dtype=bool),
            "task_starts": np.array([0, 3]),
            "respondent_starts": np.array([0, 1]),
            "chosen_rows": np.array([0]),
            "task_ids": one.task_ids.take(np.array([0])),
            "alternative_names": one.alternative_names.take(np.arange(3)),
        },
    )
    p = fit.probabilities(one)
    found = diversion_ratios(fit, one, "price", n_draws=0)
    assert found["city", "sport"] == pytest.approx(p[2] / (1 - p[0]), rel=1e-6)


def test_nothing_diverts_from_the_outside_option(fit, data):
    outside = np.tile([False, False, True], data.n_tasks)
    columns = {
        name: replace(column, values=np.where(outside, np.nan, column.values))
        for name, column in data.columns.items()
    }
    market = replace(data, columns=columns, is_outside=outside)
    diversion = diversion_ratios(fit, market, "price", n_draws=0).table.value
    assert np.isnan(diversion[2]).all()
    np.testing.assert_allclose(diversion[:2].sum(axis=1), 1.0)
    assert (elasticities(fit, market, "price", n_draws=0).table.value[:, 2] == 0.0).all()


def test_intervals_hold_the_estimate(fit, data):
    table = elasticities(fit, data, "price", n_draws=60).table
    assert (table.low < table.value).all()
    assert (table.value < table.high).all()


def test_attributes_that_are_absent_or_have_levels_are_refused(fit, data):
    with pytest.raises(LabelMismatchError, match="colour"):
        elasticities(fit, data, "colour")
    brand = Categorical(np.zeros(data.n_rows, dtype=int), ("x",))
    branded = replace(data, columns={**data.columns, "brand": brand})
    with pytest.raises(ValueError, match="Compare shares"):
        diversion_ratios(fit, branded, "brand")
