"""The search: every line where they are few, and no worse where they are many."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.definition.search import N_RUNNERS_UP, random_line, search_line
from counterflow.domain.deadline import Deadline
from counterflow.domain.settings import Search
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from reference import line_search as reference
from strategies.line_problems import line_problems


def settings_for(problem, *, exhaustive_up_to: int) -> Search:
    return Search.model_validate(
        {
            "n_offers": problem.n_offers,
            "objective": "profit",
            "prices": [{"least": 1.0, "most": 2.0, "step": 1.0}],
            "n_restarts": 3,
            "n_buyers": 100,
            "exhaustive_up_to": exhaustive_up_to,
        }
    )


def found_by(problem, *, exhaustive_up_to: int, **options):
    search = settings_for(problem, exhaustive_up_to=exhaustive_up_to)
    return search_line(problem, search, seed=1, **options)


@given(line_problems())
def test_trying_every_line_finds_the_best(problem):
    found = found_by(problem, exhaustive_up_to=10**6)
    assert found.best.profit == pytest.approx(reference.best_profit(problem), rel=1e-9, abs=1e-9)
    assert (found.status, found.bound, found.n_starts) == ("optimal", found.best.profit, 0)


@given(line_problems())
def test_the_local_search_ends_at_the_best_line_of_a_small_problem_and_proves_it(problem):
    found = found_by(problem, exhaustive_up_to=0)
    best = reference.best_profit(problem)
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.best.profit == pytest.approx(best, abs=near)
    assert found.status == "optimal"
    assert best - near <= found.bound <= best + near
    assert 1 <= found.n_starts_at_best <= found.n_starts == 4


@given(line_problems(), st.sampled_from([0, 10**6]))
def test_runners_up_are_worse_lines_of_other_configurations(problem, exhaustive_up_to):
    found = found_by(problem, exhaustive_up_to=exhaustive_up_to)
    lines = [found.best, *found.runners_up]
    groups = [frozenset(problem.group[list(valued.line)].tolist()) for valued in lines]
    assert len(set(groups)) == len(groups) <= N_RUNNERS_UP + 1
    profits = [valued.profit for valued in lines]
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(profits[0]))
    assert all(after <= before + near for before, after in itertools.pairwise(profits))


@given(line_problems(), st.sampled_from([0, 10**6]))
def test_threads_change_nothing(problem, exhaustive_up_to):
    with ThreadPoolExecutor(4) as pool:
        together = found_by(problem, exhaustive_up_to=exhaustive_up_to, map_blocks=pool.map)
    assert together == found_by(problem, exhaustive_up_to=exhaustive_up_to)


@given(line_problems(), st.integers(0, 9), st.integers(0, 99))
def test_a_random_start_is_a_line_with_as_many_offers_as_there_may_be(problem, seed, restart):
    line = random_line(problem, seed=seed, restart=restart)
    groups = problem.group[list(line)].tolist()
    assert len(set(groups)) == len(groups)
    assert len(line) == min(problem.n_offers, len(set(problem.group.tolist())))


@given(line_problems())
def test_progress_never_goes_back(problem):
    told = []
    found_by(problem, exhaustive_up_to=0, report=lambda done, _: told.append(done))
    assert told == sorted(told)
    assert 0.0 <= told[0] <= told[-1] <= 1.0


@given(line_problems(), st.sampled_from([0, 10**6]))
def test_without_time_there_is_still_a_line_and_what_none_exceeds(problem, exhaustive_up_to):
    found = found_by(problem, exhaustive_up_to=exhaustive_up_to, deadline=Deadline.after(0.0))
    best = reference.best_profit(problem)
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.n_starts == 1
    assert found.best.profit <= best + near
    assert found.bound >= best - near
