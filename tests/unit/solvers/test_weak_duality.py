"""Any prices of the rows bound the optimum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.solvers.highs import HighsSolver
from counterflow.solvers.weak_duality import upper_bound
from strategies.linear_programmes import feasible_programmes, linear_programme


@given(feasible_programmes(), st.data())
def test_no_prices_prove_less_than_the_optimum(case, data):
    problem = linear_programme(**case[0])
    n_rows = len(problem.row_lower)
    prices = data.draw(hnp.arrays(float, n_rows, elements=st.floats(-5.0, 5.0)))
    best = HighsSolver().solve(problem, time_limit_s=60.0).objective
    assert upper_bound(problem, prices) >= best - 1e-6


def test_a_gain_without_a_limit_proves_nothing():
    problem = linear_programme([1.0], [[1.0]], row_upper=[4.0])
    assert upper_bound(problem, np.array([0.5])) == np.inf
    assert upper_bound(problem, np.array([1.0])) == 4.0


def test_a_price_on_the_open_side_of_a_row_counts_as_none():
    problem = linear_programme([1.0], [[1.0]], row_upper=[4.0], upper=9.0)
    assert upper_bound(problem, np.array([-1.0])) == pytest.approx(9.0)
