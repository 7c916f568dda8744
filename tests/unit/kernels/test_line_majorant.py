"""The majorant: no line of a node contributes more than its scores sum to, whoever chose it."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counterflow.kernels.line_majorant import Tangent, contributions, members_of, pack
from counterflow.kernels.line_search import LineProblem
from reference import line_majorant as reference
from reference import line_search as enumerated
from strategies.line_problems import line_problems


@st.composite
def nodes(draw: st.DrawFn):
    """Return a problem without fixed costs, boxes and counts of a node, and a mean line of it."""
    problem = draw(line_problems(most_offers=3))
    free = problem._replace(fixed_per_offer=0.0, fees=np.zeros(0), uses=problem.uses[:, :0])
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = len(free.group)
    box = random.integers(0, draw(st.integers(1, 3)), n)
    runs = [np.flatnonzero(box == b) for b in np.unique(box)]
    counts = tuple(
        int(random.integers(1, min(2, len(np.unique(free.group[run]))) + 1)) for run in runs
    )
    mean = np.zeros(n)
    for run, count in zip(runs, counts, strict=True):
        for _ in range(draw(st.integers(1, 3))):
            mean[random.choice(run, count, replace=False)] += 1.0
        mean[run] *= count / mean[run].sum()
    return free, runs, counts, mean


def _with_members(problem, runs, counts, mean):
    return problem, members_of(problem.group, runs, counts), mean


def _lines(problem, members):
    parts = [
        itertools.combinations(run.tolist(), count)
        for run, count in zip(members.runs, members.counts, strict=True)
    ]
    for chosen in itertools.product(*parts):
        line = tuple(itertools.chain(*chosen))
        if len({problem.group[i] for i in line}) == len(line):
            yield line


@settings(max_examples=500)
@given(nodes(), st.integers(0, 30), st.integers(1, 3))
def test_no_line_contributes_more_than_its_scores(node, steps, rounds):
    problem, members, mean = _with_members(*node)
    tangent = Tangent(pack(problem, np.arange(len(problem.group))), members)
    for _ in range(rounds):
        majorant = tangent.at(mean, steps=steps)
        for line in _lines(problem, members):
            contribution = enumerated.line_profit(problem, line)
            most = majorant.constant + majorant.scores[list(line)].sum()
            assert most >= contribution - 1e-9 * abs(contribution)


@settings(max_examples=200)
@given(nodes(), st.integers(0, 30))
def test_scores_are_those_of_the_formula(node, steps):
    problem, members, mean = _with_members(*node)
    assume(problem.odds.max() < 1e6 and problem.odds.min() > 1e-6)
    tangent = Tangent(pack(problem, np.arange(len(problem.group))), members)
    majorant = tangent.at(mean, steps=steps)
    n = len(problem.weights)
    mu = tangent.mu.transpose(0, 2, 1).reshape(-1, 2)[:n]
    plain = reference.scores(problem, members.runs, members.counts, mean, mu)
    size = majorant.constant / 4.8e-7
    np.testing.assert_allclose(majorant.scores, plain, atol=1e-5 * size, rtol=1e-4)


@given(nodes(), st.integers(0, 20))
def test_more_steps_never_loosen_the_majorant_of_the_mean_line(node, steps):
    problem, members, mean = _with_members(*node)
    packed = pack(problem, np.arange(len(problem.group)))
    few = Tangent(packed, members).at(mean, steps=steps + 1)
    more = Tangent(packed, members).at(mean, steps=steps + 10)
    assert more.scores @ mean <= few.scores @ mean + 2.0 * (few.constant + more.constant)


@given(nodes())
def test_a_mean_of_majorants_lies_between_them(node):
    problem, members, mean = _with_members(*node)
    tangent = Tangent(pack(problem, np.arange(len(problem.group))), members)
    first, second = tangent.at(mean, steps=2), tangent.at(mean, steps=20)
    mixed = first.mixed(second, 0.25)
    np.testing.assert_allclose(mixed.scores, 0.25 * first.scores + 0.75 * second.scores)


def test_where_all_is_known_the_scores_are_what_the_line_contributes():
    # One person, odds 1 and 3, margins 10 and 2: (10 + 6) / (1 + 4) = 3.2.
    odds = np.array([[1.0, 3.0]], np.float32)
    two = LineProblem(
        odds=odds,
        earnings=odds * np.array([[10.0, 2.0]], np.float32),
        weights=np.ones(1),
        group=np.arange(2),
        fixed_per_offer=0.0,
        fees=np.zeros(0),
        uses=np.zeros((2, 0), bool),
        n_offers=2,
    )
    members = members_of(two.group, [np.array([0]), np.array([1])], (1, 1))
    packed = pack(two, np.arange(2))
    majorant = Tangent(packed, members).at(np.ones(2), steps=10)
    assert majorant.scores.sum() == pytest.approx(3.2, rel=1e-5)
    assert contributions(packed, np.array([[0, 1]])) == pytest.approx([3.2])
