"""Ends of the search for the best first-choice line: proof, gap, time, interrupt, and refusals."""

import time

import numpy as np
import pytest

from benchmarks.first_choice_instances import replica
from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.domain.errors import InputError
from counterflow.kernels.first_choice import Rules, line_profit, problem_of_utilities
from counterflow.runners.threads import ThreadRunner
from counterflow.solvers.growing_highs import GrowingHighs


def _people(n_people=60, n_candidates=60, *, seed=0, **rules):
    random = np.random.default_rng(seed)
    return problem_of_utilities(
        random.normal(size=(n_people, n_candidates)),
        np.zeros(n_people),
        random.uniform(10.0, 100.0, n_candidates),
        np.ones(n_people),
        Rules(**{"n_offers": 4, **rules}),
    )


def test_two_people_who_like_different_things_are_offered_both():
    """Each brings 5; one offer alone would bring 5 in all, and each costs 1: 2 x (5 - 1) = 8."""
    utilities = np.array([[1.0, -1.0], [-1.0, 1.0]])
    rules = Rules(n_offers=2, fixed_costs=1.0)
    problem = problem_of_utilities(utilities, np.zeros(2), np.full(2, 5.0), np.ones(2), rules)
    found = best_first_choice_line(problem, GrowingHighs)
    assert (found.line, found.profit, found.status) == ((0, 1), pytest.approx(8.0), "optimal")


def test_nothing_is_offered_where_everything_loses():
    rules = Rules(n_offers=1, fixed_costs=100.0)
    problem = problem_of_utilities(np.ones((1, 2)), np.zeros(1), np.ones(2), np.ones(1), rules)
    found = best_first_choice_line(problem, GrowingHighs)
    assert (found.line, found.profit, found.status) == ((), 0.0, "optimal")


def test_people_whom_no_candidate_pleases_bring_nothing():
    problem = problem_of_utilities(
        np.zeros((2, 3)), np.ones(2), np.ones(3), np.ones(2), Rules(n_offers=2)
    )
    found = best_first_choice_line(problem, GrowingHighs)
    assert (found.line, found.profit, found.bound) == ((), 0.0, 0.0)


def test_the_line_is_the_same_on_any_number_of_threads():
    one, two = (
        best_first_choice_line(_people(), GrowingHighs, map_blocks=ThreadRunner(n).map)
        for n in (1, 2)
    )
    assert (one.line, one.bound, one.n_parts) == (two.line, two.bound, two.n_parts)


def test_the_profit_told_is_that_of_the_line():
    problem = _people(seed=1)
    found = best_first_choice_line(problem, GrowingHighs)
    assert found.profit == pytest.approx(line_profit(problem, found.line), rel=1e-12)


def test_bounds_fall_and_profits_rise_as_the_search_goes_on():
    told = []
    best_first_choice_line(
        _people(seed=2),
        GrowingHighs,
        LineSearch(n_starts=0, n_kicks=0),
        on_progress=lambda line, profit, bound: told.append((profit, bound)),
    )
    profits, bounds = zip(*told, strict=True)
    assert list(profits) == sorted(profits)
    assert list(bounds) == sorted(bounds, reverse=True)


def test_a_gap_that_is_asked_for_ends_the_search():
    found = best_first_choice_line(_people(n_people=100), GrowingHighs, LineSearch(gap=0.05))
    assert found.status in ("within_gap", "optimal")
    assert found.gap <= 0.05


def test_the_time_limit_is_honoured_within_a_second_with_line_and_bound():
    problem = replica(0, n_offers=5, outside="rivals")
    best_first_choice_line(problem, GrowingHighs, LineSearch(time_limit_s=0.1, n_starts=0))
    started = time.thread_time()
    found = best_first_choice_line(problem, GrowingHighs, LineSearch(time_limit_s=2.0, n_starts=0))
    assert time.thread_time() - started < 3.0
    assert found.status == "time_limit"
    assert 0.0 < found.profit < found.bound


def test_an_interrupt_returns_the_line_and_the_bound_so_far():
    def interrupt(line, profit, bound):
        raise KeyboardInterrupt

    problem = _people(n_people=100, seed=3)
    found = best_first_choice_line(problem, GrowingHighs, on_progress=interrupt)
    whole = best_first_choice_line(problem, GrowingHighs)
    assert found.status == "interrupted"
    assert found.profit <= whole.profit <= found.bound


def test_kept_candidates_beyond_the_line_or_of_one_group_are_refused_together():
    problem = _people(n_offers=2, kept=(0, 1, 2), group=np.repeat(np.arange(30), 2))
    with pytest.raises(InputError) as refused:
        best_first_choice_line(problem, GrowingHighs)
    assert len(refused.value.problems) == 2
