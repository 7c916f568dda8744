"""Utilities of every kind have the columns that they say, and are kept as plain values."""

import json

import numpy as np
import pytest

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError
from counterflow.domain.utility import (
    ScaledBy,
    as_utility,
    design_columns,
    is_linear,
    linearised_at,
    start_of,
    utilities_at,
    utility_from_dict,
    utility_to_dict,
)
from strategies.travellers import travellers

BY_MODE = {
    "car": {"asc_car": 1, "b_time": "time / 10", "b_price": "price"},
    "bus": {"b_time": "time / 10", "b_price": "price", "bus_female": "female"},
    "none": {"asc_none": 1},
}
EVERY_KIND = [
    None,
    "price + seat + log(time)",
    {"price": "price", "time": "log(time)"},
    BY_MODE,
    {"price": "box_cox(price)", "time": "time"},
    ScaledBy(utility=BY_MODE, group="home"),
    ScaledBy(utility={"price": "box_cox(price, bend)"}, group="female", reference="1"),
]


@pytest.mark.parametrize("specification", EVERY_KIND, ids=str)
def test_a_utility_is_the_same_after_it_was_written_down(specification):
    data = travellers()
    utility = as_utility(specification, data)
    assert as_utility(utility, data) is utility
    back = utility_from_dict(json.loads(json.dumps(utility_to_dict(utility))))
    assert back == utility
    theta = np.linspace(0.3, 0.9, len(utility.labels))
    np.testing.assert_array_equal(
        utilities_at(back, data, theta), utilities_at(utility, data, theta)
    )


@pytest.mark.parametrize("specification", EVERY_KIND, ids=str)
def test_jacobians_are_differences_of_utilities(specification):
    data = travellers()
    utility = as_utility(specification, data)
    theta = np.linspace(0.3, 0.9, len(utility.labels))
    _, slopes = linearised_at(utility, data, theta)
    for p, label in enumerate(utility.labels):
        move = 1e-6 * (np.arange(len(theta)) == p)
        ahead, behind = (utilities_at(utility, data, theta + s * move) for s in (1.0, -1.0))
        np.testing.assert_allclose(slopes[:, p], (ahead - behind) / 2e-6, atol=1e-6, err_msg=label)


@pytest.mark.parametrize("specification", EVERY_KIND[:4], ids=str)
def test_columns_come_one_by_one_as_in_the_design(specification):
    data = travellers()
    utility = as_utility(specification, data)
    assert is_linear(utility)
    columns = list(design_columns(utility, data))
    np.testing.assert_array_equal(np.stack(columns, axis=1), utility.design(data))
    np.testing.assert_array_equal(start_of(utility), np.zeros(len(utility.labels)))


def test_a_mapping_by_coefficient_holds_for_all_alternatives():
    utility = as_utility({"price": "price", "cheap": "price < 3"}, travellers())
    assert utility.labels == ("price", "cheap", "outside")
    ada = [[5, 0, 0], [2, 1, 0], [6, 0, 0], [3, 0, 0], [0, 0, 1]]
    np.testing.assert_array_equal(utility.design(travellers())[:5], ada)


def test_the_constant_of_the_outside_option_may_be_said_otherwise():
    utility = as_utility({"price": "price", "outside": "is_outside * female"}, travellers())
    assert utility.labels == ("price", "outside")
    np.testing.assert_array_equal(utility.design(travellers())[:, 1], [0, 0, 0, 0, 1] + [0] * 5)


def test_a_mapping_by_alternative_gives_each_its_own():
    utility = as_utility(BY_MODE, travellers())
    assert utility.labels == ("asc_car", "b_time", "b_price", "bus_female", "asc_none")
    ada = [
        [1, 3, 5, 0, 0],
        [0, 4, 2, 1, 0],
        [1, 2, 6, 0, 0],
        [0, 6, 3, 1, 0],
        [0, 0, 0, 0, 1],
    ]
    np.testing.assert_array_equal(utility.design(travellers())[:5], ada)


