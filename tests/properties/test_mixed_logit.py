"""The mixed logit keeps its laws, for every mix of distributions and wherever its draws lie."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.logit import log_likelihood as logit_log_likelihood
from counterflow.kernels.mixed_logit import information, simulated_log_likelihood
from counterflow.kernels.mixed_posteriors import person_posteriors, posterior_draws
from counterflow.kernels.mixed_predictions import Tasks, predictions
from counterflow.kernels.mixing import KINDS, mixing_of, prior_proposals, with_entries
from counterflow.kernels.nodes import gauss_hermite_nodes, sobol_nodes
from counterflow.kernels.person_modes import centre_on_modes, normal_moments
from reference import mixed_logit as reference
from strategies.mixed_logit import MixedChoices, any_mixed_choices, mixed_choices

EVERY_KIND = ["fixed", *KINDS]


def tasks_of(made: MixedChoices) -> Tasks:
    return Tasks(made.choices.design, made.choices.task_starts, made.choices.person_starts)


@settings(max_examples=60)
@given(any_mixed_choices)
def test_the_compiled_loop_agrees_with_the_formula(made):
    found = simulated_log_likelihood(*made.given)
    log_likelihoods, shares = reference.simulated_log_likelihood(*made.given)
    np.testing.assert_allclose(found.log_likelihoods, log_likelihoods, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.effective_shares, shares, rtol=1e-7)


@settings(max_examples=40)
@given(any_mixed_choices)
def test_posteriors_agree_with_the_formula(made):
    found, expected = person_posteriors(*made.given), reference.person_posteriors(*made.given)
    np.testing.assert_allclose(found.means, expected.means, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.sds, expected.sds, rtol=1e-6, atol=1e-7)


@settings(max_examples=40)
@given(any_mixed_choices, st.booleans())
def test_predictions_agree_with_the_formula(made, are_known):
    sets, mixing, means, nodes, proposals = made.given
    known = (sets, proposals) if are_known else None
    found = predictions(tasks_of(made), mixing, means, nodes, known=known, price_index=0)
    if not are_known:
        n, k = sets.n_persons, sets.n_coefficients
        sets = ChoiceSets(np.empty((0, k)), np.zeros(1, int), np.zeros(n + 1, int))
        proposals = prior_proposals(n, nodes.n_random)
    expected = reference.predictions(
        tasks_of(made), sets, mixing, means, nodes, proposals, price_index=0
    )
    np.testing.assert_allclose(found.probabilities, expected.probabilities, rtol=1e-8)
    np.testing.assert_allclose(found.logsums, expected.logsums, rtol=1e-8, atol=1e-8)
    # A price coefficient near zero makes a surplus endless: most of it comes from that draw.
    bound = 1e-8 * np.abs(expected.surpluses).max()
    np.testing.assert_allclose(found.surpluses, expected.surpluses, rtol=1e-6, atol=bound)


@settings(max_examples=40)
@given(any_mixed_choices)
def test_the_score_is_the_derivative_of_the_log_likelihood(made):
    scores = simulated_log_likelihood(*made.given).scores
    up, down = _moved(made, lambda m: simulated_log_likelihood(*m.given).log_likelihoods)
    slopes = (up - down).T / (2.0 * STEP)
    np.testing.assert_allclose(scores, slopes, rtol=1e-5, atol=2e-6 * (1 + np.abs(slopes).max()))


@settings(max_examples=40)
@given(any_mixed_choices)
def test_the_information_is_minus_the_derivative_of_the_score(made):
    weights = made.choices.weights
    found = information(*made.given, weights)
    up, down = _moved(made, lambda m: weights @ simulated_log_likelihood(*m.given).scores)
    expected = (down - up) / (2.0 * STEP)
    np.testing.assert_allclose(
        found, expected, rtol=1e-4, atol=3e-6 * (1.0 + np.abs(expected).max())
    )


STEP = 1e-5


def _moved(made, function):
    """Return a function's values where each parameter is a step up, and a step down."""
    k, p = made.means.shape[1], len(made.entries)
    values = []
    for sign in (STEP, -STEP):
        rows = []
        for step in sign * np.eye(k + p):
            moved = MixedChoices(
                made.choices,
                with_entries(made.mixing, made.entries + step[k:]),
                made.means + step[:k],
                made.nodes,
                made.proposals,
            )
            rows.append(function(moved))
        values.append(np.array(rows))
    return values


