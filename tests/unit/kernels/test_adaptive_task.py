"""The next task: the fast way agrees with the formula, and with integrals taken otherwise."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from counterflow.kernels.adaptive_task import (
    AnsweredTasks,
    Candidates,
    Draws,
    best_task,
    importance_draws,
    laplace,
    log_posterior,
    moment_matched,
)
from reference import adaptive_task as reference


def _answered(seed, n_tasks=3, size=3, k=4):
    random = np.random.default_rng(seed)
    return AnsweredTasks(
        random.normal(size=(n_tasks, size, k)),
        random.normal(size=(n_tasks, size)),
        random.integers(size, size=n_tasks),
    )


def _candidates(seed, n=9, k=4, n_places=2, has_outside=True):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n + has_outside, k))
    return Candidates(
        rows=rows,
        offsets=random.normal(size=len(rows)),
        may_stand=np.ones((n_places, n), dtype=bool),
        may_meet=~np.eye(n, dtype=bool),
    )


def _draws(seed, k=4, n=7):
    random = np.random.default_rng(seed)
    weights = random.random(n)
    return Draws(random.normal(size=(n, k)), weights / weights.sum())


def _error(candidates, answered, draws, products, precision):
    n = candidates.may_stand.shape[1]
    task = [*products, *range(n, len(candidates.rows))]
    return reference.expected_error(
        candidates.rows[task], candidates.offsets[task], answered, *draws, precision
    )


@given(st.integers(0, 10**6), st.integers(0, 4), st.booleans())
def test_the_expected_error_is_that_of_the_formula(seed, n_tasks, has_outside):
    answered = _answered(seed, n_tasks)
    candidates, draws = _candidates(seed, has_outside=has_outside), _draws(seed)
    found = best_task(candidates, answered, draws, np.array([[0, 1]]), precision=np.eye(4))
    expected = _error(candidates, answered, draws, found.products, np.eye(4))
    assert found.error == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 10**6))
def test_no_exchange_of_one_product_improves_the_task_that_is_found(seed):
    answered, candidates, draws = _answered(seed), _candidates(seed), _draws(seed)
    found = best_task(
        candidates, answered, draws, np.array([[0, 1]]), precision=np.eye(4), max_passes=50
    )
    for place, product in itertools.product(range(2), range(9)):
        other = found.products.copy()
        other[place] = product
        if other[0] != other[1]:
            error = _error(candidates, answered, draws, other, np.eye(4))
            assert error >= found.error * (1.0 - 1e-8)


@given(st.integers(0, 10**6))
def test_another_task_never_leaves_more_uncertainty_than_none(seed):
    answered, candidates, draws = _answered(seed), _candidates(seed), _draws(seed)
    found = best_task(candidates, answered, draws, np.array([[0, 1]]), precision=np.eye(4))
    nothing = reference.expected_error(np.zeros((2, 4)), np.zeros(2), answered, *draws, np.eye(4))
    assert found.error <= nothing * (1.0 + 1e-9)


@given(st.integers(0, 10**6))
def test_products_that_may_not_meet_or_stand_somewhere_do_not(seed):
    random = np.random.default_rng(seed)
    candidates = _candidates(seed, n=8)
    may_meet = random.random((8, 8)) < 0.6
    may_meet = may_meet & may_meet.T & ~np.eye(8, dtype=bool)
    may_meet[0, 1] = may_meet[1, 0] = True
    may_stand = random.random((2, 8)) < 0.7
    may_stand[0, 0] = may_stand[1, 1] = True
    bound = candidates._replace(may_meet=may_meet, may_stand=may_stand)
    found = best_task(bound, _answered(seed), _draws(seed), np.array([[0, 1]]), precision=np.eye(4))
    one, other = found.products
    assert may_meet[one, other]
    assert may_stand[0, one]
    assert may_stand[1, other]


@given(st.integers(0, 10**6), st.integers(0, 5))
def test_the_log_posterior_is_that_of_the_formula(seed, n_tasks):
    answered, points = _answered(seed, n_tasks), np.random.default_rng(seed).normal(size=(3, 4))
    expected = [reference.log_posterior(answered, beta) for beta in points]
    np.testing.assert_allclose(log_posterior(answered, points), expected, rtol=1e-9)


@given(st.integers(0, 10**6), st.integers(0, 8))
def test_the_mode_is_higher_than_all_around_it(seed, n_tasks):
    answered = _answered(seed, n_tasks)
    mode = laplace(answered).mean
    around = mode + 0.05 * np.random.default_rng(seed).normal(size=(20, 4))
    assert (log_posterior(answered, around) <= log_posterior(answered, mode[None])).all()


def test_nothing_answered_leaves_the_prior():
    found = laplace(_answered(1, n_tasks=0))
    np.testing.assert_array_equal(found.mean, np.zeros(4))
    np.testing.assert_array_equal(found.covariance, np.eye(4))
    normals = np.random.default_rng(1).normal(size=(6, 4))
    draws = importance_draws(_answered(1, n_tasks=0), normals, np.full(6, 0.5))
    np.testing.assert_array_equal(draws.points, normals)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_importance_draws_have_the_moments_of_the_posterior(seed):
    # One coefficient, so that the posterior can be integrated by quadrature.
    answered = _answered(seed, n_tasks=5, size=3, k=1)
    random = np.random.default_rng(seed)
    draws = importance_draws(answered, random.normal(size=(4000, 1)), random.random(4000))

    def density(beta):
        return np.exp(reference.log_posterior(answered, np.array([beta])))

    mass = quad(density, -9, 9)[0]
    mean = quad(lambda beta: beta * density(beta), -9, 9)[0] / mass
    second = quad(lambda beta: beta**2 * density(beta), -9, 9)[0] / mass
    assert draws.weights @ draws.points[:, 0] == pytest.approx(mean, abs=0.1)
    assert draws.weights @ draws.points[:, 0] ** 2 == pytest.approx(second, abs=0.25)
    assert draws.effective_sample > 2000


def test_draws_of_which_few_count_are_taken_at_the_mode_instead():
    # Answers of one person that contradict the prior by far, in many coefficients at once.
    rows = np.zeros((40, 2, 20))
    rows[np.arange(40), 0, np.arange(40) % 20] = 60.0
    answered = AnsweredTasks(rows, np.zeros((40, 2)), np.zeros(40, dtype=int))
    random = np.random.default_rng(0)
    draws = importance_draws(answered, random.normal(size=(64, 20)), random.random(64))
    assert draws.effective_sample >= 6.4


@given(st.integers(0, 10**6))
def test_one_answer_between_two_moves_moments_as_the_integral_says(seed):
    # Exact along the direction of the difference; the posterior of d'b is one-dimensional.
    answered = _answered(seed, n_tasks=1, size=2)
    found = moment_matched(answered, n_nodes=40)
    chosen = answered.chosen[0]
    direction = answered.rows[0, chosen] - answered.rows[0, 1 - chosen]
    lead = answered.offsets[0, chosen] - answered.offsets[0, 1 - chosen]
    spread = np.sqrt(direction @ direction)

    def density(z):
        return np.exp(-0.5 * z * z) / (1.0 + np.exp(-lead - spread * z))

    mass = quad(density, -9, 9)[0]
    mean = quad(lambda z: z * density(z), -9, 9)[0] / mass
    variance = quad(lambda z: (z - mean) ** 2 * density(z), -9, 9)[0] / mass
    unit = direction / spread
    # The logistic has poles near the real axis, so the nodes leave some 1e-4.
    assert unit @ found.mean == pytest.approx(mean, abs=1e-3)
    assert unit @ found.covariance @ unit == pytest.approx(variance, abs=1e-3)
    # Across the direction nothing was said.
    across = np.linalg.svd(unit[None, :])[2][1:]
    np.testing.assert_allclose(across @ found.mean, 0.0, atol=1e-12)
    np.testing.assert_allclose(across @ found.covariance @ across.T, np.eye(3), atol=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_answers_never_widen_the_ellipsoid(seed, n_tasks):
    answered = _answered(seed, n_tasks, size=4)
    covariance = moment_matched(answered).covariance
    eigenvalues = np.linalg.eigvalsh(covariance)
    assert eigenvalues.min() > 0.0
    assert eigenvalues.max() <= 1.0 + 1e-6
