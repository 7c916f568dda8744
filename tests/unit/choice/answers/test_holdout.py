"""How well choices are predicted: figures by hand."""

import numpy as np
import pytest

from counterflow.choice.answers.holdout import HoldoutFit, holdout, holdout_of, holdout_of_known
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices


@pytest.fixture(scope="module")
def data():
    return car_choices(30)


def test_certainty_that_is_right_and_ignorance_score_as_they_should(data):
    right = np.zeros(data.n_rows)
    right[data.chosen_rows] = 1.0
    best = holdout_of(right, data)
    assert (best.hit_rate, best.brier, best.log_likelihood) == (1.0, 0.0, 0.0)
    # A third each: hits of 1/3 by the tie, and (2/3)^2 + 2 (1/3)^2 = 2/3.
    worst = holdout_of(np.full(data.n_rows, 1 / 3), data)
    assert worst.hit_rate == pytest.approx(1 / 3)
    assert worst.brier == pytest.approx(2 / 3)
    assert worst.rho_squared == pytest.approx(0.0)
    assert worst.per_task == pytest.approx(-np.log(3.0))


def test_a_model_scores_its_own_log_likelihood_on_its_own_data(data):
    fit = ConditionalLogit(attributes=("price", "range", "fee")).fit(data)
    found = holdout(fit, data)
    assert found.log_likelihood == pytest.approx(fit.log_likelihood)
    assert found.per_task == pytest.approx(fit.score(data))
    assert 0.0 < found.rho_squared < 1.0
    assert found.hit_rate > 0.5


def test_parts_pool_by_their_number_of_tasks(data):
    first, rest = data.take_respondents(range(10)), data.take_respondents(range(10, 30))
    fit = ConditionalLogit(attributes=("price", "range", "fee")).fit(data)
    pooled = HoldoutFit.pooled([holdout(fit, first), holdout(fit, rest)])
    whole = holdout(fit, data).as_dict()
    assert pooled.as_dict() == pytest.approx(whole)


def test_models_without_people_of_their_own_say_so(data):
    fit = ConditionalLogit(attributes=("price", "range", "fee")).fit(data)
    with pytest.raises(TypeError, match="Use holdout"):
        holdout_of_known(fit, data, data)
