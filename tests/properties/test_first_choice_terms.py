"""Laws of first-choice lines with shared fees, rules and further costs: all lines tried agree."""

import zlib
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.kernels.first_choice import (
    Rules,
    line_profit,
    problem_of_utilities,
    profits_with,
    search_lines,
)
from counterflow.solvers.growing_highs import GrowingHighs
from reference import first_choice as reference
from strategies.first_choice import People, peoples

CLOSE = 1e-5


class WithFees(NamedTuple):
    people: People
    fees: np.ndarray
    uses: np.ndarray

    def problem_and_lines(self):
        problem = self.people.problem._replace(fees=self.fees, uses=self.uses)
        lines = [line for line in self.people.lines if problem.is_allowed[list(line)].all()]
        return problem, lines


@st.composite
def with_fees(draw):
    people = draw(peoples(most_candidates=6))
    n, n_fees = len(people.group), draw(st.integers(1, 3))
    fees = draw(hnp.arrays(np.float64, n_fees, elements=st.integers(0, 12)))
    return WithFees(people, fees, draw(hnp.arrays(np.bool_, (n, n_fees))))


def by_hand(problem, line):
    fees = problem.fees[problem.uses[list(line)].any(axis=0)].sum()
    return reference.line_profit(problem, line) - fees


@given(with_fees())
def test_a_fee_is_paid_once_by_all_that_use_it(drawn):
    problem, lines = drawn.problem_and_lines()
    for line in lines:
        assert line_profit(problem, line) == pytest.approx(by_hand(problem, line), abs=1e-9)
        for c, profit in enumerate(profits_with(problem, line)):
            longer = tuple(sorted((*line, c)))
            if np.isfinite(profit):
                assert profit == pytest.approx(by_hand(problem, longer), abs=1e-9)


@given(with_fees())
def test_a_search_knows_the_fees_that_are_paid_already(drawn):
    problem, lines = drawn.problem_and_lines()
    for profit, line in search_lines(problem, n_starts=2):
        assert profit == pytest.approx(by_hand(problem, line), abs=1e-9)
        near = [other for other in lines if len(set(other) ^ set(line)) <= 1]
        assert profit >= max(by_hand(problem, other) for other in near) - 1e-6


@settings(max_examples=100)
@given(with_fees())
def test_the_best_line_with_fees_is_that_of_all_lines(drawn):
    problem, lines = drawn.problem_and_lines()
    found = best_first_choice_line(problem, GrowingHighs, LineSearch(n_starts=0))
    best = max(by_hand(problem, line) for line in lines)
    assert found.status == "optimal"
    assert found.profit == pytest.approx(best, abs=CLOSE)
    assert found.bound >= best - 1e-9


@settings(max_examples=100)
@given(with_fees(), st.integers(0, 2**16))
def test_rules_and_costs_that_the_problem_leaves_out_are_heeded(drawn, salt):
    """Two lines of three may be, and each costs up to 3 more: both as a checksum says."""
    problem, lines = drawn.problem_and_lines()

    def worth(line, profit):
        number = zlib.crc32(repr((salt, line)).encode())
        return None if number % 3 == 0 or not line else profit - number % 7 / 2.0

    values = {line: worth(line, by_hand(problem, line)) for line in lines}
    allowed = {line: value for line, value in values.items() if value is not None}
    assume(allowed)
    told = []
    found = best_first_choice_line(
        problem,
        GrowingHighs,
        worth=worth,
        starts=[min(allowed)],
        on_progress=lambda line, profit, bound: told.append((profit, bound)),
    )
    best = max(allowed.values())
    assert found.status == "optimal"
    assert found.line in allowed
    assert found.profit == pytest.approx(allowed[found.line], abs=CLOSE)
    assert found.profit == pytest.approx(best, abs=CLOSE)
    for profit, bound in [*told, (found.profit, found.bound)]:
        assert profit <= best + CLOSE
        assert bound >= best - CLOSE


def test_a_search_under_rules_needs_a_line_that_they_allow():
    one = np.ones((1, 1))
    problem = problem_of_utilities(one, np.zeros(1), one, np.ones(1), Rules(n_offers=1))
    with pytest.raises(ValueError, match="needs a start that may be a line"):
        best_first_choice_line(problem, GrowingHighs, worth=lambda *_: None, starts=[(0,)])
