"""Risk measures against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.definition.objectives.risk import (
    ConditionalValueAtRisk,
    Mean,
    ProbabilityOfBeating,
    WorstCase,
)

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
levels = st.floats(0.01, 1.0)


@st.composite
def quantities(draw):
    """Return values by scenario and the scenarios' probabilities."""
    values = draw(st.lists(numbers, min_size=1, max_size=12))
    weights = np.array(
        draw(st.lists(st.floats(0.01, 1.0), min_size=len(values), max_size=len(values)))
    )
    return np.array(values), weights / weights.sum()


def near(number):
    return pytest.approx(number, rel=1e-9, abs=1e-4)


@given(quantities(), levels)
def test_cvar_is_the_best_threshold_less_the_shortfall(known, level):
    """Rockafellar and Uryasev: CVaR = max over t of t - E[(t - r)+] / level."""
    values, probability = known
    by_threshold = [t - probability @ np.maximum(t - values, 0.0) / level for t in values]
    assert ConditionalValueAtRisk(level).value(values, probability) == near(max(by_threshold))


@given(quantities(), levels)
def test_the_worst_case_is_below_cvar_is_below_the_mean(known, level):
    worst, tail, mean = (
        float(risk.value(*known)) for risk in (WorstCase(), ConditionalValueAtRisk(level), Mean())
    )
    assert worst <= tail + 1e-6 * (1.0 + abs(tail))
    assert tail <= mean + 1e-6 * (1.0 + abs(mean))
    assert ConditionalValueAtRisk(1.0).value(*known) == near(mean)


@given(quantities(), quantities(), levels, st.sampled_from(["mean", "cvar", "worst"]))
def test_least_favourable_weights_are_exact_where_taken_and_bound_all_others(
    known, others, level, kind
):
    risk = {"mean": Mean(), "cvar": ConditionalValueAtRisk(level), "worst": WorstCase()}[kind]
    values, probability = known
    weights = risk.least_favourable(values, probability)
    assert weights.sum() == near(1.0)
    assert (weights >= 0.0).all()
    assert weights @ values == near(float(risk.value(values, probability)))
    other = np.resize(others[0], values.shape)
    assert risk.value(other, probability) <= weights @ other + 1e-6 * (1.0 + abs(weights @ other))


@given(quantities(), levels)
def test_columns_are_valued_each_by_itself(known, level):
    values, probability = known
    table = np.column_stack([values, -values, values * 2.0])
    for risk in (
        Mean(),
        ConditionalValueAtRisk(level),
        WorstCase(),
        ProbabilityOfBeating(np.zeros_like(values)),
    ):
        one_by_one = [float(risk.value(column, probability)) for column in table.T]
        np.testing.assert_allclose(risk.value(table, probability), one_by_one, rtol=1e-9, atol=1e-6)


@given(quantities())
def test_nothing_beats_itself(known):
    values, probability = known
    assert ProbabilityOfBeating(values).value(values, probability) == 0.0
    assert ProbabilityOfBeating(values - 1.0).value(values, probability) == near(1.0)


@pytest.mark.parametrize("level", [0.0, -0.1, 1.5, np.nan])
def test_a_level_that_is_no_probability_is_refused(level):
    with pytest.raises(ValueError, match="level"):
        ConditionalValueAtRisk(level)
