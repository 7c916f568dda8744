"""The compiled chain takes the steps that the formulas say, and draws from the right posterior."""

import itertools

import numpy as np
import pytest

from counterflow.kernels.compiled import hierarchical_bayes as compiled
from counterflow.kernels.hierarchical_bayes import (
    PopulationPrior,
    Schedule,
    chain_state,
    record_of,
    run_chain,
    tuning_of,
)
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.panel import panel_of, room_for
from reference.hierarchical_bayes import TwinChain, coefficients_of, random_walk_gibbs
from strategies.choice_sets import choices

KEY = np.array([11, 22], dtype=np.uint64)


def prior_of(k: int, *, mean_sd: float = 2.0, median_sd: float = 1.0) -> PopulationPrior:
    return PopulationPrior(
        mean=np.linspace(-0.3, 0.3, k),
        mean_precision=np.full(k, mean_sd**-2.0),
        degrees=k + 1.0,
        scale_rate=np.full(k, 0.5 / median_sd**2),
    )


def run_sweeps(panel, prior, state, tuning, stream, first, last, n_burn_in=0, record=None):
    """Run sweeps of the compiled chain in place."""
    n, k = state.latents.shape
    schedule = Schedule(0, 1, 1, 1)
    record = record or record_of(schedule, np.ones(k), np.empty((1, n, k), np.float32))
    slots = np.full((last - first, 2), -1)
    compiled.sweep_chain(
        panel,
        prior,
        state,
        room_for(panel),
        tuning,
        record,
        KEY,
        np.uint64(stream),
        first,
        last,
        n_burn_in,
        slots,
    )


