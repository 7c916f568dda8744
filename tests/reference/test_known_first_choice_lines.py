"""Published first-choice instances: the best lines earn what was proved, and are proved here.

Bertsimas and Misic, Exact first-choice product line optimization, Operations Research 67(3), 2019:
instances of the authors' code, with optima that a mixed-integer programme proved for us.
"""

import pytest

from benchmarks.first_choice_instances import PUBLISHED, folder, published_problem
from counterflow.definition.first_choice.best_line import best_first_choice_line
from counterflow.solvers.growing_highs import GrowingHighs

LAST_DIGIT = 1e-5
"""Optima are known to five digits after the point."""


@pytest.mark.skipif(not folder(20).is_dir(), reason="no shared/data/definition beside the project")
@pytest.mark.parametrize("instance", PUBLISHED, ids=str)
def test_a_published_instance_is_solved_to_proven_optimality(instance):
    found = best_first_choice_line(published_problem(instance), GrowingHighs)
    assert found.status == "optimal"
    assert found.profit == pytest.approx(instance.optimum, abs=LAST_DIGIT)
    assert len(found.line) <= instance.n_offers