def test_covariates_shift_means_and_their_information_is_chained():
    made = mixed_choices(7, ["normal", "lognormal", "uniform"], n_persons=9)
    covariates = np.random.default_rng(1).normal(size=(9, 2))
    shifts = np.array([[0.3, -0.2, 0.1], [0.0, 0.4, -0.3]])
    sets, mixing, mean, nodes, proposals = made.given
    weights = made.choices.weights

    def score(theta):
        shifted = theta[:3] + covariates @ theta[3:9].reshape(2, 3)
        moved = with_entries(mixing, theta[9:])
        scores = simulated_log_likelihood(sets, moved, shifted, nodes, proposals).scores
        by_shift = (covariates[:, :, None] * scores[:, None, :3]).reshape(9, 6)
        return weights @ np.hstack([scores[:, :3], by_shift, scores[:, 3:]])

    theta = np.concatenate([mean[0], shifts.ravel(), made.entries])
    found = information(
        sets, mixing, mean + covariates @ shifts, nodes, proposals, weights, covariates
    )
    steps = STEP * np.eye(len(theta))
    expected = np.array([score(theta - s) - score(theta + s) for s in steps]) / (2.0 * STEP)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_any_proposal_has_the_same_limit():
    made = mixed_choices(3, ["normal", "lognormal", "triangular"], n_persons=30)
    nodes = sobol_nodes(4096, 3, n_groups=30, seed=1)
    centred = prior_proposals(30, 3)
    centre_on_modes(made.sets, made.mixing, made.means, centred)
    prior, mode = (
        simulated_log_likelihood(made.sets, made.mixing, made.means, nodes, proposals)
        for proposals in (prior_proposals(30, 3), centred)
    )
    np.testing.assert_allclose(mode.log_likelihoods, prior.log_likelihoods, atol=2e-3)
    np.testing.assert_allclose(mode.scores, prior.scores, atol=2e-2)
    assert np.median(mode.effective_shares) > np.median(prior.effective_shares)


def test_without_spread_it_is_the_logit():
    made = mixed_choices(5, ["normal", "fixed", "normal"], n_persons=10)
    mixing = with_entries(made.mixing, np.zeros(len(made.entries)))
    found = simulated_log_likelihood(made.sets, mixing, made.means, made.nodes, made.proposals)
    expected = logit_log_likelihood(made.sets, np.ones(10), made.means[0])
    np.testing.assert_allclose(found.log_likelihoods, expected.by_person, rtol=1e-10)
    np.testing.assert_allclose(found.scores[:, :3], expected.scores, rtol=1e-8, atol=1e-10)


def test_modes_are_where_the_posterior_is_flat():
    made = mixed_choices(11, EVERY_KIND, n_persons=12)
    proposals = prior_proposals(12, made.nodes.n_random)
    centre_on_modes(made.sets, made.mixing, made.means, proposals)
    for n in range(12):

        def log_posterior(z, n=n):
            beta = reference.coefficients(made.mixing, made.means[0], z)
            return reference.log_probabilities(made.sets, n, beta) - 0.5 * np.sum(z**2, axis=1)

        z = proposals.centres[n]
        steps = 1e-4 * np.eye(len(z))
        slope = (log_posterior(z + steps) - log_posterior(z - steps)) / 2e-4
        # The search ends where a Newton step would raise the log posterior by less than 5e-4.
        assert np.abs(slope).max() < 0.05


def test_normal_moments_are_those_of_the_proposals():
    made = mixed_choices(2, ["normal"] * 3, n_persons=6, is_centred=True)
    weights = made.choices.weights
    mean, second = normal_moments(made.proposals, weights, inflation=1.2)
    expected = np.zeros((3, 3))
    for n, weight in enumerate(weights / weights.sum()):
        spread = np.zeros((3, 3))
        spread[np.tril_indices(3)] = made.proposals.spreads[n]
        centre = made.proposals.centres[n]
        expected += weight * (np.outer(centre, centre) + spread @ spread.T / 1.2**2)
    np.testing.assert_allclose(mean, weights @ made.proposals.centres / weights.sum())
    np.testing.assert_allclose(second, expected, rtol=1e-6)


