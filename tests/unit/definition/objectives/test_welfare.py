"""Buyers' welfare against enumeration."""

import numpy as np
import pytest
from hypothesis import given

from counterflow.definition.objectives.welfare import Welfare
from reference.line_search import every_line
from strategies.line_problems import line_problems


def welfare_of(problem) -> Welfare:
    return Welfare(problem, np.linspace(1.0, 5.0, len(problem.weights)))


@given(line_problems(most_candidates=7))
def test_the_best_line_for_buyers_lies_between_the_value_found_and_the_bound(problem):
    welfare = welfare_of(problem)
    best = max(welfare.value(line) for line in every_line(problem))
    found = welfare.best()
    value = welfare.value(found.line)
    near = 1e-6 * (1.0 + best)
    assert value <= best + near
    assert best <= found.bound + near
    assert value >= 0.5 * best - near


@given(line_problems(most_candidates=7))
def test_one_offer_is_proved(problem):
    welfare = welfare_of(problem._replace(n_offers=1))
    found = welfare.best()
    assert found.bound == pytest.approx(welfare.value(found.line), rel=1e-6)


@given(line_problems(most_candidates=6))
def test_more_choice_is_never_worse_for_buyers_and_helps_less_the_more_there_is(problem):
    welfare = welfare_of(problem)
    alone, none = welfare.values_with(()), welfare.value(())
    assert none == 0.0
    for line in every_line(problem):
        with_more = welfare.values_with(line)
        fits = np.isfinite(with_more)
        near = 1e-6 * (1.0 + abs(welfare.value(line)))
        assert (with_more[fits] >= welfare.value(line) - near).all()
        assert (with_more[fits] - welfare.value(line) <= alone[fits] + near).all()


@given(line_problems(most_candidates=2))
def test_people_who_like_high_prices_have_no_welfare_in_money(problem):
    money = np.ones(len(problem.weights))
    money[0] = -2.0
    with pytest.raises(ValueError, match="price coefficient is not below 0"):
        Welfare(problem, money)
