"""Hierarchical Bayes finds the people that answers were simulated from, as sure as it says."""

import numpy as np
import pytest

from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Categorical, Numeric

N, T, J = 200, 10, 3
LABELS = tuple(f"x{k}" for k in range(8))
SIGNED = "x7"
"""The price of these people: negative for everyone, lognormal over people."""


def population(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the latent values of one population."""
    random = np.random.default_rng([seed, 1])
    mean = random.normal(0.0, 0.8, len(LABELS))
    factor = np.tril(random.normal(0.0, 0.3, (len(LABELS), len(LABELS))), -1)
    factor += np.diag(random.uniform(0.5, 1.2, len(LABELS)))
    mean[-1] = random.normal(0.0, 0.3)
    factor[-1] *= 0.5
    return mean, factor @ factor.T


def answers(seed: int) -> tuple[ChoiceData, np.ndarray]:
    """Return choices of people drawn from the population, and their coefficients."""
    random = np.random.default_rng([seed, 2])
    mean, covariance = population(seed)
    people = random.multivariate_normal(mean, covariance, N)
    people[:, -1] = -np.exp(people[:, -1])
    design = random.normal(size=(N, T, J, len(LABELS)))
    utility = np.einsum("ntjk,nk->ntj", design, people) + random.gumbel(size=(N, T, J))
    rows = design.reshape(-1, len(LABELS))
    data = ChoiceData(
        columns={label: Numeric(rows[:, k].copy()) for k, label in enumerate(LABELS)},
        is_outside=np.zeros(len(rows), dtype=bool),
        task_starts=np.arange(0, N * T * J + 1, J),
        respondent_starts=np.arange(0, N * T + 1, T),
        chosen_rows=np.arange(N * T) * J + utility.argmax(axis=2).ravel(),
        respondent_ids=tuple(map(str, range(N))),
        task_ids=Categorical(np.tile(np.arange(T, dtype=np.int32), N), tuple(map(str, range(T)))),
        alternative_names=None,
    )
    return data, people


@pytest.fixture(scope="module")
def fits():
    found = []
    for seed in range(8):
        data, people = answers(seed)
        model = HierarchicalBayes(
            signs={SIGNED: "negative"}, n_burn_in=800, n_sweeps=2000, n_draws=1000, seed=seed
        )
        found.append((seed, people, model.fit(data)))
    return found


def covered(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return whether the truth lies within the 90 % interval of draws (first axis)."""
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    return (low <= truth) & (truth <= high)


def test_intervals_of_90_percent_cover_the_population_85_to_95_percent_of_the_time(fits):
    hits = []
    for seed, _, fit in fits:
        mean, covariance = population(seed)
        hits.append(covered(fit.population.means, mean))
        hits.append(covered(fit.population.sds, np.sqrt(np.diag(covariance))))
    assert np.size(hits) >= 100
    assert 0.85 <= np.mean(hits) <= 0.95


def test_intervals_of_90_percent_cover_the_respondents_85_to_95_percent_of_the_time(fits):
    hits = [covered(fit.draws, people) for _, people, fit in fits]
    assert 0.85 <= np.mean(hits) <= 0.95


def test_the_sign_that_is_known_holds_in_every_draw(fits):
    for _, _, fit in fits:
        assert (fit.draws[:, :, LABELS.index(SIGNED)] < 0.0).all()


def test_people_are_found_better_than_by_the_average(fits):
    for _, people, fit in fits:
        error = fit.person_means - people
        assert (error**2).mean() < 0.8 * people.var(axis=0).mean()


def test_one_seed_gives_the_same_bits_in_any_order_of_chains(fits):
    data, _ = answers(0)
    model = HierarchicalBayes(n_burn_in=100, n_sweeps=100, n_draws=20, seed=3)

    def backwards(work, blocks):
        return [work(block) for block in reversed(list(blocks))][::-1]

    here, there = model.fit(data), model.fit(data, map_blocks=backwards)
    assert here.draws.tobytes() == there.draws.tobytes()
    other = HierarchicalBayes(n_burn_in=100, n_sweeps=100, n_draws=20, seed=4).fit(data)
    assert other.draws.tobytes() != here.draws.tobytes()
