"""The multinomial logit keeps its laws."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.kernels.compiled import logit as compiled
from counterflow.kernels.logit import choice_probabilities, choice_sets, log_likelihood, pair_spread
from reference import logit as reference
from strategies.choice_sets import Choices, any_choices, choices

fitted = st.integers(0, 10**6).map(lambda seed: choices(seed, n_persons=40, most_tasks=6))
"""Choices enough that the likelihood has a maximum."""


def total(made: Choices, coefficients: np.ndarray) -> float:
    return float(log_likelihood(made.sets, made.weights, coefficients).by_person @ made.weights)


@given(any_choices)
def test_the_compiled_loop_agrees_with_the_formula(made):
    fast = log_likelihood(made.sets, made.weights, made.coefficients)
    slow = reference.log_likelihood(made.sets, made.weights, made.coefficients)
    for found, expected in zip(fast, slow, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@given(any_choices, st.permutations(range(6)), st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_the_bits_do_not_depend_on_where_arrays_lie(made, order, gaps):
    # Compilers take other instructions where arrays may overlap; those must round alike.
    sets, (n, k) = made.sets, (len(made.weights), len(made.coefficients))
    given_ = [sets.differences, made.weights, made.coefficients]
    arrays = [*given_, np.zeros(n), np.zeros((n, k)), np.zeros((k, k))]
    close = [np.empty(0)] * 6
    room, begin = np.zeros(sum(array.size for array in arrays) + sum(gaps)), 0
    for i, gap in zip(order, gaps, strict=True):
        begin += gap
        close[i] = room[begin : begin + arrays[i].size].reshape(arrays[i].shape)
        close[i][...] = arrays[i]
        begin += arrays[i].size
    for differences, weights, coefficients, *parts in (arrays, close):
        compiled.log_likelihood_block(
            differences, sets.task_starts, sets.person_starts, weights, coefficients, *parts
        )
    for apart, beside in zip(arrays, close, strict=True):
        assert apart.tobytes() == beside.tobytes()


@given(any_choices)
def test_the_spread_of_attributes_is_that_of_pairs(made):
    expected = reference.pair_spread(made.sets)
    np.testing.assert_allclose(pair_spread(made.sets), expected, rtol=1e-9, atol=1e-12)


@given(any_choices)
def test_gradient_and_information_are_differences(made):
    found = log_likelihood(made.sets, made.weights, made.coefficients)
    step, k = 1e-5, len(made.coefficients)
    up, down = (
        [
            log_likelihood(made.sets, made.weights, made.coefficients + sign * step * unit)
            for unit in np.eye(k)
        ]
        for sign in (1.0, -1.0)
    )
    scale = 1.0 + np.abs(found.scores).max()
    for i in range(k):
        slope = (up[i].by_person - down[i].by_person) / (2.0 * step)
        np.testing.assert_allclose(found.scores[:, i], slope, atol=1e-6 * scale)
        curve = made.weights @ (up[i].scores - down[i].scores) / (2.0 * step)
        bound = 1e-6 * (1.0 + np.abs(found.information).max())
        np.testing.assert_allclose(-found.information[i], curve, atol=bound)


@given(any_choices, st.floats(-50.0, 50.0))
def test_what_all_alternatives_of_a_task_share_changes_nothing(made, constant):
    shared = np.random.default_rng(1).normal(size=(len(made.task_starts) - 1, 1)) + constant
    shifted = made.design + np.repeat(shared, np.diff(made.task_starts), axis=0)
    sets = choice_sets(shifted, made.task_starts, made.person_starts, made.chosen_rows)
    before = log_likelihood(made.sets, made.weights, made.coefficients)
    after = log_likelihood(sets, made.weights, made.coefficients)
    np.testing.assert_allclose(after.by_person, before.by_person, rtol=1e-9, atol=1e-9)


@given(any_choices)
def test_the_order_of_alternatives_does_not_matter(made):
    order = np.concatenate(
        [
            np.arange(a, b)[::-1]
            for a, b in zip(made.task_starts, made.task_starts[1:], strict=False)
        ]
    )
    chosen = np.argsort(order)[made.chosen_rows]
    sets = choice_sets(made.design[order], made.task_starts, made.person_starts, chosen)
    before = log_likelihood(made.sets, made.weights, made.coefficients)
    after = log_likelihood(sets, made.weights, made.coefficients)
    np.testing.assert_allclose(after.by_person, before.by_person, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(after.information, before.information, rtol=1e-9, atol=1e-9)


@given(any_choices)
def test_the_order_of_persons_only_permutes_them(made):
    backwards = _persons(made, range(len(made.weights) - 1, -1, -1))
    before = log_likelihood(made.sets, made.weights, made.coefficients)
    after = log_likelihood(backwards.sets, backwards.weights, made.coefficients)
    assert after.by_person[::-1].tolist() == before.by_person.tolist()
    assert after.scores[::-1].tolist() == before.scores.tolist()
    np.testing.assert_allclose(after.information, before.information, rtol=1e-9, atol=1e-9)


@given(any_choices)
def test_probabilities_are_positive_and_sum_to_one(made):
    p = choice_probabilities(made.design @ made.coefficients, made.task_starts)
    assert (p > 0.0).all()
    np.testing.assert_allclose(np.add.reduceat(p, made.task_starts[:-1]), 1.0, rtol=1e-12)
    expected = reference.choice_probabilities(made.design @ made.coefficients, made.task_starts)
    np.testing.assert_allclose(p, expected, rtol=1e-12)


@given(st.lists(st.floats(-700.0, 700.0), min_size=3, max_size=6))
def test_an_alternative_that_leaves_does_not_change_the_odds_of_the_others(utilities):
    u = np.array(utilities)
    with_it = choice_probabilities(u, np.array([0, len(u)]))
    without = choice_probabilities(u[:-1], np.array([0, len(u) - 1]))
    left = with_it[:-1].sum()
    if left > 1e-100:
        np.testing.assert_allclose(with_it[:-1] / left, without, rtol=1e-9, atol=1e-200)


@settings(max_examples=25)
@given(fitted)
def test_a_weight_of_two_is_a_person_twice(made):
    doubled = _persons(made, [*range(len(made.weights)), *range(len(made.weights))])
    unit = np.ones(len(made.weights))
    twice = MultinomialLogit().fit(_weighted(doubled, np.ones(2 * len(unit))))
    weighted = MultinomialLogit(use_weights=True).fit(_weighted(made, 2.0 * unit))
    np.testing.assert_allclose(weighted.coefficients, twice.coefficients, rtol=1e-6, atol=1e-8)
    assert weighted.log_likelihood == pytest.approx(twice.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(
        weighted.standard_errors("classical"), twice.standard_errors("classical"), rtol=1e-6
    )


@settings(max_examples=25)
@given(fitted, st.floats(-8.0, 8.0))
def test_a_column_in_other_units_has_a_coefficient_in_other_units(made, power):
    data, factor = made.data(), 10.0**power
    columns = dict(data.columns)
    columns["x1"] = Numeric(made.design[:, 1] * factor)
    before = MultinomialLogit().fit(data)
    after = MultinomialLogit().fit(_with_columns(data, columns))
    units = np.array([1.0, factor, 1.0])
    assert after.log_likelihood == pytest.approx(before.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(
        after.coefficients * units, before.coefficients, rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(after.standard_errors() * units, before.standard_errors(), rtol=1e-6)


@given(any_choices)
def test_threads_do_not_change_a_bit(made):
    with ThreadPoolExecutor(4) as threads:
        here = log_likelihood(made.sets, made.weights, made.coefficients)
        there = log_likelihood(made.sets, made.weights, made.coefficients, threads.map)
    for one, other in zip(here, there, strict=True):
        assert one.tobytes() == other.tobytes()


def _persons(made: Choices, which) -> Choices:
    """Return the choices of the persons named, in that order."""
    tasks = [t for n in which for t in range(made.person_starts[n], made.person_starts[n + 1])]
    rows = [r for t in tasks for r in range(made.task_starts[t], made.task_starts[t + 1])]
    sizes = np.diff(made.task_starts)[tasks]
    starts = np.append(0, np.cumsum(sizes))
    return Choices(
        design=made.design[rows],
        task_starts=starts,
        person_starts=np.append(0, np.cumsum(np.diff(made.person_starts)[list(which)])),
        chosen_rows=starts[:-1] + (made.chosen_rows - made.task_starts[:-1])[tasks],
        weights=made.weights[list(which)],
        coefficients=made.coefficients,
    )


def _weighted(made: Choices, weights: np.ndarray) -> ChoiceData:
    return Choices(**{**vars(made), "weights": weights}).data()


def _with_columns(data: ChoiceData, columns) -> ChoiceData:
    return ChoiceData(
        columns=columns,
        is_outside=data.is_outside,
        task_starts=data.task_starts,
        respondent_starts=data.respondent_starts,
        chosen_rows=data.chosen_rows,
        respondent_ids=data.respondent_ids,
    )
