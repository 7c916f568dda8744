"""The trust region finds maxima of functions that are neither quadratic nor concave."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import rosen, rosen_der, rosen_hess

from counterflow.kernels.trust_region import Bounds, Value, longest_step, maximise, positive


def valley(x):
    """Return Rosenbrock's banana, upside down; its guess at the curvature is poor."""
    return Value(-float(rosen(x)), -rosen_der(x), lambda: np.eye(len(x)))


@given(arrays(float, 3, elements=st.floats(-3.0, 3.0)))
def test_the_top_of_a_curved_ridge_is_found_from_anywhere_near(start):
    found = maximise(valley, start, tolerance=1e-8, max_iterations=500, exact=rosen_hess)
    assert found.status == "converged"
    assert np.allclose(found.gradient, 0.0, atol=1e-4)
    assert np.linalg.eigvalsh(rosen_hess(found.x))[0] > 0.0


def test_an_exact_curvature_saves_steps_near_the_top():
    start = np.array([-1.2, 1.0])
    learnt = maximise(valley, start, tolerance=1e-9, max_iterations=500)
    exact = maximise(valley, start, tolerance=1e-9, max_iterations=500, exact=rosen_hess)
    assert np.allclose(learnt.x, 1.0, atol=1e-5)
    assert np.allclose(exact.x, 1.0, atol=1e-8)
    assert np.allclose(exact.curvature, rosen_hess(np.ones(2)), rtol=1e-6)


def test_a_bound_holds_the_argument_and_is_named():
    bounds = Bounds(np.array([-np.inf, -np.inf]), np.array([0.5, np.inf]))
    found = maximise(valley, np.zeros(2), tolerance=1e-9, max_iterations=500, bounds=bounds)
    assert found.status == "converged"
    assert found.held.tolist() == [True, False]
    assert np.allclose(found.x, [0.5, 0.25], atol=1e-6)


def test_a_limit_on_iterations_is_a_status():
    assert maximise(valley, np.zeros(2), tolerance=1e-9, max_iterations=2).status == (
        "iteration_limit"
    )


def test_the_caller_may_stop_the_search():
    seen = []
    found = maximise(
        valley,
        np.zeros(2),
        tolerance=1e-9,
        max_iterations=99,
        after=lambda *step: seen.append(step) or len(seen) == 3,
    )
    assert found.status == "stopped"
    assert [iteration for iteration, *_ in seen] == [0, 1, 2]


def test_values_that_are_not_finite_are_backed_away_from():
    def walled(x):
        value = np.nan if x[0] > 1.0 else -float((x[0] - 0.9) ** 2)
        return Value(value, -2.0 * (x - 0.9), lambda: 1e-3 * np.eye(1))

    found = maximise(walled, np.array([-5.0]), tolerance=1e-7, max_iterations=200)
    assert found.x[0] == pytest.approx(0.9, abs=1e-5)


@given(
    st.integers(1, 5).flatmap(
        lambda k: st.tuples(
            arrays(float, (k, k), elements=st.floats(-2.0, 2.0)),
            arrays(float, k, elements=st.floats(-9.0, 9.0)),
            st.floats(0.01, 10.0),
        )
    )
)
def test_a_step_is_never_longer_than_the_radius_and_rises(problem):
    root, gradient, radius = problem
    model = positive(root @ root.T + 0.01 * np.eye(len(root)))
    scale = np.sqrt(np.diag(model))
    step = longest_step(model, gradient, scale, radius)
    assert np.linalg.norm(scale * step) <= radius * 1.01
    assert gradient @ step - 0.5 * step @ model @ step >= -1e-9


def test_a_plain_has_its_top_everywhere():
    start = np.array([2.0, -1.0])
    found = maximise(
        lambda x: Value(7.0, np.zeros(2), lambda: np.zeros((2, 2))),
        start,
        tolerance=1e-9,
        max_iterations=5,
    )
    assert (found.status, found.value) == ("converged", 7.0)
    np.testing.assert_array_equal(found.x, start)
