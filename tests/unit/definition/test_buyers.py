"""Buyers of the search: a sample of people and draws that is true to their weights."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.definition.buyers import sample_buyers
from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.domain.part_worths import PartWorths


def part_worths(n_draws: int, weights: list[float]) -> PartWorths:
    n = len(weights)
    return PartWorths(
        draws=np.zeros((n_draws, n, 1)),
        coding=UtilityCoding((LinearTerm("price"),)),
        respondent_ids=tuple(map(str, range(n))),
        weights=np.array(weights),
    )


people = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=40)


@given(people, st.integers(1, 30), st.integers(1, 300), st.integers(0, 99))
def test_weights_sum_to_one_and_no_more_buyers_are_taken_than_asked_for(weights, s, n, seed):
    buyers = sample_buyers(part_worths(s, weights), n_buyers=n, seed=seed)
    np.testing.assert_allclose(buyers.weights.sum(), 1.0)
    assert len(buyers.weights) <= n
    assert buyers.draws.max() < s
    assert buyers.respondents.max() < len(weights)


@given(people, st.integers(1, 30), st.integers(0, 99))
def test_everyone_counts_as_the_weights_say_to_within_one_buyer(weights, s, seed):
    n = 50
    found = part_worths(s, weights)
    buyers = sample_buyers(found, n_buyers=n, seed=seed)
    taken = np.bincount(buyers.respondents, weights=buyers.weights, minlength=len(weights))
    share = found.weights / found.weights.sum()
    assert np.abs(taken - share).max() <= 1.0 / n + 1e-12


@given(people, st.integers(1, 30), st.integers(0, 99))
def test_each_draw_is_used_equally_often_to_within_one(weights, s, seed):
    buyers = sample_buyers(part_worths(s, weights), n_buyers=50, seed=seed)
    uses = Counter(buyers.draws.tolist())
    counts = [uses[draw] for draw in range(min(s, len(buyers.draws)))]
    assert max(counts) - min(counts) <= 1


def test_where_all_fit_every_respondent_is_there_in_every_draw():
    buyers = sample_buyers(part_worths(3, [1.0, 3.0]), n_buyers=6, seed=1)
    pairs = list(zip(buyers.draws.tolist(), buyers.respondents.tolist(), strict=True))
    assert sorted(pairs) == [(s, n) for s in range(3) for n in range(2)]
    np.testing.assert_allclose(buyers.weights, [1 / 12, 3 / 12] * 3)


def test_people_do_not_all_come_from_the_same_draw():
    buyers = sample_buyers(part_worths(10, [1.0] * 100), n_buyers=100, seed=1)
    assert np.array_equal(np.sort(buyers.respondents), np.arange(100))
    assert set(buyers.draws[buyers.respondents < 30].tolist()) == set(range(10))
