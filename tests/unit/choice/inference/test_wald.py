"""Wald tests: figures by hand, and what cannot be read."""

import numpy as np
import pytest

from counterflow.choice.inference.restrictions import LinearRestrictions
from counterflow.choice.inference.wald import equality_test, wald_test
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.domain.errors import InputError

LABELS = ("hiperf", "medhiperf", "trim[plus]", "mean(ln -price)", "factor(a, b)")


@pytest.fixture
def estimates():
    return ParameterEstimates(
        labels=LABELS,
        values=np.array([1.5, 0.5, 2.0, -1.0, 0.0]),
        covariances={"clustered": np.diag([0.09, 0.16, 1.0, 0.25, 0.0])},
        free_labels=LABELS[:4],
    )


def test_a_single_restriction_is_the_square_of_z(estimates):
    # (1.5 - 0.5) / sqrt(0.09 + 0.16) = 2, and 4.55 % of normals lie further out than 2.
    found = wald_test(estimates, {"hiperf - medhiperf": 0})
    assert found.statistic == pytest.approx(4.0)
    assert found.degrees_of_freedom == 1
    assert found.p_value == pytest.approx(0.04550026389635842)
    assert str(found) == "Wald test of hiperf - medhiperf = 0: chi2(1) = 4, p = 0.0455"


def test_independent_restrictions_add_up(estimates):
    # 2 / 1 and (-1 + 2) / 0.5 standard errors: 4 + 4.
    found = wald_test(estimates, {"trim[plus]": 0, "mean(ln -price)": -2})
    assert found.statistic == pytest.approx(8.0)
    assert found.p_value == pytest.approx(np.exp(-4.0))


def test_equality_says_the_same_as_the_difference(estimates):
    found = equality_test(estimates, ["hiperf", "medhiperf"])
    assert found.statistic == pytest.approx(4.0)
    assert found.hypothesis == "hiperf = medhiperf"


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("hiperf = medhiperf", [1, -1, 0, 0, 0], 0.0),
        ("2 hiperf - 0.5*medhiperf = 1", [2, -0.5, 0, 0, 0], 1.0),
        ("-hiperf + 1.5e1 trim[plus] + 3", [-1, 0, 15, 0, 0], -3.0),
        ("mean(ln -price) - factor(a, b) = -2", [0, 0, 0, 1, -1], -2.0),
        ("`hiperf` + `hiperf` = 0", [2, 0, 0, 0, 0], 0.0),
    ],
)
def test_restrictions_read_as_they_are_written(text, row, value):
    found = LinearRestrictions.of([text], LABELS)
    assert found.matrix.tolist() == [row]
    assert found.values.tolist() == [value]


def test_a_matrix_says_the_same_as_words(estimates):
    matrix = np.array([[1.0, -1.0, 0.0, 0.0, 0.0]])
    assert wald_test(estimates, (matrix, np.zeros(1))).statistic == pytest.approx(4.0)
    with pytest.raises(ValueError, match="found one of shape"):
        wald_test(estimates, (np.eye(2), np.zeros(2)))


@pytest.mark.parametrize(
    "text",
    ["hiperfx", "hiperf medhiperf", "hiperf -", "__import__('os')", "", "hiperf ** 2", "2 * *"],
)
def test_what_is_no_sum_of_parameters_is_refused_with_the_labels(estimates, text):
    with pytest.raises(InputError, match="mean\\(ln -price\\)") as caught:
        wald_test(estimates, [text, "nonsense = 0"])
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("restrictions", [["factor(a, b) = 1"], ["hiperf = 0", "2 hiperf = 0"]])
def test_restrictions_that_say_nothing_or_repeat_are_refused(estimates, restrictions):
    with pytest.raises(ValueError, match="independent"):
        wald_test(estimates, restrictions)
