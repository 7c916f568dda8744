"""Search over lines: values are those of the formula, and no neighbour is better."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lambertw

from counterflow.kernels.line_search import (
    LineProblem,
    best_lines,
    best_with_prefix,
    count_lines,
    is_allowed,
    line_profit,
    local_search,
    neighbours,
    prefixes,
    profits_with,
)
from reference import line_search as reference
from strategies.line_problems import line_problems


@given(line_problems(), st.randoms(use_true_random=False))
def test_the_profit_of_a_line_is_that_of_the_formula(problem, random):
    line = random.choice(reference.every_line(problem))
    assert line_profit(problem, line) == pytest.approx(
        reference.line_profit(problem, line), rel=1e-12, abs=1e-12
    )


@given(line_problems(), st.randoms(use_true_random=False))
def test_one_pass_values_the_line_with_each_candidate_added(problem, random):
    line = random.choice([(), *reference.every_line(problem)])
    first = random.randrange(len(problem.group))
    for c, profit in enumerate(profits_with(problem, line, first=first)):
        if c < first or problem.group[c] in problem.group[list(line)]:
            assert profit == -np.inf
        else:
            expected = reference.line_profit(problem, (*line, c))
            assert profit == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(max_examples=200)
@given(line_problems(with_conditions=True, most_offers=5), st.booleans())
def test_no_change_of_one_candidate_improves_the_line_that_local_search_returns(problem, last):
    lines = reference.every_line(problem)
    start = lines[-1] if last and lines else ()
    found = local_search(problem, start)
    if not found.line:
        # It may miss what is needed, but not from a line that has it.
        assert found.profit == -np.inf
        assert start == ()
        return
    assert found.line in lines
    assert found.profit == pytest.approx(line_profit(problem, found.line))
    better = found.profit + 1e-9 * (1.0 + abs(found.profit))
    for line in lines:
        if len(set(line) ^ set(found.line)) <= 1 or (
            len(line) == len(found.line) and len(set(line) - set(found.line)) == 1
        ):
            assert reference.line_profit(problem, line) <= better


@given(line_problems(with_conditions=True), st.randoms(use_true_random=False))
def test_a_line_is_allowed_if_it_meets_every_condition(problem, random):
    size = random.randint(1, min(3, len(problem.group)))
    line = tuple(sorted(random.sample(range(len(problem.group)), size)))
    expected = len(line) <= problem.n_offers and reference.is_allowed(problem, line)
    assert is_allowed(problem, line) == expected


@given(line_problems(with_conditions=True))
def test_trying_each_prefix_keeps_to_the_conditions(problem):
    found = [
        valued.line
        for prefix in prefixes(problem.group, problem.n_offers)
        for valued in best_with_prefix(problem, prefix, most=99)
    ]
    lines = reference.every_line(problem)
    assert set(found) <= set(lines)
    assert bool(found) == bool(lines)


@given(line_problems())
def test_every_line_is_a_prefix_and_one_candidate_exactly_once(problem):
    made = [
        (*prefix, c)
        for prefix in prefixes(problem.group, problem.n_offers)
        for c in range(prefix[-1] + 1 if prefix else 0, len(problem.group))
        if problem.group[c] not in problem.group[list(prefix)]
    ]
    assert sorted(made) == sorted(reference.every_line(problem))
    assert len(made) == count_lines(problem.group, problem.n_offers)


@given(line_problems())
def test_the_best_of_all_prefixes_is_the_best_line(problem):
    found = [
        valued
        for prefix in prefixes(problem.group, problem.n_offers)
        for valued in best_with_prefix(problem, prefix, most=3)
    ]
    best = best_lines(problem, found, most=3)
    assert best[0].profit == pytest.approx(reference.best_profit(problem), rel=1e-9, abs=1e-9)
    assert [valued.profit for valued in best] == sorted((v.profit for v in best), reverse=True)


@given(line_problems())
def test_best_lines_differ_in_their_groups_and_are_the_best_of_theirs(problem):
    found = [
        valued
        for prefix in prefixes(problem.group, problem.n_offers)
        for valued in best_with_prefix(problem, prefix, most=99)
    ]
    best = best_lines(problem, found, most=99)
    groups = [frozenset(problem.group[list(valued.line)].tolist()) for valued in best]
    assert len(set(groups)) == len(groups)
    assert set(groups) == {
        frozenset(problem.group[list(line)].tolist()) for line in reference.every_line(problem)
    }


@given(line_problems())
def test_neighbours_differ_by_one_candidate(problem):
    line = local_search(problem, ()).line
    for valued in neighbours(problem, line, most=5):
        gone, come = set(line) - set(valued.line), set(valued.line) - set(line)
        assert len(gone) <= 1
        assert len(come) <= 1
        assert valued.profit == pytest.approx(
            reference.line_profit(problem, valued.line), rel=1e-9, abs=1e-9
        )


@given(line_problems())
def test_more_offers_allowed_never_lower_the_best_profit(problem):
    more = problem._replace(n_offers=problem.n_offers + 1)
    assert reference.best_profit(more) >= reference.best_profit(problem)


def test_the_best_single_price_is_next_to_the_lambert_w_markup():
    """One segment, one product: p = c + (1 + W(exp(V - a c - 1) / v0)) / a.

    With odds o = exp(V - a p) / v0 the first-order condition p - c = 1 / (a (1 - share)) says
    a (p - c) = 1 + o, so o exp(o) = exp(V - a c - 1) / v0, and o is its Lambert W.
    """
    a, v, cost, outside = 0.5, 3.0, 2.0, 1.5
    best = cost + (1.0 + lambertw(np.exp(v - a * cost - 1.0) / outside).real) / a
    step = 0.01
    prices = np.arange(cost, 20.0, step)
    odds = np.exp(v - a * prices)[None].astype(np.float32) / outside
    problem = LineProblem(
        odds=odds.astype(np.float32),
        earnings=(odds * (prices - cost)).astype(np.float32),
        weights=np.ones(1),
        group=np.zeros(len(prices), dtype=int),
        fixed_per_offer=0.0,
        fees=np.zeros(0),
        uses=np.zeros((len(prices), 0), dtype=bool),
        n_offers=1,
    )
    (chosen,) = local_search(problem, ()).line
    # The profit is flat at its top, and single precision sees 1e-7 of it: two steps either way.
    assert abs(prices[chosen] - best) <= 2 * step
