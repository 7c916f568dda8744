"""Designs are scaled by what differs within tasks, and what choices cannot tell apart is named."""

import numpy as np
import pytest

from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.coding import LevelTerm, UtilityCoding
from counterflow.domain.errors import NotIdentifiedError


def data_of(columns, n_alternatives=3, is_outside=None) -> ChoiceData:
    """Return tasks of the first alternative chosen, one respondent."""
    n = len(next(iter(columns.values())))
    tasks = n // n_alternatives
    made = {
        name: Numeric(np.asarray(values, dtype=float)) if not isinstance(values, tuple) else None
        for name, values in columns.items()
    }
    for name, values in columns.items():
        if isinstance(values, tuple):
            levels = tuple(dict.fromkeys(values))
            made[name] = Categorical(np.array([levels.index(v) for v in values]), levels)
    return ChoiceData(
        columns=made,
        is_outside=np.zeros(n, dtype=bool) if is_outside is None else is_outside,
        task_starts=np.arange(tasks + 1) * n_alternatives,
        respondent_starts=np.array([0, tasks]),
        chosen_rows=np.arange(tasks) * n_alternatives,
        respondent_ids=("r",),
    )


def scaled(data: ChoiceData, coding: UtilityCoding | None = None) -> ScaledDesign:
    return ScaledDesign.of(data, coding or UtilityCoding.of_data(data))


def test_the_scale_is_the_typical_difference_between_two_alternatives():
    # Differences of 3, 4 and 1 in one task, and of 0, 0 and 0 in the other.
    design = scaled(data_of({"x": [0.0, 3.0, 4.0, 7.0, 7.0, 7.0]}))
    assert design.scales[0] == pytest.approx(np.sqrt((9 + 16 + 1) / 3 / 2))
    np.testing.assert_allclose(
        design.sets.differences[:, 0] * design.scales[0], [3.0, 4.0, 0.0, 0.0]
    )


def test_a_large_constant_leaves_the_scale_as_it_is():
    x = np.random.default_rng(0).normal(size=30)
    assert scaled(data_of({"x": x + 1e7})).scales[0] == pytest.approx(
        scaled(data_of({"x": x})).scales[0], rel=1e-6
    )


def test_a_column_that_is_the_same_within_tasks_is_named():
    income = np.repeat([1.0, 2.0, 0.1], 3)
    with pytest.raises(NotIdentifiedError) as raised:
        scaled(data_of({"x": np.arange(9.0) ** 2, "income": income}))
    assert raised.value.combination == {"income": 1.0}


def test_the_shortest_combination_is_named():
    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(3, 30))
    with pytest.raises(NotIdentifiedError) as raised:
        scaled(data_of({"x": x, "y": y, "z": z, "both": 3.0 * x + 3.0 * z}))
    assert set(raised.value.combination) == {"x", "z", "both"}
    x_weight, z_weight = raised.value.combination["x"], raised.value.combination["z"]
    assert x_weight * z_weight > 0.0
    assert raised.value.combination["both"] * x_weight < 0.0


def test_levels_that_are_all_coded_cannot_be_told_apart():
    random = np.random.default_rng(0)
    brand = tuple(random.choice(["a", "b", "c"], 60))
    data = data_of({"brand": brand})
    no_base = UtilityCoding((LevelTerm("brand", ("a", "b", "c"), base="none"),))
    with pytest.raises(NotIdentifiedError, match=r"brand\[a\].*brand\[b\].*brand\[c\]"):
        scaled(data, no_base)


def test_a_level_never_shown_is_named():
    data = data_of({"x": np.arange(6.0) ** 2, "brand": ("a", "b", "a", "a", "b", "a")})
    coding = UtilityCoding((LevelTerm("brand", ("a", "b", "c"), "a"),))
    with pytest.raises(NotIdentifiedError) as raised:
        scaled(data, coding)
    assert raised.value.combination == {"brand[c]": 1.0}
