"""The bound on lines: no line ever exceeds it, and it closes on the best."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.kernels.compiled.line_bound import majorise
from counterflow.kernels.line_bound import PROOF_TOLERANCE, bound_lines, pack, similar_boxes
from counterflow.kernels.line_search import (
    LineProblem,
    ValuedLine,
    line_profit,
    local_search,
)
from reference import line_search as reference
from strategies.line_problems import line_problems


def _worst_line(problem):
    return min(
        ValuedLine(reference.line_profit(problem, line), line)
        for line in reference.every_line(problem)
    )


@settings(max_examples=300)
@given(line_problems(), st.integers(1, 40))
def test_no_line_exceeds_the_bound_however_early_it_stops(problem, most_nodes):
    found = bound_lines(problem, _worst_line(problem), most_nodes=most_nodes)
    best = reference.best_profit(problem)
    assert found.bound >= best - 1e-9 * (1.0 + abs(best))
    assert found.bound >= found.best.profit


@settings(max_examples=100)
@given(line_problems(with_conditions=True), st.integers(1, 40))
def test_no_allowed_line_exceeds_the_bound_and_none_other_is_returned(problem, most_nodes):
    lines = reference.every_line(problem)
    start = local_search(problem, lines[0] if lines else ())
    told = []
    found = bound_lines(
        problem,
        start,
        most_nodes=most_nodes,
        on_progress=lambda best, bound: told.append((best.profit, bound)),
    )
    assert not lines or found.best.line in lines
    for line in lines:
        profit = reference.line_profit(problem, line)
        assert profit <= found.bound + 1e-9 * (1.0 + abs(profit))
    assert all(profit <= bound for profit, bound in told)


@settings(max_examples=100)
@given(line_problems(with_conditions=True))
def test_branch_and_bound_ends_at_the_best_line_that_is_allowed(problem):
    lines = reference.every_line(problem)
    worst = min(
        (ValuedLine(reference.line_profit(problem, line), line) for line in lines),
        default=ValuedLine(-np.inf, ()),
    )
    found = bound_lines(problem, worst, most_nodes=100_000)
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
@given(line_problems())
def test_branch_and_bound_ends_at_the_best_line(problem):
    found = bound_lines(problem, _worst_line(problem), most_nodes=100_000)
    best = reference.best_profit(problem)
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.best.profit == pytest.approx(best, abs=near)
    assert found.bound == pytest.approx(best, abs=near)
    assert line_profit(problem, found.best.line) == found.best.profit


@given(line_problems(), st.integers(1, 20), st.integers(1, 60))
def test_more_nodes_never_loosen_the_bound(problem, few, more):
    start = _worst_line(problem)
    loose = bound_lines(problem, start, most_nodes=few).bound
    tight = bound_lines(problem, start, most_nodes=few + more).bound
    assert tight <= loose + 1e-9 * (1.0 + abs(loose))


@settings(max_examples=300)
@given(line_problems(), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_a_majorant_exceeds_what_every_line_of_its_boxes_contributes(problem, n_offers, seed):
    free = problem._replace(
        n_offers=n_offers, fixed_per_offer=0.0, fees=np.zeros(0), uses=problem.uses[:, :0]
    )
    lines = [line for line in reference.every_line(free) if len(line) == n_offers]
    if not lines:
        return
    tree = similar_boxes(free)
    packed = pack(free, tree)
    position = np.argsort(tree.order)
    random = np.random.default_rng(seed)
    references = position[np.array(lines)[random.integers(0, len(lines), 2)]]
    scores, spread = np.empty(len(free.group)), np.empty(1)
    constant = majorise(
        *(packed.pairs, packed.weights, tree.low[:1], tree.high[:1], np.array([n_offers])),
        *(references, np.zeros_like(references), scores, spread),
    )
    for line in lines:
        majorant = constant + scores[position[list(line)]].sum()
        contribution = reference.line_profit(free, line)
        assert majorant >= contribution - 1e-5 * (1.0 + abs(contribution))


@given(line_problems())
def test_the_tree_parts_all_candidates_down_to_single_ones(problem):
    tree = similar_boxes(problem)
    assert sorted(tree.order.tolist()) == list(range(len(problem.group)))
    for low, high, left, right in zip(*tree[1:], strict=True):
        if left < 0:
            assert high - low == 1
        else:
            assert (tree.low[left], tree.high[right]) == (low, high)
            assert tree.high[left] == tree.low[right]
            assert low < tree.high[left] < high


def test_threads_change_neither_bound_nor_line():
    problem = _crowd()
    start = local_search(problem, ())
    alone = bound_lines(problem, start, most_nodes=200)
    with ThreadPoolExecutor(4) as pool:
        together = bound_lines(problem, start, most_nodes=200, map_blocks=pool.map)
    assert together == alone


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