def test_an_outside_option_without_entry_has_zero_utility():
    products = {name: entry for name, entry in BY_MODE.items() if name != "none"}
    design = as_utility(products, travellers()).design(travellers())
    np.testing.assert_array_equal(design[4], 0.0)


def test_stretches_are_coefficients_of_their_own():
    utility = as_utility({"time": "piecewise(time, 30)"}, travellers())
    assert utility.labels == ("time[..30]", "time[30..]", "outside")
    np.testing.assert_array_equal(utility.design(travellers())[1, :2], [30.0, 10.0])


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({}, "found nothing"),
        ({"car": {"t": "time"}, "b": "time"}, "found both"),
        ({"a": [1]}, "a: expected an expression, or a number, found list"),
        ({"car": {"t": "time"}}, 'expected a utility for each alternative, found none for "bus"'),
        (BY_MODE | {"bike": {}}, 'expected the names of alternatives, .* found "bike"'),
        (BY_MODE | {"none": {"t": "time"}}, "no attributes of products in the utility of the out"),
        ({"a": "log(prise)", "b": "seat == 'x'"}, "prise.*\n.*a level of seat"),
        ({"lambda(time)": "box_cox(time)"}, "names of exponents that no coefficient has"),
    ],
)
def test_mappings_that_do_not_fit_the_data_are_refused(mapping, said):
    with pytest.raises(InputError, match=said):
        as_utility(mapping, travellers()).design(travellers())


def test_utilities_by_alternative_need_alternatives_with_names():
    with pytest.raises(InputError, match="choice data that name their alternatives"):
        as_utility(BY_MODE, travellers(has_names=False))


def test_other_data_with_an_alternative_of_no_utility_are_refused():
    products = {name: entry for name, entry in BY_MODE.items() if name != "none"}
    utility = as_utility(products, travellers())
    bikes = travellers(has_outside=False)
    object.__setattr__(bikes.alternative_names, "levels", ("car", "bike"))
    with pytest.raises(InputError, match='none for "bike"'):
        utility.design(bikes)


def test_utility_that_bends_has_no_design():
    for specification in ({"t": "box_cox(time)"}, ScaledBy(utility="time", group="home")):
        utility = as_utility(specification, travellers())
        assert not is_linear(utility)
        with pytest.raises(InputError, match="expected utility that is linear in parameters"):
            utility.design(travellers())


def test_groups_have_a_scale_but_the_first():
    utility = as_utility(ScaledBy(utility={"price": "price"}, group="female"), travellers())
    assert utility.labels == ("price", "outside", "log_scale[1]")
    np.testing.assert_array_equal(start_of(utility), [0.0, 0.0, 0.0])
    utilities = utilities_at(utility, travellers(), np.array([2.0, 1.0, np.log(3.0)]))
    np.testing.assert_allclose(utilities[:6], [30.0, 12.0, 36.0, 18.0, 3.0, 8.0])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"group": "hom"}, 'Did you mean "home"?'),
        ({"group": "price"}, "one group for all alternatives of a task, found others in"),
        ({"group": "home", "reference": "sea"}, 'expected one of "town", "land", found "sea"|sea'),
    ],
)
def test_groups_that_are_none_are_refused(changed, said):
    utility = {"utility": "price", **changed}
    with pytest.raises(InputError, match=said):
        linearised_at(as_utility(ScaledBy(**utility), travellers()), travellers(), np.ones(8))


def test_what_is_no_utility_is_refused():
    with pytest.raises(TypeError, match=r"found int|specification"):
        as_utility(3, travellers())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a utility of Counterflow"):
        utility_to_dict(_Homemade())
    with pytest.raises(ValueError, match="found magic"):
        utility_from_dict({"kind": "magic"})


class _Homemade:
    labels = ("price",)

    def design(self, data):
        return np.nan_to_num(data.columns["price"].values)[:, None]


def test_a_utility_of_ones_own_needs_labels_and_a_design():
    utility = as_utility(_Homemade(), travellers())
    np.testing.assert_array_equal(utilities_at(utility, travellers(), np.array([2.0]))[:2], [10, 4])
    assert isinstance(as_utility(None, travellers()), UtilityCoding)
