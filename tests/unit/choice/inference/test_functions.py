"""Delta method and Krinsky-Robb: against formulas and against each other."""

import numpy as np
import pytest

from counterflow.choice.inference.derivative import derivative
from counterflow.choice.inference.functions import delta_method, krinsky_robb
from counterflow.choice.parameter_estimates import ParameterEstimates

COVARIANCE = np.array([[0.16, 0.02, 0.0], [0.02, 0.04, 0.0], [0.0, 0.0, 0.0]])


@pytest.fixture
def estimates():
    return ParameterEstimates(
        labels=("time", "price", "held"),
        values=np.array([-2.0, -4.0, 1.0]),
        covariances={"clustered": COVARIANCE},
        free_labels=("time", "price"),
    )


def test_the_delta_method_has_the_variance_of_a_ratio(estimates):
    # f = t / p: f' = (1/p, -t/p^2) = (-0.25, 0.125).
    slope = np.array([-0.25, 0.125, 0.0])
    found = delta_method(estimates, lambda b: b["time"] / b["price"] * b["held"])
    assert found.value == 0.5
    assert found.standard_error == pytest.approx(np.sqrt(slope @ COVARIANCE @ slope), rel=1e-9)
    assert found.interval == pytest.approx(
        (0.5 - 1.6448536 * found.standard_error, 0.5 + 1.6448536 * found.standard_error)
    )
    assert found.derivative_error < 1e-4


def test_the_derivative_of_curved_functions_is_exact_to_nine_digits():
    point = np.array([0.7, -1.3])
    found = derivative(lambda x: np.array([np.exp(x[0]) * x[1] ** 3]), point, np.full(2, 0.005))
    exact = [np.exp(0.7) * -(1.3**3), np.exp(0.7) * 3 * 1.3**2]
    np.testing.assert_allclose(found.values[0], exact, rtol=1e-9)
    assert (np.abs(found.values[0] - exact) <= found.errors[0] + 1e-12).all()


def test_draws_agree_with_the_delta_method_where_the_function_is_nearly_linear(estimates):
    def both(b):
        return np.array([b["time"] + b["price"], np.exp(0.1 * b["time"])])

    delta = delta_method(estimates, both)
    drawn = krinsky_robb(estimates, both, n_draws=40_000, seed=3)
    np.testing.assert_allclose(drawn.standard_errors, delta.standard_errors, rtol=0.02)
    np.testing.assert_allclose(drawn.low, delta.low, atol=0.02)
    np.testing.assert_allclose(drawn.covariance, delta.covariance, atol=0.005)
    assert drawn.values.tobytes() == delta.values.tobytes()


def test_draws_repeat_with_their_seed_and_skew_where_the_function_does(estimates):
    def power(b):
        return np.exp(2.0 * b["time"])

    found = krinsky_robb(estimates, power, seed=1)
    again = krinsky_robb(estimates, power, seed=1)
    assert found.interval == again.interval
    assert found.interval != krinsky_robb(estimates, power, seed=2).interval
    assert found.high - found.value > 2.0 * (found.value - found.low)


def test_values_that_are_not_finite_are_counted(estimates):
    with pytest.raises(ValueError, match=r"\d+ of 100 draws"):
        krinsky_robb(estimates, lambda b: np.inf if b["time"] > -2 else 0.0, n_draws=100)
