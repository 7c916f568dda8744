"""Newton's method ends at the maximum, or says that it did not."""

import numpy as np
import pytest

from counterflow.kernels.newton import Slope, maximise_concave


def quartic(x: np.ndarray) -> Slope:
    """Return -sum (x - 1)^4 - (x - 1)^2, whose maximum is at 1."""
    d = x - 1.0
    return Slope(float(-np.sum(d**4 + d**2)), -(4.0 * d**3 + 2.0 * d), np.diag(12.0 * d**2 + 2.0))


def flat_far_out(x: np.ndarray) -> Slope:
    """Return -sum sqrt(1 + x^2): a full Newton step from beyond 1 leads away from the maximum."""
    root = np.sqrt(1.0 + x**2)
    return Slope(float(-root.sum()), -x / root, np.diag(root**-3.0))


def test_it_finds_the_maximum_and_reports_on_the_way():
    seen = []
    found = maximise_concave(
        quartic,
        np.array([5.0, -3.0]),
        max_iterations=50,
        tolerance=1e-9,
        after=lambda iteration, distance: seen.append((iteration, distance)),
    )
    assert found.status == "converged"
    np.testing.assert_allclose(found.point, 1.0, atol=1e-9)
    assert [iteration for iteration, _ in seen] == list(range(found.n_iterations + 1))
    assert seen[-1][1] <= 1e-9


def test_steps_that_would_fall_are_halved():
    found = maximise_concave(flat_far_out, np.array([2.0]), max_iterations=50, tolerance=1e-9)
    assert found.status == "converged"
    assert found.point[0] == pytest.approx(0.0, abs=1e-9)


def test_running_out_of_iterations_is_a_status():
    found = maximise_concave(quartic, np.array([5.0]), max_iterations=2, tolerance=1e-9)
    assert (found.status, found.n_iterations) == ("iteration_limit", 2)
    assert found.slope.value > quartic(np.array([5.0])).value


def test_a_direction_without_curvature_is_a_status():
    def ridge(x: np.ndarray) -> Slope:
        return Slope(float(-((x[0] + x[1]) ** 2)), -2.0 * (x.sum()) * np.ones(2), np.ones((2, 2)))

    found = maximise_concave(ridge, np.ones(2), max_iterations=9, tolerance=1e-9)
    assert found.status == "singular"
