"""Lists made of utilities and rankings, and what leaves them."""

import numpy as np
import pytest

from counterflow.kernels.first_choice import (
    Rules,
    line_profit,
    problem_of_lists,
    problem_of_orderings,
    problem_of_utilities,
    search_lines,
)

TWO = Rules(n_offers=2)


def test_people_with_equal_lists_become_one_with_the_sum_of_their_weights():
    lists = [np.array([1, 0]), np.array([0]), np.array([1, 0])]
    problem = problem_of_lists(lists, np.array([5.0, 3.0]), np.array([1.0, 2.0, 4.0]), TWO)
    assert problem.weights.tolist() == [5.0, 2.0]
    assert problem.listed.tolist() == [1, 0, 0]


def test_people_with_equal_lists_but_other_profits_stay_apart():
    lists = [np.array([0]), np.array([0])]
    problem = problem_of_lists(lists, np.array([[5.0], [3.0]]), np.ones(2), TWO)
    assert problem.n_people == 2
    assert line_profit(problem, (0,)) == 8.0


def test_what_nobody_lists_or_what_loses_or_is_forbidden_is_not_offered():
    lists = [np.array([0, 1, 2])]
    rules = Rules(n_offers=2, forbidden=(2,))
    problem = problem_of_lists(lists, np.array([-1.0, 5.0, 9.0, 9.0]), np.ones(1), rules)
    assert problem.is_allowed.tolist() == [False, True, False, False]
    assert problem.listed.tolist() == [1]


def test_a_loser_stays_where_it_earns_from_some_people_as_it_may_shield_from_a_worse_one():
    profits = np.array([[-1.0, -9.0], [2.0, 30.0]])
    lists = [np.array([0, 1]), np.array([1, 0])]
    problem = problem_of_lists(lists, profits, np.ones(2), TWO)
    assert line_profit(problem, (0, 1)) == 29.0
    assert line_profit(problem, (1,)) == 21.0


def test_a_ranking_ends_where_no_choice_is_better():
    problem = problem_of_orderings(
        np.array([[2, 0, 3, 1], [3, 0, 1, 2]]), np.array([5.0, 4.0, 3.0]), np.ones(2), TWO
    )
    assert problem.starts.tolist() == [0, 2]
    assert problem.listed.tolist() == [2, 0]


def test_kept_candidates_are_in_every_line_that_a_search_ends_at():
    random = np.random.default_rng(0)
    problem = problem_of_utilities(
        random.normal(size=(20, 10)), np.zeros(20), np.arange(10.0), np.ones(20),
        Rules(n_offers=3, kept=(0, 4)),
    )  # fmt: skip
    lines = [line for _, line in search_lines(problem, n_starts=5, n_kicks=2)]
    assert all({0, 4} <= set(line) and len(line) <= 3 for line in lines)


def test_a_search_is_the_same_whatever_maps_its_blocks():
    random = np.random.default_rng(1)
    problem = problem_of_utilities(
        random.normal(size=(30, 40)), np.zeros(30), random.uniform(1, 9, 40), np.ones(30),
        Rules(n_offers=5),
    )  # fmt: skip
    backwards = search_lines(
        problem,
        n_starts=20,
        n_kicks=3,
        map_blocks=lambda work, blocks: [work(block) for block in blocks[::-1]][::-1],
    )
    assert backwards == search_lines(problem, n_starts=20, n_kicks=3)


def test_the_greedy_line_is_found_without_random_starts():
    """Candidate 1 earns 2 x 5; then 0 takes one of the two to 7: 12."""
    problem = problem_of_lists(
        [np.array([0, 1]), np.array([1])], np.array([7.0, 5.0]), np.ones(2), TWO
    )
    (best,) = search_lines(problem, n_starts=0)
    assert best.profit == pytest.approx(12.0)
    assert best.line == (0, 1)
