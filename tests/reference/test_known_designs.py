"""Design problems whose best criterion is known: met or beaten, and valued to every printed digit.

The benchmark `design` holds the same problems to their times.
"""

import numpy as np
import pytest

from benchmarks.ours.choice_design import problem_of
from benchmarks.published_designs import PUBLISHED, dummies
from counterflow.kernels.choice_design import DesignProblem, Term, criteria
from counterflow.kernels.choice_design_search import search_design
from counterflow.runners.threads import ThreadRunner

LAST_DIGIT = 5e-6
"""Values are printed with five digits after the point, or six."""


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.name)
def test_the_best_known_criterion_is_met_or_beaten(published):
    found = search_design(
        problem_of(published),
        n_tasks=published.n_tasks,
        n_alternatives=published.n_alternatives,
        until=published.best + LAST_DIGIT,
        seconds=180.0,
        map_blocks=ThreadRunner().map,
    )
    assert found.error <= published.best + LAST_DIGIT
    assert found.error == pytest.approx(published.error(found.codes[0]), rel=1e-8)


def test_no_design_of_three_levels_beats_the_orthogonal_array():
    """With effects coding at zero, det(I)^(1/6) is at most 27^(1/2)."""
    found = search_design(problem_of(PUBLISHED[0]), n_tasks=9, n_alternatives=3, n_starts=20)
    assert found.error >= 27.0**-0.5 - 1e-12


def test_the_worked_example_of_cbctools_has_its_value():
    """Three tasks of two, 2 x 2 x 2: D_p 2.13247 and D_0 1.58740.

    The alternatives of each task differ in every attribute: differences (1, 1, 1), (1, -1, 1) and
    (1, -1, -1), of determinant 4. At zero p (1 - p) = 1/4, det I = 4^2 / 4^3 = 1/4, D_0 = 4^(1/3).
    """
    terms = tuple(Term(dummies(2), (a,)) for a in range(3))
    zero = DesignProblem((2, 2, 2), terms, np.zeros((1, 3)))
    prior = zero._replace(draws=np.array([[0.5, -0.5, 0.8]]))
    first = np.array([[0, 0, 0], [0, 1, 0], [0, 1, 1]])
    worked = np.stack((first, 1 - first), axis=1)[None].astype(np.int16)
    assert criteria(zero, worked).d == pytest.approx(1.58740, abs=LAST_DIGIT)
    assert criteria(prior, worked).d == pytest.approx(2.13247, abs=LAST_DIGIT)
    best = search_design(zero, n_tasks=3, n_alternatives=2, n_starts=8)
    assert best.error == pytest.approx(4.0 ** (1 / 3), rel=1e-12)
