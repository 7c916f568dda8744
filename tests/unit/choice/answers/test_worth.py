"""Willingness to pay: three intervals that agree, and what they say where they do not."""

import numpy as np
import pytest

from counterflow.choice.answers.worth import marginal_worth
from counterflow.choice.answers.worth_over_people import worth_over_people
from counterflow.choice.inference.functions import delta_method
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.part_worths import PartWorths

LABELS = ("time", "comfort", "price")


def estimates(scale):
    """Return estimates whose standard errors are `scale` times a tenth of the values or so."""
    root = np.array([[0.2, 0.0, 0.0], [0.05, 0.1, 0.0], [0.1, -0.05, 0.3]]) * scale
    return ParameterEstimates(
        labels=LABELS,
        values=np.array([-2.0, 1.0, -4.0]),
        covariances={"clustered": root @ root.T},
        free_labels=LABELS,
    )


def test_the_three_intervals_agree_where_the_price_is_known_well():
    found = marginal_worth(estimates(0.3), "price", n_draws=100_000)
    assert found.labels == ("time", "comfort")
    assert found.values.tolist() == [-0.5, 0.25]
    np.testing.assert_allclose(found.krinsky_robb, found.delta, atol=2e-3)
    np.testing.assert_allclose(found.fieller, found.delta, atol=2e-3)


def test_standard_errors_are_those_of_the_delta_method():
    found = marginal_worth(estimates(1.0), "price", labels=["comfort"])
    other = delta_method(estimates(1.0), lambda b: -b["comfort"] / b["price"])
    assert found.standard_errors[0] == pytest.approx(other.standard_error, rel=1e-8)
    assert found["comfort"] == other.value == 0.25


def test_a_bound_of_fieller_is_where_the_wald_test_just_rejects():
    given = estimates(2.0)
    low, high = marginal_worth(given, "price").fieller[0]
    for w in (low, high):
        row = np.array([1.0, 0.0, w])
        z = row @ given.values / np.sqrt(row @ given.covariance() @ row)
        assert abs(z) == pytest.approx(1.6448536)


def test_a_price_that_may_be_zero_leaves_worth_without_limits():
    # The price is 4 / (0.33 x 8) = 1.5 standard errors from zero, fewer than 1.645.
    assert marginal_worth(estimates(8.0), "price").fieller[0].tolist() == [-np.inf, np.inf]


def _people(draws, weights=None):
    n = draws.shape[1]
    return PartWorths(
        draws=draws,
        coding=UtilityCoding((LinearTerm("range"), LinearTerm("price"))),
        respondent_ids=tuple(map(str, range(n))),
        weights=np.ones(n) if weights is None else weights,
    )


def test_quantiles_over_people_count_their_weights():
    # Worth 1, 2 and 3; the last stands for half of all.
    draws = np.array([[[1.0, -1.0], [2.0, -1.0], [3.0, -1.0]]] * 4)
    weights = np.array([1.0, 1.0, 2.0])
    found = worth_over_people(_people(draws, weights), "price", shares=(0.25, 0.5, 0.75))
    np.testing.assert_array_equal(found.quantiles.value, [[1.0, 2.0, 3.0]])
    assert found.share_positive.value.tolist() == [1.0]
    assert found.share_undeterred == 0.0


def test_who_is_not_deterred_would_pay_anything():
    draws = np.array([[[1.0, -1.0], [2.0, 0.5], [-3.0, 0.5]]])
    found = worth_over_people(_people(draws), "price", shares=(0.0, 0.5, 1.0))
    assert found.quantiles.value[0].tolist() == [-np.inf, 1.0, np.inf]
    assert found.quantiles.high[0].tolist() == [-np.inf, 1.0, np.inf]
    assert found.share_undeterred == pytest.approx(2.0 / 3.0)
    assert "range" in str(found)


def test_an_unknown_price_is_told():
    with pytest.raises(LabelMismatchError, match="money"):
        worth_over_people(_people(np.ones((1, 1, 2))), "money")
