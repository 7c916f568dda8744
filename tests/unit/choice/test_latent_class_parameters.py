"""The parameters of latent classes, by label and by class."""

import numpy as np
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.domain.errors import InputError
from counterflow.kernels.latent_class import Classes

PARAMETERS = ClassParameters(coefficients=("x", "y"), traits=("constant", "age"), n_classes=2)


def test_parameters_are_coefficients_by_class_and_then_what_makes_people_belong():
    assert PARAMETERS.labels == (
        "class 1: x", "class 1: y", "class 2: x", "class 2: y",
        "member 2: constant", "member 2: age",
    )  # fmt: skip
    classes = PARAMETERS.classes(np.arange(1.0, 7.0))
    np.testing.assert_array_equal(classes.coefficients, [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(classes.memberships, [[0.0, 0.0], [5.0, 6.0]])
    np.testing.assert_array_equal(PARAMETERS.theta(classes), np.arange(1.0, 7.0))


def test_only_differences_between_memberships_count():
    moved = Classes(np.zeros((2, 2)), np.array([[1.0, 2.0], [4.0, 7.0]]))
    np.testing.assert_array_equal(PARAMETERS.theta(moved)[4:], [3.0, 5.0])


def test_reordering_twice_changes_nothing():
    theta, swap = np.arange(1.0, 7.0), np.array([1, 0])
    np.testing.assert_array_equal(
        PARAMETERS.reordered(PARAMETERS.reordered(theta, swap), swap), theta
    )


@pytest.mark.parametrize(
    ("tied", "shared", "groups"),
    [
        ((("x", "y"),), (), {("class 1: x", "class 1: y"), ("class 2: x", "class 2: y")}),
        ((), ("y",), {("class 1: y", "class 2: y")}),
        ((("class 1: x", "class 2: y"),), (), {("class 1: x", "class 2: y")}),
        (
            (("x", "y"),),
            ("x",),
            {("class 1: x", "class 1: y", "class 2: x", "class 2: y")},
        ),
    ],
)
def test_ties_hold_within_each_class_and_sharing_across_them(tied, shared, groups):
    found = PARAMETERS.constraints(Constraints(tied=tied), shared)
    assert {tuple(sorted(group)) for group in found.tied} == groups


def test_what_is_fixed_is_the_same_in_all_classes_anyway():
    found = PARAMETERS.constraints(Constraints(fixed={"x": 0.5}), ["x"])
    assert found.fixed == {"class 1: x": 0.5, "class 2: x": 0.5}
    assert found.tied == ()


def test_constraints_that_name_one_class_tell_classes_apart():
    assert PARAMETERS.tells_classes_apart(Constraints(lower={"class 2: x": 0.0}))
    assert PARAMETERS.tells_classes_apart(Constraints(tied=[("x", "class 2: y")]))
    assert not PARAMETERS.tells_classes_apart(Constraints(upper={"x": 0.0}, tied=[("x", "y")]))


def test_limits_leave_given_bounds_alone():
    given = Constraints(lower={"class 1: x": 2000.0}, upper={"class 1: y": -5.0})
    limits = np.array([1000.0, 1000.0, 10.0, 10.0, 50.0, 50.0])
    found = PARAMETERS.limited(given, limits)
    assert (found.lower["class 1: x"], found.upper["class 1: x"]) == (2000.0, 3000.0)
    assert (found.lower["class 1: y"], found.upper["class 1: y"]) == (-1005.0, -5.0)
    assert (found.lower["class 2: x"], found.upper["member 2: age"]) == (-10.0, 50.0)


def test_sharing_what_is_no_coefficient_is_refused():
    with pytest.raises(InputError, match=r"labels of coefficients \(x, y\), found z"):
        PARAMETERS.constraints(Constraints(), ["z"])