def test_the_same_bits_come_back_on_any_number_of_threads():
    made = mixed_choices(
        1, EVERY_KIND, n_persons=90, n_draws=130, has_own_means=True, is_centred=True
    )
    weights, uniforms = made.choices.weights, np.random.default_rng(1).random((90, 5))
    with ThreadPoolExecutor(4) as pool:
        for function in (
            lambda where: simulated_log_likelihood(*made.given, where),
            lambda where: [information(*made.given, weights, None, where)],
            lambda where: person_posteriors(*made.given, where),
            lambda where: [posterior_draws(*made.given, uniforms, where)],
            lambda where: predictions(
                tasks_of(made), made.mixing, made.means, made.nodes, map_blocks=where
            )[:2],
        ):
            for here, there in zip(function(map), function(pool.map), strict=True):
                assert here.tobytes() == there.tobytes()


def test_utilities_beyond_all_bounds_do_not_overflow():
    sets = ChoiceSets(
        np.array([[1.0], [-1.0], [1.0], [1.0]]), np.array([0, 2, 4]), np.array([0, 2])
    )
    mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    nodes, proposals = gauss_hermite_nodes(5, 1), prior_proposals(1, 1)
    for mean in (1e6, -1e6):
        found = simulated_log_likelihood(sets, mixing, np.full((1, 1), mean), nodes, proposals)
        assert np.isfinite(found.log_likelihoods).all()
        assert np.isfinite(found.scores).all()
        assert np.isfinite(
            information(sets, mixing, np.full((1, 1), mean), nodes, proposals, np.ones(1))
        ).all()
    # Worse by 300 in both tasks at least: odds are cut there, once two alternatives are so good.
    found = simulated_log_likelihood(sets, mixing, np.full((1, 1), 1e6), nodes, proposals)
    assert found.log_likelihoods[0] == pytest.approx(-600.0 - np.log(2.0))


def test_draws_that_choices_all_but_rule_out_are_weighed_right():
    # 400 choices in favour of a positive coefficient, from a population N(-30, 10^2).
    sets = ChoiceSets(np.full((400, 1), -0.1), np.arange(401), np.array([0, 400]))
    mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.full(1, 10.0))
    made = sets, mixing, np.full((1, 1), -30.0), sobol_nodes(20, 1, 1, 1), prior_proposals(1, 1)
    found = simulated_log_likelihood(*made)
    log_likelihoods, shares = reference.simulated_log_likelihood(*made)
    np.testing.assert_allclose(found.log_likelihoods, log_likelihoods, rtol=1e-9)
    np.testing.assert_allclose(found.effective_shares, shares, rtol=1e-7)


def test_one_choice_of_one_person_has_the_probability_of_the_integral():
    # P = 1 / (1 + exp(b)) with b ~ N(1, 2^2), by the trapezoid rule over +-10 standard deviations.
    z = np.linspace(-10.0, 10.0, 20001)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    expected = np.trapezoid(density / (1.0 + np.exp(1.0 + 2.0 * z)), z)
    sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.full(1, 2.0))
    found = simulated_log_likelihood(
        sets, mixing, np.ones((1, 1)), gauss_hermite_nodes(60, 1), prior_proposals(1, 1)
    )
    assert np.exp(found.log_likelihoods[0]) == pytest.approx(expected, rel=1e-7)


def test_draws_of_a_person_have_the_moments_of_the_posterior():
    made = mixed_choices(4, ["normal", "lognormal"], n_persons=3, n_draws=512)
    uniforms = np.random.default_rng(2).random((3, 20000))
    draws, moments = posterior_draws(*made.given, uniforms), person_posteriors(*made.given)
    assert draws.shape == (20000, 3, 2)
    error = moments.sds / np.sqrt(20000)
    assert (np.abs(draws.mean(axis=0) - moments.means) < 5.0 * error).all()
    np.testing.assert_allclose(draws.std(axis=0), moments.sds, rtol=0.1)
