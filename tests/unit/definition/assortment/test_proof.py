"""Assortments with proof: no line exceeds the bound, and it closes on the best."""

import math
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counterflow.definition.assortment.best_assortment import best_assortment
from counterflow.definition.assortment.kinds import best_of_kinds, kinds_of
from counterflow.definition.assortment.partial_line import (
    leaving,
    preferred_pairs,
    taking,
    whole_space,
)
from counterflow.definition.assortment.proof import prove_line
from counterflow.definition.assortment.relaxation import relaxation
from counterflow.kernels.line_bound import PROOF_TOLERANCE
from counterflow.kernels.line_search import LineProblem, ValuedLine, is_allowed
from counterflow.solvers.highs_relaxation import relax_with_highs
from reference import line_search as reference
from strategies.line_problems import line_problems

small = line_problems(most_candidates=7, most_offers=7, with_conditions=True)


def _free_problem(n: int, m: int, seed: int, **other) -> LineProblem:
    random = np.random.default_rng(seed)
    odds = np.exp(1.5 * random.normal(size=(m, n))).astype(np.float32)
    margins = np.sort(random.random(n).astype(np.float32))[::-1]
    return LineProblem(
        **{
            "odds": odds,
            "earnings": odds * margins,
            "weights": np.full(m, 1.0 / m),
            "group": np.arange(n),
            "fixed_per_offer": 0.0,
            "fees": np.zeros(0),
            "uses": np.zeros((n, 0), dtype=bool),
            "n_offers": n,
            **other,
        }
    )


@settings(max_examples=150, deadline=None)
@given(small)
def test_the_proof_ends_at_the_best_line_under_all_conditions(problem):
    lines = reference.every_line(problem)
    found = prove_line(problem, ValuedLine(-math.inf, ()), relax=relax_with_highs)
    if not lines:
        assert found.best == ValuedLine(-math.inf, ())
        return
    best = reference.best_profit(problem)
    near = 2.0 * PROOF_TOLERANCE * (1.0 + abs(best))
    assert found.best.profit == pytest.approx(best, abs=near)
    assert is_allowed(problem, found.best.line)
    assert best - near <= found.bound <= best + near


@settings(max_examples=150, deadline=None)
@given(small, st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=3))
def test_no_line_that_completes_a_partial_one_exceeds_its_relaxation(problem, steps):
    preferred = preferred_pairs(problem)[:0]
    lines = reference.every_line(problem)
    partial = whole_space(problem, preferred)
    for candidate, is_taken in steps:
        if partial is not None and candidate < len(problem.group) and partial.is_open[candidate]:
            part = taking if is_taken else leaving
            partial = part(problem, preferred, partial, candidate)
            lines = [line for line in lines if (candidate in line) == is_taken]
    if partial is None:
        assert not lines
        return
    lines = [line for line in lines if _completes(line, partial)]
    assume(partial.is_open.any() and lines)
    likely = np.zeros(len(problem.group))
    likely[list(lines[0])] = 1.0
    made = relaxation(problem, partial, preferred, likely)
    bound = relax_with_highs(made.programme).bound * made.scale + made.constant
    for line in lines:
        profit = reference.line_profit(problem, line)
        assert profit <= bound + 1e-6 * (1.0 + abs(profit))


def _completes(line, partial) -> bool:
    return set(partial.taken) <= set(line) <= {*partial.taken, *np.flatnonzero(partial.is_open)}


@settings(max_examples=50, deadline=None)
@given(line_problems(most_candidates=7, most_offers=7), st.integers(1, 3))
def test_some_best_line_keeps_to_the_preferred_pairs(problem, n_kinds):
    kind = np.arange(len(problem.group)) % n_kinds
    odds = problem.odds[:, np.minimum(kind, problem.odds.shape[1] - 1)]
    margins = np.linspace(3.0, 1.0, len(kind), dtype=np.float32)
    alike = problem._replace(
        odds=odds,
        earnings=odds * margins,
        group=np.arange(len(kind)),
        uses=np.zeros_like(problem.uses),
    )
    best = best_of_kinds(alike, kinds_of(alike, preferred_pairs(alike)))
    assert best.profit == pytest.approx(reference.best_profit(alike), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seconds", [math.inf, 0.0])
def test_an_assortment_has_a_bound_also_when_time_is_up(seconds):
    problem = _free_problem(30, 4, seed=1)
    told = []
    found = best_assortment(
        problem,
        relax=relax_with_highs,
        seed=1,
        seconds=seconds,
        on_progress=lambda best, bound: told.append((best.profit, bound)),
    )
    best = prove_line(problem, found.best, relax=relax_with_highs).best
    assert found.bound >= best.profit
    assert [profit for profit, _ in told] == sorted(profit for profit, _ in told)
    bounds = [bound for _, bound in told]
    assert bounds == sorted(bounds, reverse=True)
    if seconds == math.inf:
        assert found.bound <= found.best.profit * (1.0 + PROOF_TOLERANCE)


def test_the_limit_of_time_is_kept():
    problem = _free_problem(60, 20, seed=2)
    started = time.monotonic()
    found = best_assortment(problem, relax=relax_with_highs, seed=1, seconds=0.5)
    # A second of grace, and as much for a machine that does something else as well.
    assert time.monotonic() - started < 0.5 + 2.0
    assert found.best.profit <= found.bound


def test_threads_change_nothing():
    problem = _free_problem(25, 5, seed=3, n_offers=6, fixed_per_offer=0.01)
    alone = best_assortment(problem, relax=relax_with_highs, seed=1)
    with ThreadPoolExecutor(4) as pool:
        together = best_assortment(problem, relax=relax_with_highs, seed=1, map_blocks=pool.map)
    assert together == alone


def test_a_line_of_equal_margins_is_proved_best_at_the_root():
    """Share: with one margin for all, what is sold is concave in the odds, and all are offered."""
    problem = _free_problem(12, 3, seed=4)
    problem = problem._replace(earnings=2.0 * problem.odds)
    found = best_assortment(problem, relax=relax_with_highs, seed=1)
    sold = problem.odds.sum(axis=1) / (1.0 + problem.odds.sum(axis=1))
    assert found.best.line == tuple(range(12))
    assert found.bound == pytest.approx(2.0 * sold.mean(), rel=1e-6)


@pytest.mark.parametrize("n_offers", [2, 5])
def test_the_largest_share_of_a_few_offers_is_proved(n_offers):
    problem = _free_problem(15, 4, seed=5, n_offers=n_offers)
    problem = problem._replace(earnings=problem.odds)
    found = best_assortment(problem, relax=relax_with_highs, seed=1)
    assert found.best.profit == pytest.approx(reference.best_profit(problem), rel=1e-6)
    assert found.bound == pytest.approx(found.best.profit, rel=2 * PROOF_TOLERANCE)


def test_one_kind_of_people_buys_best_from_the_best_earners():
    """The optimum of one multinomial logit is revenue-ordered (Talluri and van Ryzin 2004)."""
    problem = _free_problem(20, 1, seed=6)
    found = best_assortment(problem, relax=relax_with_highs, seed=1)
    assert found.best.line == tuple(range(len(found.best.line)))
    margins = problem.earnings[0] / problem.odds[0]
    n = len(found.best.line)
    # The best assortment has exactly the products that earn more than the assortment does.
    assert margins[n - 1] >= found.best.profit >= margins[n]
