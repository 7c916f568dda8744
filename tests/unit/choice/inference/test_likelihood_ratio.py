"""Likelihood ratio tests: figures by hand, boundaries, and models that do not compare."""

import math
from dataclasses import replace

import numpy as np
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.inference.likelihood_ratio import likelihood_ratio_test
from counterflow.choice.inference.wald import wald_test
from counterflow.choice.multinomial_logit import MultinomialLogit
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices


@pytest.fixture(scope="module")
def fits():
    data = car_choices()
    labels = ("price", "range", "fee")
    full = ConditionalLogit(attributes=labels).fit(data)
    fixed = Constraints(fixed={"fee": 0.0})
    return ConditionalLogit(attributes=labels, constraints=fixed).fit(data), full


def test_the_statistic_is_twice_the_difference_and_close_to_walds(fits):
    restricted, full = fits
    found = likelihood_ratio_test(restricted, full)
    assert found.statistic == 2.0 * (full.log_likelihood - restricted.log_likelihood)
    assert found.degrees_of_freedom == 1
    assert found.notes == ()
    wald = wald_test(full.parameters, {"fee": 0}, kind="classical")
    assert found.statistic == pytest.approx(wald.statistic, rel=0.1)


def test_three_restrictions_have_the_p_value_of_chi_squared_of_three(fits):
    # P(chi2(3) > x) = erfc(sqrt(x / 2)) + sqrt(2 x / pi) exp(-x / 2). Of x = 13.396, which mlogit
    # (vignette c5.mxl) reports for correlated against independent coefficients: 0.0039.
    restricted, full = fits
    wider = replace(
        full,
        log_likelihood=restricted.log_likelihood + 13.396 / 2.0,
        parameters=replace(full.parameters, free_labels=("a", "b", "c", "d", "e")),
    )
    found = likelihood_ratio_test(restricted, wider)
    assert found.degrees_of_freedom == 3
    x = 13.396
    exact = math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)
    assert found.p_value == pytest.approx(exact) == pytest.approx(0.00385, abs=1e-5)


def test_a_variance_of_zero_has_half_the_p_value(fits):
    restricted, full = fits
    plain = likelihood_ratio_test(restricted, full, n_variances_at_zero=0)
    half = likelihood_ratio_test(restricted, full, n_variances_at_zero=1)
    assert half.p_value == pytest.approx(0.5 * plain.p_value)
    assert "boundary" in str(half)


def test_variances_are_counted_by_their_labels(fits):
    restricted, full = fits
    labels = ("price", "factor(range, range)", "sd(fee)")
    named = replace(full, parameters=replace(full.parameters, labels=labels))
    assert "2 variances" in str(likelihood_ratio_test(restricted, named))


def test_models_of_other_data_or_in_the_wrong_order_are_refused(fits):
    restricted, full = fits
    with pytest.raises(ValueError, match="same choices"):
        likelihood_ratio_test(replace(restricted, data_hash="other"), full)
    with pytest.raises(ValueError, match="restricted model comes first"):
        likelihood_ratio_test(full, restricted)
    with pytest.raises(ValueError, match="maximum likelihood"):
        likelihood_ratio_test(restricted, replace(full, gradient_norm=float("nan")))


def test_what_spoils_the_test_is_said(fits):
    restricted, full = fits
    worse = replace(full, log_likelihood=restricted.log_likelihood - 1.0, status="stalled")
    notes = str(likelihood_ratio_test(restricted, worse))
    assert "stalled" in notes
    assert "fits worse" in notes
    assert np.isclose(likelihood_ratio_test(restricted, worse).p_value, 1.0)


def test_weighted_likelihoods_compare_with_weighted_ones_and_say_that_it_is_not_exact():
    data = car_choices(60)
    price = MultinomialLogit("price", use_weights=True).fit(data)
    both = MultinomialLogit("price + range", use_weights=True).fit(data)
    assert "use wald_test" in str(likelihood_ratio_test(price, both))
    with pytest.raises(ValueError, match="use_weights True and False"):
        likelihood_ratio_test(price, MultinomialLogit("price + range").fit(data))
