"""The bound on lines: no line ever exceeds it, and it closes on the best."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.kernels.line_bound import MOST_LISTED, PROOF_TOLERANCE, bound_lines
from counterflow.kernels.line_search import (
    LineProblem,
    ValuedLine,
    line_profit,
    local_search,
)
from reference import line_search as reference
from strategies.line_problems import line_problems

LISTED = st.sampled_from([0, 3, MOST_LISTED])
"""Small problems are listed at once if they may be: then there is nothing to split."""


def _worst_line(problem):
    return min(
        ValuedLine(reference.line_profit(problem, line), line)
        for line in reference.every_line(problem)
    )


@settings(max_examples=300)
@given(line_problems(), st.integers(1, 40), LISTED)
def test_no_line_exceeds_the_bound_however_early_it_stops(problem, most_nodes, listed):
    found = bound_lines(problem, _worst_line(problem), most_nodes=most_nodes, most_listed=listed)
    best = reference.best_profit(problem)
    assert found.bound >= best - 1e-9 * (1.0 + abs(best))
    assert found.bound >= found.best.profit


@settings(max_examples=100)
@given(line_problems(with_conditions=True), st.integers(1, 40), LISTED)
def test_no_allowed_line_exceeds_the_bound_and_none_other_is_returned(problem, most_nodes, listed):
    lines = reference.every_line(problem)
    start = local_search(problem, lines[0] if lines else ())
    told = []
    found = bound_lines(
        problem,
        start,
        most_nodes=most_nodes,
        most_listed=listed,
        on_progress=lambda best, bound: told.append((best.profit, bound)),
    )
    assert not lines or found.best.line in lines
    for line in lines:
        profit = reference.line_profit(problem, line)
        assert profit <= found.bound + 1e-9 * (1.0 + abs(profit))
    assert all(profit <= bound for profit, bound in told)


@settings(max_examples=100)
@given(line_problems(with_conditions=True), LISTED)
def test_branch_and_bound_ends_at_the_best_line_that_is_allowed(problem, listed):
    lines = reference.every_line(problem)
    worst = min(
        (ValuedLine(reference.line_profit(problem, line), line) for line in lines),
        default=ValuedLine(-np.inf, ()),
    )
    found = bound_lines(problem, worst, most_nodes=100_000, most_listed=listed)
    best = reference.best_profit(problem) if lines else -np.inf
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best)) if lines else 0.0
    assert found.best.profit == pytest.approx(best, abs=near)
    assert found.bound == pytest.approx(best, abs=near)


def test_a_bound_without_time_is_the_first_one():
    problem = _crowd()
    start = local_search(problem, ())
    at_once = bound_lines(problem, start, most_nodes=10_000, seconds=0.0)
    assert at_once.n_nodes == problem.n_offers
    assert at_once.bound >= bound_lines(problem, start, most_nodes=200).bound


@settings(max_examples=200)
@given(line_problems(), LISTED)
def test_branch_and_bound_ends_at_the_best_line(problem, listed):
    found = bound_lines(problem, _worst_line(problem), most_nodes=100_000, most_listed=listed)
    best = reference.best_profit(problem)
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.best.profit == pytest.approx(best, abs=near)
    assert found.bound == pytest.approx(best, abs=near)
    assert line_profit(problem, found.best.line) == pytest.approx(found.best.profit, rel=1e-12)


@given(line_problems(), st.integers(1, 20), st.integers(1, 60))
def test_more_nodes_never_loosen_the_bound(problem, few, more):
    start = _worst_line(problem)
    loose = bound_lines(problem, start, most_nodes=few, most_listed=0).bound
    tight = bound_lines(problem, start, most_nodes=few + more, most_listed=0).bound
    assert tight <= loose + 1e-9 * (1.0 + abs(loose))


def test_threads_change_neither_bound_nor_line():
    problem = _crowd()
    start = local_search(problem, ())
    alone = bound_lines(problem, start, most_nodes=200)
    with ThreadPoolExecutor(4) as pool:
        together = bound_lines(problem, start, most_nodes=200, map_blocks=pool.map)
    assert together == alone


def test_the_best_of_many_lines_is_proved_with_few_nodes():
    problem = _crowd()
    found = bound_lines(problem, local_search(problem, ()), most_nodes=1_000)
    assert found.bound <= found.best.profit * (1.0 + PROOF_TOLERANCE)
    assert found.n_nodes < 50


def test_little_work_gives_a_bound_that_more_work_lowers():
    problem = _crowd()
    start = local_search(problem, ())
    little = bound_lines(problem, start, most_nodes=1_000, most_work=1.0, most_listed=0)
    more = bound_lines(problem, start, most_nodes=1_000, most_listed=0)
    assert little.n_nodes == problem.n_offers
    assert more.bound < little.bound


def _crowd() -> LineProblem:
    random = np.random.default_rng(4)
    odds = np.exp(2.0 * random.normal(size=(300, 60))).astype(np.float32)
    return LineProblem(
        odds=odds,
        earnings=odds * random.random(60).astype(np.float32),
        weights=np.ones(300),
        group=np.arange(60) // 4,
        fixed_per_offer=1.0,
        fees=np.array([2.0]),
        uses=random.random((60, 1)) < 0.3,
        n_offers=3,
    )
