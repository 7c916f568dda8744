"""Consumer surplus: against the formula, and what does not compare."""

from dataclasses import replace

import numpy as np
import pytest

from counterflow.choice.answers.welfare import welfare_change
from counterflow.domain.errors import LabelMismatchError
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices


@pytest.fixture(scope="module")
def data():
    return car_choices(30)


@pytest.fixture(scope="module")
def fit(data):
    return ConditionalLogit(attributes=("price", "range", "fee")).fit(data)


def _with_price(data, change):
    price = data.columns["price"]
    moved = replace(price, values=price.values + change)
    return replace(data, columns={**data.columns, "price": moved})


def test_a_rebate_on_everything_is_worth_itself(fit, data):
    found = welfare_change(fit, data, _with_price(data, -2.0), "price")
    np.testing.assert_allclose(found.by_task, 2.0)
    np.testing.assert_allclose(found.mean.draws, 2.0)
    assert str(found) == "2 price a choice (90 %: 2 to 2)"


def test_a_small_rise_costs_its_buyers_the_rise(fit, data):
    # The derivative of the surplus by a price is minus the probability (Roy's identity).
    sport = np.tile([0.0, 0.0, 1e-4], data.n_tasks)
    found = welfare_change(fit, data, _with_price(data, sport), "price", n_draws=0)
    p = fit.probabilities(data).reshape(-1, 3)[:, 2]
    np.testing.assert_allclose(found.by_task, -1e-4 * p, rtol=1e-4)


def test_only_the_same_tasks_of_the_same_people_compare(fit, data):
    with pytest.raises(LabelMismatchError, match="respondents"):
        welfare_change(fit, data, car_choices(29), "price")
    with pytest.raises(ValueError, match="120 and 150"):
        welfare_change(fit, data, car_choices(30, 5), "price")