@pytest.mark.parametrize("signs", [(0.0, 0.0, 0.0), (0.0, -1.0, 1.0)])
def test_sweeps_end_where_the_formulas_end(signs):
    made, signs = choices(5, n_persons=6, n_coefficients=3), np.array(signs)
    panel, prior = panel_of(made.sets, signs), prior_of(3)
    random = np.random.default_rng(1)
    factor = np.array([[0.8, 0.0, 0.0], [0.3, 0.6, 0.0], [-0.2, 0.1, 0.9]])
    state = chain_state(panel, random.normal(size=3), factor, random.normal(size=(6, 3)))
    tuning = tuning_of(panel, prior, state)
    twin = TwinChain(made.sets, signs, prior, state, tuning, KEY, 3)
    for sweep in range(8):
        run_sweeps(panel, prior, state, tuning, 3, sweep, sweep + 1)
        twin.sweep(sweep)
        np.testing.assert_allclose(state.latents, twin.latents, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(state.mean, twin.mean, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(state.factor, twin.factor, rtol=1e-7, atol=1e-8)
    assert 0 < tuning.n_accepted.sum() < 48
    assert (tuning.n_hamiltonian_accepted > 0).all()


def test_the_likelihood_that_a_chain_carries_is_that_of_its_persons():
    made = choices(5, n_persons=20, n_coefficients=4)
    panel, prior = panel_of(made.sets, np.zeros(4)), prior_of(4)
    state = chain_state(panel, np.zeros(4), np.eye(4), np.zeros((20, 4)))
    tuning = tuning_of(panel, prior, state)
    run_sweeps(panel, prior, state, tuning, 0, 0, 101, n_burn_in=50)
    fresh = chain_state(panel, state.mean, state.factor, state.latents)
    np.testing.assert_allclose(state.log_likelihoods, fresh.log_likelihoods, rtol=1e-12)
    np.testing.assert_allclose(state.gradients, fresh.gradients, rtol=1e-9, atol=1e-12)


def test_blocks_of_sweeps_do_not_change_a_bit():
    made = choices(5, n_persons=20, n_coefficients=4)
    panel, prior = panel_of(made.sets, np.array([0.0, 1.0, 0.0, 0.0])), prior_of(4)
    ends = []
    for cuts in ((0, 60), (0, 1, 7, 30, 60)):
        state = chain_state(panel, np.zeros(4), np.eye(4), np.zeros((20, 4)))
        tuning = tuning_of(panel, prior, state)
        for first, last in itertools.pairwise(cuts):
            run_sweeps(panel, prior, state, tuning, 0, first, last, n_burn_in=30)
        ends.append(b"".join(array.tobytes() for array in state))
    assert ends[0] == ends[1]


def test_what_is_kept_is_spread_evenly_and_moments_are_those_of_all_sweeps():
    made = choices(5, n_persons=10, n_coefficients=2)
    signs, prior = np.array([0.0, -1.0]), prior_of(2)
    panel, units = panel_of(made.sets, signs), np.array([1.0, 10.0])
    kept = {}
    for n_draws in (60, 20):
        state = chain_state(panel, np.zeros(2), np.eye(2), np.zeros((10, 2)))
        schedule = Schedule(n_burn_in=40, n_sweeps=60, n_path=60, n_draws=n_draws)
        draws = np.empty((n_draws, 10, 2), np.float32)
        record = record_of(schedule, units, draws)
        told = []
        kept[n_draws] = run_chain(
            panel,
            prior,
            state,
            schedule=schedule,
            record=record,
            key=KEY,
            stream=0,
            after=told.append,
        )
        assert told == [50, 100]
    everything, third = kept[60].record, kept[20].record
    assert third.coefficients.tolist() == everything.coefficients[2::3].tolist()
    assert third.means.tolist() == everything.means[2::3].tolist()
    np.testing.assert_allclose(everything.path[:, :2], everything.means)
    np.testing.assert_allclose(
        everything.path[:, 2:4] ** 2, np.diagonal(everything.covariances, axis1=1, axis2=2)
    )
    coefficients = everything.coefficients / units
    np.testing.assert_allclose(everything.person_means, coefficients.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(
        everything.person_squares / 60, coefficients.var(axis=0), rtol=1e-4, atol=1e-8
    )
    assert (everything.coefficients[:, :, 1] < 0.0).all()


def test_another_sampler_finds_the_same_posterior():
    made = choices(9, n_persons=15, n_coefficients=2, most_tasks=20, spread=0.8)
    signs, prior = np.array([0.0, -1.0]), prior_of(2)
    panel = panel_of(made.sets, signs)
    state = chain_state(panel, np.zeros(2), np.eye(2), np.zeros((15, 2)))
    schedule = Schedule(n_burn_in=1000, n_sweeps=40_000, n_path=40_000, n_draws=4000)
    record = record_of(schedule, np.ones(2), np.empty((4000, 15, 2), np.float32))
    run_chain(panel, prior, state, schedule=schedule, record=record, key=KEY, stream=0)
    means, log_sds, latents = random_walk_gibbs(
        made.sets, signs, prior, n_burn_in=500, n_sweeps=20_000, seed=4
    )
    fast = np.column_stack([record.path[:, :2], np.log(record.path[:, 2:4])])
    slow = np.column_stack([means, log_sds])
    # Batches of the slow chain tell how far its means may be off; the fast one is far longer.
    error = slow.reshape(20, 1000, 4).mean(axis=1).std(axis=0, ddof=1) / np.sqrt(20.0)
    assert (np.abs(fast.mean(axis=0) - slow.mean(axis=0)) < 4.0 * error).all()
    assert (error < 0.15 * slow.std(axis=0) + 0.02).all()
    np.testing.assert_allclose(fast.std(axis=0), slow.std(axis=0), rtol=0.15)
    persons = coefficients_of(latents, signs).mean(axis=0)
    np.testing.assert_allclose(record.person_means, persons, atol=0.1)


def test_prior_and_posterior_agree_about_each_other():
    """Geweke's joint distribution test (JASA 99, 2004): persons answer, the chain moves, in turn.

    Whatever the model, the population then has its prior distribution, if every step of the chain
    is right: likelihood, gradients, Jacobians, conditional draws.
    """
    n, t, j, k = 5, 3, 3, 2
    signs = np.array([0.0, 1.0])
    prior = prior_of(k, mean_sd=0.7, median_sd=0.5)
    random = np.random.default_rng(8)
    design = random.normal(size=(n * t, j, k))
    mean, factor, latents = np.zeros(k), 0.5 * np.eye(k), np.zeros((n, k))
    tuning, seen = None, []
    for sweep in range(11_000):
        panel = panel_of(_answers(random, design, coefficients_of(latents, signs), n, t), signs)
        state = chain_state(panel, mean, factor, latents)
        tuning = tuning or tuning_of(panel, prior, state)
        run_sweeps(panel, prior, state, tuning, 0, sweep, sweep + 1)
        mean, factor, latents = state.mean, state.factor, state.latents
        covariance = factor @ factor.T
        sds = np.sqrt(np.diag(covariance))
        seen.append([*mean, *np.log(sds), covariance[1, 0] / sds.prod()])
    chain = np.array(seen)[1000:]
    error = chain.reshape(10, 1000, -1).mean(axis=1).std(axis=0, ddof=1) / np.sqrt(10.0)
    means, log_sds, correlation = chain[:, :2], chain[:, 2:4], chain[:, 4]
    # Of the prior: mean and variance of the means; P(sd < s) = s^2 / (s^2 + median^2), so log sd
    # is logistic with scale 1/2; any correlation is as likely as any other.
    known = [*prior.mean, np.log(0.5), np.log(0.5), 0.0]
    assert (np.abs(chain.mean(axis=0) - known) < 4.0 * error).all()
    np.testing.assert_allclose(means.std(axis=0), 0.7, rtol=0.1)
    np.testing.assert_allclose(log_sds.std(axis=0), np.pi / np.sqrt(12.0), rtol=0.12)
    assert correlation.std() == pytest.approx(1.0 / np.sqrt(3.0), rel=0.1)


def _answers(random, design, coefficients, n, t) -> ChoiceSets:
    """Return what persons choose who have these coefficients."""
    j, _k = design.shape[1:]
    utility = np.einsum("tjk,tk->tj", design, np.repeat(coefficients, t, axis=0))
    chosen = (utility + random.gumbel(size=utility.shape)).argmax(axis=1)
    taken = design[np.arange(n * t), chosen]
    others = np.arange(j) != chosen[:, None]
    differences = (design - taken[:, None, :])[others]
    return ChoiceSets(
        np.ascontiguousarray(differences), np.arange(n * t + 1) * (j - 1), np.arange(n + 1) * t
    )
