"""A few draws that stand for all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.production.representative_draws import representative_draws

demands = st.tuples(st.integers(1, 40), st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: hnp.arrays(float, shape, elements=st.floats(0.125, 1e5))
)


@given(demands, st.integers(1, 20))
def test_the_mean_of_each_offer_and_period_is_that_of_all_draws(demand, n_scenarios):
    chosen = representative_draws(demand, n_scenarios=n_scenarios)
    mean = np.tensordot(chosen.probability, chosen.demand, axes=1)
    np.testing.assert_allclose(mean, demand.mean(axis=0), rtol=1e-9)


@given(demands, st.integers(1, 20))
def test_probabilities_sum_to_one_over_no_more_scenarios_than_asked_for(demand, n_scenarios):
    chosen = representative_draws(demand, n_scenarios=n_scenarios)
    assert chosen.probability.sum() == pytest.approx(1.0)
    assert len(chosen.demand) == min(n_scenarios, len(demand))


@given(demands)
def test_all_draws_are_taken_where_there_are_few(demand):
    chosen = representative_draws(demand, n_scenarios=len(demand))
    order = np.argsort(demand.sum(axis=(1, 2)), kind="stable")
    np.testing.assert_allclose(chosen.demand, demand[order], rtol=1e-12)


@given(demands, st.integers(1, 20), st.randoms())
def test_the_order_of_the_draws_does_not_matter(demand, n_scenarios, random):
    demand = demand + np.arange(len(demand))[:, None, None]  # no two totals are the same
    shuffled = demand[random.sample(range(len(demand)), len(demand))]
    first, second = (representative_draws(d, n_scenarios=n_scenarios) for d in (demand, shuffled))
    np.testing.assert_allclose(first.demand, second.demand, rtol=1e-9)


def test_a_hundred_scenarios_keep_the_quantiles_of_the_total():
    # Total volume lognormal with relative sd 0.35, three offers, six periods; 5,000 draws.
    random = np.random.default_rng(7)
    total = random.lognormal(0.0, 0.35, 5000)
    demand = total[:, None, None] * random.dirichlet([4, 3, 2], 5000)[:, :, None] * np.ones(6)
    chosen = representative_draws(demand, n_scenarios=100).demand
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    expected = np.quantile(demand.sum(axis=(1, 2)), quantiles)
    np.testing.assert_allclose(np.quantile(chosen.sum(axis=(1, 2)), quantiles), expected, rtol=0.05)


def test_an_offer_wanted_only_in_draws_that_were_not_chosen_stays_unwanted():
    demand = np.array([[[5.0], [0.0]], [[1.0], [3.0]]])
    assert representative_draws(demand, n_scenarios=1).demand.tolist() == [[[3.0], [0.0]]]


def test_no_scenarios_are_refused():
    with pytest.raises(ValueError, match="n_scenarios must be 1 or more, got 0"):
        representative_draws(np.ones((2, 1, 1)), n_scenarios=0)
