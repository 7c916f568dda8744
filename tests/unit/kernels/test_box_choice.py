"""The choice from boxes: the best of all choices that meet what is asked, by trying each."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.box_choice import Boxes, asked_of, choose, excluded
from counterflow.kernels.line_search import LineProblem, is_allowed
from strategies.line_problems import line_problems


@st.composite
def boxes_of(draw: st.DrawFn, n_candidates: int) -> Boxes:
    """Return one to three runs of candidates, apart from one another, and how many of each."""
    n_boxes = draw(st.integers(1, min(3, n_candidates)))
    ends = draw(
        st.lists(st.integers(1, n_candidates), min_size=n_boxes, max_size=n_boxes, unique=True).map(
            sorted
        )
    )
    low, high = np.array([0, *ends[:-1]]), np.array(ends)
    counts = tuple(draw(st.integers(1, min(2, int(size)))) for size in high - low)
    return Boxes(low, high, counts)


def _choices(problem, boxes):
    """Yield each choice that takes one of a group at most in each box."""
    from_boxes = [
        [
            members
            for members in itertools.combinations(range(low, high), count)
            if len(set(problem.group[list(members)].tolist())) == count
        ]
        for low, high, count in zip(boxes.low, boxes.high, boxes.counts, strict=True)
    ]
    for parts in itertools.product(*from_boxes):
        yield tuple(itertools.chain(*parts))


@given(line_problems(with_conditions=True), st.data())
def test_a_choice_scores_as_much_as_any_with_one_of_each_needed_set(problem, data):
    n = len(problem.group)
    boxes = data.draw(boxes_of(n))
    scores = np.random.default_rng(data.draw(st.integers(0, 99))).integers(-4, 5, n).astype(float)
    asked = asked_of(problem)
    without = excluded(asked, boxes)
    out = np.zeros(n, dtype=bool) if without is None else without
    best = max(
        (
            scores[list(line)].sum()
            for line in _choices(problem, boxes)
            if not out[list(line)].any()
            and all(need[list(line)].any() for need in problem.needs if problem.needs.size)
        ),
        default=None,
    )
    found = choose(scores, asked, boxes, without)
    assert (found is None) == (best is None)
    if found is not None:
        assert found.score == pytest.approx(best)
        assert tuple(sorted(found.line)) in set(_choices(problem, boxes))
        low, high = boxes.low[list(found.boxes)], boxes.high[list(found.boxes)]
        assert ((low <= found.line) & (found.line < high)).all()


@given(line_problems(with_conditions=True), st.data())
def test_what_is_excluded_is_in_no_allowed_line_of_the_boxes(problem, data):
    boxes = data.draw(boxes_of(len(problem.group)))
    out = excluded(asked_of(problem), boxes)
    wide = problem._replace(n_offers=len(problem.group))
    for line in _choices(problem, boxes):
        if out is not None and is_allowed(wide, line):
            assert not out[list(line)].any()


def test_needs_beyond_the_fourth_are_left_out_of_a_choice():
    nothing = np.zeros((1, 6), np.float32)
    problem = LineProblem(
        *(nothing, nothing, np.ones(1), np.arange(6), 0.0, np.zeros(0), np.zeros((6, 0), bool)),
        n_offers=5,
        needs=np.eye(5, 6, dtype=bool),
    )
    found = choose(np.arange(6.0), asked_of(problem), Boxes(np.array([0]), np.array([6]), (5,)))
    assert found is not None
    assert set(found.line) == {0, 1, 2, 3, 5}
