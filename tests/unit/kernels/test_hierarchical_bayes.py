"""The compiled chain takes the steps that the formulas say, and draws from the right posterior."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from counterflow.kernels.hierarchical_bayes import (
    PopulationPrior,
    Schedule,
    Sweeps,
    blocks_of,
    chain_state,
    record_of,
    run_chain,
    tuning_of,
)
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.panel import by_person, panel_of
from reference.hierarchical_bayes import TwinChain, coefficients_of, random_walk_gibbs
from strategies.choice_sets import choices

KEY = np.array([11, 22], dtype=np.uint64)
NOWHERE = np.full(1, -1)


def prior_of(
    k: int, *, n_known: int = 1, mean_sd: float = 2.0, median_sd: float = 1.0
) -> PopulationPrior:
    return PopulationPrior(
        mean=np.tile(np.linspace(-0.3, 0.3, k), (n_known, 1)),
        mean_precision=np.full((n_known, k), mean_sd**-2.0),
        degrees=k + 1.0,
        scale_rate=np.full(k, 0.5 / median_sd**2),
        concentration=3.0,
    )


def state_of(panel, prior, *, n_components: int = 1, seed: int = 1):
    """Return a state with populations and persons of no particular kind."""
    random, (q, k) = np.random.default_rng(seed), prior.mean.shape
    factor = np.tril(random.normal(0.0, 0.2, (k, k)), -1) + 0.8 * np.eye(k)
    n = panel.n_persons
    return chain_state(
        panel,
        random.normal(size=(n_components, q, k)),
        np.tile(factor, (n_components, 1, 1)),
        random.normal(size=(n, k)),
        random.integers(0, n_components, n),
    )


def sweeps_of(panel, prior, state, tuning, *, n_burn_in=0, stream=0, map_blocks=map, n_path=1):
    """Return what runs sweeps of a chain in place."""
    schedule = Schedule(n_burn_in, n_path, n_path, 1)
    record = record_of(state, schedule)
    return Sweeps(panel, prior, state, tuning, record, schedule, KEY, stream, map_blocks)


@pytest.mark.parametrize("signs", [(0.0, 0.0, 0.0), (0.0, -1.0, 1.0)])
@pytest.mark.parametrize("n_known", [1, 3])
def test_sweeps_end_where_the_formulas_end(signs, n_known):
    made, signs = choices(5, n_persons=6, n_coefficients=3), np.array(signs)
    known = np.column_stack([np.ones(6), np.random.default_rng(0).normal(size=(6, 2))])[:, :n_known]
    panel, prior = panel_of(made.sets, signs, known), prior_of(3, n_known=n_known)
    state = state_of(panel, prior)
    tuning = tuning_of(panel, prior, state)
    tuning.hamiltonian_steps[:] *= 0.5
    twin = TwinChain(made.sets, panel, prior, state, tuning, KEY, 3)
    sweeps = sweeps_of(panel, prior, state, tuning, stream=3)
    for sweep in range(8):
        sweeps.run(sweep, sweep + 1, NOWHERE)
        twin.sweep(sweep)
        latents = by_person(panel, state.latents)
        np.testing.assert_allclose(latents, twin.latents, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(state.means[0], twin.means, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(state.factors[0], twin.factor, rtol=1e-7, atol=1e-8)
    assert 0 < tuning.n_accepted.sum() < 48
    assert (tuning.n_hamiltonian_accepted > 0).all()


@pytest.mark.parametrize("n_components", [1, 2])
def test_the_likelihood_that_a_chain_carries_is_that_of_its_persons(n_components):
    made = choices(5, n_persons=70, n_coefficients=4)
    panel, prior = panel_of(made.sets, np.zeros(4)), prior_of(4)
    state = state_of(panel, prior, n_components=n_components)
    tuning = tuning_of(panel, prior, state)
    sweeps_of(panel, prior, state, tuning, n_burn_in=50).run(0, 101, np.full(101, -1))
    fresh = chain_state(panel, state.means, state.factors, by_person(panel, state.latents))
    np.testing.assert_allclose(state.log_likelihoods, fresh.log_likelihoods, rtol=1e-12)
    np.testing.assert_allclose(state.gradients, fresh.gradients, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n_components", [1, 3])
def test_neither_blocks_of_sweeps_nor_blocks_of_persons_on_threads_change_a_bit(n_components):
    made = choices(5, n_persons=1100, n_coefficients=4)
    panel, prior = panel_of(made.sets, np.array([0.0, 1.0, 0.0, 0.0])), prior_of(4)
    assert len(blocks_of(panel)) == 3
    ends = []
    with ThreadPoolExecutor(3) as threads:
        for cuts, map_blocks in (
            ((0, 12), map),
            ((0, 1, 7, 12), map),
            ((0, 5, 12), threads.map),
        ):
            state = state_of(panel, prior, n_components=n_components)
            tuning = tuning_of(panel, prior, state)
            sweeps = sweeps_of(panel, prior, state, tuning, n_burn_in=6, map_blocks=map_blocks)
            for first, last in itertools.pairwise(cuts):
                sweeps.run(first, last, np.full(last - first, -1))
            ends.append(b"".join(array.tobytes() for array in (*state, *tuning)))
    assert len(set(ends)) == 1


def test_what_is_kept_is_spread_evenly_and_moments_are_those_of_all_sweeps():
    made = choices(5, n_persons=10, n_coefficients=2)
    signs, prior = np.array([0.0, -1.0]), prior_of(2)
    panel = panel_of(made.sets, signs)
    kept = {}
    for n_draws in (60, 20):
        state = state_of(panel, prior)
        schedule = Schedule(n_burn_in=40, n_sweeps=60, n_path=60, n_draws=n_draws)
        draws, told = {}, []
        chain = run_chain(
            panel,
            prior,
            state,
            schedule=schedule,
            key=KEY,
            stream=0,
            keep=draws.__setitem__,
            after=told.append,
        )
        assert told == [50, 100]
        kept[n_draws] = chain, np.stack([draws[s] for s in range(n_draws)])
    (chain, everything), (third_chain, third) = kept[60], kept[20]
    assert third.tolist() == everything[2::3].tolist()
    covariances = np.array([draw.covariances for draw in chain.draws])
    means = np.array([draw.means for draw in chain.draws])
    assert [x.means.tolist() for x in third_chain.draws] == means[2::3].tolist()
    np.testing.assert_allclose(chain.record.means, means)
    np.testing.assert_allclose(
        chain.record.variances, np.diagonal(covariances, axis1=2, axis2=3), rtol=1e-12
    )
    np.testing.assert_allclose(chain.person_means, everything.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(chain.person_squares / 60, everything.var(axis=0), rtol=1e-9)
    assert (everything[:, :, 1] < 0.0).all()


def test_another_sampler_finds_the_same_posterior():
    made = choices(9, n_persons=15, n_coefficients=2, most_tasks=20, spread=0.8)
    signs, prior = np.array([0.0, -1.0]), prior_of(2)
    panel = panel_of(made.sets, signs)
    state = chain_state(panel, np.zeros((1, 1, 2)), np.eye(2)[None], np.zeros((15, 2)))
    schedule = Schedule(n_burn_in=1000, n_sweeps=20_000, n_path=20_000, n_draws=4)
    chain = run_chain(
        panel, prior, state, schedule=schedule, key=KEY, stream=0, keep=lambda *_: None
    )
    means, log_sds, latents = random_walk_gibbs(
        made.sets, signs, prior, n_burn_in=500, n_sweeps=20_000, seed=4
    )
    fast = np.column_stack(
        [chain.record.means[:, 0, 0], 0.5 * np.log(chain.record.variances[:, 0])]
    )
    slow = np.column_stack([means, log_sds])
    # Batches of the slow chain tell how far its means may be off; the fast one is far longer.
    error = slow.reshape(20, 1000, 4).mean(axis=1).std(axis=0, ddof=1) / np.sqrt(20.0)
    assert (np.abs(fast.mean(axis=0) - slow.mean(axis=0)) < 4.0 * error).all()
    assert (error < 0.15 * slow.std(axis=0) + 0.02).all()
    np.testing.assert_allclose(fast.std(axis=0), slow.std(axis=0), rtol=0.15)
    persons = coefficients_of(latents, signs).mean(axis=0)
    np.testing.assert_allclose(chain.person_means, persons, atol=0.1)


@pytest.mark.parametrize(("n_components", "n_known"), [(1, 1), (2, 2)])
def test_prior_and_posterior_agree_about_each_other(n_components, n_known):
    """Geweke's joint distribution test (JASA 99, 2004): persons answer, the chain moves, in turn.

    Whatever the model, the population then has its prior distribution, if every step of the chain
    is right: likelihood, gradients, Jacobians, conditional draws.
    """
    n, t, j, k = 5, 3, 3, 2
    signs = np.array([0.0, 1.0])
    prior = prior_of(k, n_known=n_known, mean_sd=0.7, median_sd=0.5)
    random = np.random.default_rng(8)
    design = random.normal(size=(n * t, j, k))
    known = np.column_stack([np.ones(n), random.normal(size=n)])[:, :n_known]
    people, tuning, seen, places = np.zeros((n, k)), None, [], None
    for sweep in range(11_000):
        sets = _answers(random, design, coefficients_of(people, signs), n, t)
        panel = panel_of(sets, signs, known)
        state = state_of(panel, prior, n_components=n_components)
        if places is not None:
            state = chain_state(panel, places.means, places.factors, people)
            state.shares[:], state.members[:] = places.shares, places.members
        tuning = tuning or tuning_of(panel, prior, state)
        sweeps_of(panel, prior, state, tuning).run(sweep, sweep + 1, NOWHERE)
        places, people = state, by_person(panel, state.latents)
        covariance = state.factors[-1] @ state.factors[-1].T
        sds = np.sqrt(np.diag(covariance))
        of_component = [*state.means[-1].ravel(), *np.log(sds), covariance[1, 0] / sds.prod()]
        seen.append([*of_component, state.shares[0]])
    chain = np.array(seen)[1000:]
    error = chain.reshape(10, 1000, -1).mean(axis=1).std(axis=0, ddof=1) / np.sqrt(10.0)
    # Of the prior: mean and variance of the means; P(sd < s) = s^2 / (s^2 + median^2), so log sd
    # is logistic with scale 1/2; any correlation is as likely as any other; shares ~ beta(3, 3).
    known_means = [*prior.mean.ravel(), *np.log([0.5, 0.5]), 0.0, 1.0 / n_components]
    assert (np.abs(chain.mean(axis=0) - known_means) < 4.0 * error + 1e-12).all()
    n_means = n_known * k
    spread = chain.std(axis=0)
    np.testing.assert_allclose(spread[:n_means], 0.7, rtol=0.1)
    np.testing.assert_allclose(spread[n_means : n_means + 2], np.pi / np.sqrt(12.0), rtol=0.12)
    assert spread[n_means + 2] == pytest.approx(1.0 / np.sqrt(3.0), rel=0.1)
    if n_components == 2:
        assert spread[-1] == pytest.approx(1.0 / np.sqrt(28.0), rel=0.1)


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
