"""Laws of first-choice lines: profits, cuts, bounds and best lines agree with every line tried."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.definition.first_choice.best_line import LineSearch, best_first_choice_line
from counterflow.kernels.first_choice import line_profit, search_lines
from counterflow.kernels.first_choice_cuts import Boxes, lists_within, separate
from counterflow.solvers.growing_highs import GrowingHighs
from reference import first_choice as reference
from strategies.first_choice import peoples

CLOSE = 1e-5
"""Lines are proved best to a millionth of their profit, which is at most some hundred here."""


@given(peoples())
def test_a_line_earns_what_each_person_brings(people):
    problem = people.problem
    for line in people.lines:
        assert line_profit(problem, line) == pytest.approx(
            reference.line_profit(problem, line), abs=1e-9
        )


@given(peoples())
def test_lists_without_what_cannot_matter_have_the_same_best_line(people):
    problem = people.problem
    offered = [line for line in people.lines if problem.is_allowed[list(line)].all()]
    best = max(reference.line_profit(problem, line) for line in offered)
    assert best == pytest.approx(people.best_profit, abs=1e-9)
    line = max(offered, key=lambda line: reference.line_profit(problem, line))
    assert reference.profit_of_utilities(people, line) == pytest.approx(best, abs=1e-9)


@given(peoples())
def test_a_search_ends_at_a_line_that_no_exchange_improves(people):
    problem = people.problem
    allowed = [line for line in people.lines if problem.is_allowed[list(line)].all()]
    for profit, line in search_lines(problem, n_starts=2, n_kicks=1):
        assert line in allowed
        assert profit == pytest.approx(reference.line_profit(problem, line), abs=1e-9)
        near = [other for other in allowed if len(set(other) ^ set(line)) <= 1]
        assert profit >= max(reference.line_profit(problem, other) for other in near) - 1e-6


@settings(max_examples=200)
@given(peoples())
def test_every_bound_holds_for_every_line_and_the_last_is_met(people):
    told = []
    found = best_first_choice_line(
        people.problem,
        GrowingHighs,
        LineSearch(n_starts=0, n_kicks=0),
        on_progress=lambda line, profit, bound: told.append((profit, bound)),
    )
    best = people.best_profit
    assert found.status == "optimal"
    assert found.profit == pytest.approx(best, abs=CLOSE)
    assert reference.profit_of_utilities(people, found.line) == pytest.approx(best, abs=CLOSE)
    for profit, bound in [*told, (found.profit, found.bound)]:
        assert profit <= best + 1e-9
        assert bound >= best - 1e-9


@settings(max_examples=100)
@given(peoples(), st.data())
def test_no_line_of_a_part_breaks_a_cut(people, data):
    problem = people.problem
    boxes = data.draw(parts_of(problem))
    n = len(problem.group)
    x = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
    cuts = _cuts_at(problem, boxes, np.where(boxes.of >= 0, x, 0.0))
    for offered in _lines_of(problem, boxes):
        assert (_brought(problem, offered)[cuts.person] <= _limits(cuts, offered) + CLOSE).all()


@settings(max_examples=50)
@given(peoples(), st.data())
def test_cuts_made_at_a_line_say_what_it_brings(people, data):
    problem = people.problem
    boxes = data.draw(parts_of(problem))
    for offered in _lines_of(problem, boxes):
        cuts = _cuts_at(problem, boxes, offered)
        limits = _limits(cuts, offered)
        assert limits == pytest.approx(_brought(problem, offered)[cuts.person], abs=CLOSE)


@st.composite
def parts_of(draw, problem):
    """Draw up to two boxes of allowed candidates, with counts that they can meet."""
    n = len(problem.group)
    box = np.array(draw(st.lists(st.integers(-1, 1), min_size=n, max_size=n)))
    box[~problem.is_allowed] = -1
    sizes = np.bincount(box[box >= 0], minlength=2)
    box = np.where(box >= 0, (np.cumsum(sizes > 0) - 1)[box], -1)
    counts = [draw(st.integers(1, size)) for size in sizes[sizes > 0].tolist()]
    exact = [draw(st.booleans()) for _ in counts]
    return Boxes(box, np.array(counts, np.int64), np.array(exact, bool))


def _cuts_at(problem, boxes, x):
    theta = np.full(problem.n_people, 1e6)
    lists = lists_within(problem, boxes)
    return separate(lists, boxes, problem.group, x, at=x, theta=theta, least=0.0)


def _limits(cuts, offered):
    slopes = np.bincount(
        cuts.rows, weights=cuts.values * offered[cuts.columns], minlength=len(cuts.person)
    )
    return cuts.constants + slopes


def _lines_of(problem, boxes):
    n = len(problem.group)
    for line in reference.every_line(
        n_candidates=n, n_offers=n, group=problem.group, kept=(), forbidden=()
    ):
        offered = np.zeros(n)
        offered[list(line)] = 1.0
        if (boxes.of[list(line)] < 0).any():
            continue
        counts = np.bincount(boxes.of[list(line)], minlength=len(boxes.counts))
        if ((counts == boxes.counts) | (~boxes.is_exact & (counts < boxes.counts))).all():
            yield offered


def _brought(problem, offered):
    brought = np.zeros(problem.n_people)
    for n in range(problem.n_people):
        for e in range(problem.starts[n], problem.starts[n + 1]):
            if offered[problem.listed[e]]:
                brought[n] = problem.profits[e]
                break
    return brought
