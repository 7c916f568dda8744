"""Starts of a line search: lines that may stand, and the best of their ends."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.line_search import local_search, may_join
from counterflow.kernels.line_starts import best_earners, line_starts, search_from_starts
from strategies.line_problems import line_problems

problems = line_problems(with_conditions=True, most_offers=5)


@given(problems, st.integers(0, 5), st.integers(0, 99))
def test_no_end_of_any_start_is_better_than_what_is_returned(problem, n_random, seed):
    told = []
    found = search_from_starts(problem, n_random=n_random, seed=seed, on_line=told.append)
    ends = [
        local_search(problem, start) for start in line_starts(problem, n_random=n_random, seed=seed)
    ]
    assert found.profit == max(end.profit for end in ends)
    assert len(told) == len(ends)
    assert told[-1] == found
    assert [valued.profit for valued in told] == sorted(valued.profit for valued in told)


@given(problems)
def test_best_earners_may_stand_alone_and_earn_ever_less(problem):
    order = best_earners(problem)
    assert may_join(problem, ())[order].all()
    assert len(set(problem.group[order].tolist())) == len(order) <= problem.n_offers
    margins = (problem.weights @ problem.earnings)[order] / (problem.weights @ problem.odds)[order]
    assert (np.diff(margins) <= 1e-6 * (1.0 + np.abs(margins[1:]))).all()


@given(problems)
def test_the_first_start_alone_is_left_when_time_is_up(problem):
    found = search_from_starts(problem, n_random=9, seed=1, seconds=0.0)
    assert found.profit >= local_search(problem, ()).profit


@given(problems)
def test_threads_change_nothing(problem):
    with ThreadPoolExecutor(3) as pool:
        together = search_from_starts(problem, n_random=5, seed=1, map_blocks=pool.map)
    assert together == search_from_starts(problem, n_random=5, seed=1)
