"""Every growing programme gives the same vertices and prices, and proves the same lines best."""

import numpy as np
import pytest
from hypothesis import given, settings

from conformance.scipy_growing import ScipyGrowing
from counterflow.definition.first_choice.best_line import best_first_choice_line
from counterflow.domain.cutting import Columns, Rows
from counterflow.solvers.growing_highs import GrowingHighs
from strategies.first_choice import peoples
from strategies.linear_programmes import linear_programme

each_engine = pytest.mark.parametrize("open_programme", [GrowingHighs, ScipyGrowing])


def _two():
    """Maximise 3 a + 2 b where a + b <= 4, and each is at most 3: a = 3 and b = 1 make 11."""
    return linear_programme([3.0, 2.0], [[1.0, 1.0]], row_upper=[4.0], upper=[3.0, 3.0])


def _row(columns, values, *, lower=-np.inf, upper=np.inf):
    starts = np.array([0, len(columns)])
    return Rows(
        starts, np.array(columns), np.array(values, float), np.array([lower]), np.array([upper])
    )


@each_engine
def test_a_programme_ends_at_its_best_vertex_with_the_prices_of_its_rows(open_programme):
    vertex = open_programme(_two()).solve(time_limit_s=10.0)
    assert vertex.x == pytest.approx([3.0, 1.0])
    assert vertex.row_prices == pytest.approx([2.0])


@each_engine
def test_a_row_that_is_added_holds_and_one_that_is_dropped_no_more(open_programme):
    programme = open_programme(_two())
    programme.add_rows(_row([0], [1.0], upper=2.0))
    assert programme.solve(time_limit_s=10.0).x == pytest.approx([2.0, 2.0])
    programme.drop_rows(np.array([False, True]))
    assert programme.solve(time_limit_s=10.0).x == pytest.approx([3.0, 1.0])


@each_engine
def test_a_column_that_is_added_is_used_where_it_pays(open_programme):
    """A third that fills half of the row for 4: both halves of it, then 3 left for a."""
    programme = open_programme(_two())
    programme.add_columns(
        Columns(
            objective=np.array([4.0]),
            lower=np.zeros(1),
            upper=np.array([2.0]),
            starts=np.array([0, 1]),
            rows=np.array([0]),
            values=np.array([0.5]),
        )
    )
    assert programme.solve(time_limit_s=10.0).x == pytest.approx([3.0, 0.0, 2.0])


@each_engine
def test_rows_that_contradict_one_another_are_said_to(open_programme):
    programme = open_programme(_two())
    programme.add_rows(_row([0, 1], [1.0, 1.0], lower=5.0))
    assert programme.solve(time_limit_s=10.0) == "infeasible"


@each_engine
@settings(max_examples=30)
@given(people=peoples())
def test_the_best_line_is_proved_with_every_engine(open_programme, people):
    found = best_first_choice_line(people.problem, open_programme)
    assert found.status == "optimal"
    assert found.profit == pytest.approx(people.best_profit, abs=1e-5)
