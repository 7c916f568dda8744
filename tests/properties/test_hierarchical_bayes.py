"""Hierarchical Bayes keeps its laws."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.domain.choice_data import ChoiceData, Numeric
from strategies.choice_sets import choices

seeds = st.integers(0, 10**6)
short = {"n_burn_in": 60, "n_sweeps": 60, "n_draws": 12}


@settings(max_examples=8)
@given(seeds, st.integers(1, 5))
def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(seed, n_threads):
    data = choices(seed, n_persons=25, most_tasks=6).data()
    model = HierarchicalBayes(signs={"x1": "positive"}, n_chains=3, seed=seed, **short)
    here = model.fit(data)
    with ThreadPoolExecutor(n_threads) as threads:
        there = model.fit(data, map_blocks=threads.map)
    for one, other in zip(_arrays(here), _arrays(there), strict=True):
        assert one.tobytes() == other.tobytes()


@settings(max_examples=8)
@given(seeds)
def test_another_seed_gives_other_draws(seed):
    data = choices(seed, n_persons=25, most_tasks=6).data()
    fits = [HierarchicalBayes(seed=seed + more, **short).fit(data) for more in (0, 1)]
    # Of a million pairs of numbers in single precision one or two are equal by chance.
    assert np.isin(fits[0].draws, fits[1].draws).sum() < 10


@settings(max_examples=6)
@given(seeds, st.sampled_from([1e-6, 1e-3, 1e5]))
def test_a_column_in_other_units_gives_coefficients_in_other_units(seed, factor):
    data = choices(seed, n_persons=25, most_tasks=6).data()
    columns = dict(data.columns)
    columns["x1"] = Numeric(columns["x1"].values * factor)
    signs = {"x1": "negative", "x2": "positive"}
    model = HierarchicalBayes(signs=signs, seed=seed, n_burn_in=3, n_sweeps=8, n_draws=4)
    before, after = model.fit(data), model.fit(_with_columns(data, columns))
    units = np.array([1.0, factor, 1.0])
    # A few sweeps only: rounding grows along a chain until it takes another way.
    np.testing.assert_allclose(after.draws * units, before.draws, rtol=1e-3)
    for one, other in (
        (after.population.coefficient_means(), before.population.coefficient_means()),
        (after.population.coefficient_sds(), before.population.coefficient_sds()),
        (after.person_means, before.person_means),
    ):
        np.testing.assert_allclose(one * units, other, rtol=1e-4)


@settings(max_examples=6)
@given(seeds)
def test_signs_hold_and_draws_are_finite_for_every_person(seed):
    data = choices(seed, n_persons=40, most_tasks=3, scale=3.0).data()
    signs = {"x0": "negative", "x2": "positive"}
    fit = HierarchicalBayes(signs=signs, seed=seed, **short).fit(data)
    assert np.isfinite(fit.draws).all()
    assert (fit.draws[:, :, 0] < 0.0).all()
    assert (fit.draws[:, :, 2] > 0.0).all()
    assert 0.2 < fit.acceptance.mean() < 0.95


def test_respondents_in_another_order_have_the_same_posterior():
    made = choices(9, n_persons=60, most_tasks=9)
    data = made.data()
    order = np.random.default_rng(0).permutation(60)
    tasks = np.concatenate(
        [np.arange(made.person_starts[n], made.person_starts[n + 1]) for n in order]
    )
    rows = np.concatenate([np.arange(made.task_starts[t], made.task_starts[t + 1]) for t in tasks])
    starts = np.append(0, np.cumsum(np.diff(made.task_starts)[tasks]))
    shuffled = ChoiceData(
        columns={name: Numeric(column.values[rows]) for name, column in data.columns.items()},
        is_outside=np.zeros(len(rows), dtype=bool),
        task_starts=starts,
        respondent_starts=np.append(0, np.cumsum(np.diff(made.person_starts)[order])),
        chosen_rows=starts[:-1] + (made.chosen_rows - made.task_starts[:-1])[tasks],
        respondent_ids=tuple(data.respondent_ids[n] for n in order),
    )
    model = HierarchicalBayes(n_burn_in=500, n_sweeps=6000, n_draws=600, seed=2)
    before, after = model.fit(data), model.fit(shuffled)
    np.testing.assert_allclose(
        after.person_means, before.person_means[order], atol=0.15 * before.person_sds.max()
    )
    assert after.log_likelihood == pytest.approx(before.log_likelihood, rel=0.02)


def _arrays(fit):
    """Return everything that a fit drew."""
    population, convergence = fit.population, fit.convergence
    return (
        fit.draws,
        population.means,
        population.covariances,
        fit.person_means,
        fit.person_sds,
        fit.log_likelihood_path,
        fit.acceptance,
        convergence.r_hat,
    )


def _with_columns(data: ChoiceData, columns) -> ChoiceData:
    return ChoiceData(
        columns=columns,
        is_outside=data.is_outside,
        task_starts=data.task_starts,
        respondent_starts=data.respondent_starts,
        chosen_rows=data.chosen_rows,
        respondent_ids=data.respondent_ids,
    )
