"""Laws of coding: what each design column measures, and that labels alone decide where it goes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import (
    OUTSIDE,
    LevelTerm,
    LinearTerm,
    LogTerm,
    PiecewiseTerm,
    UtilityCoding,
)
from counterflow.domain.columns import Categorical, Numeric
from counterflow.domain.errors import LabelMismatchError
from strategies.attributes import (
    attribute,
    attribute_tables,
    categorical_attributes,
    coding_of,
    columns_of,
    numeric_attributes,
    tables_with_products,
)


@given(numeric_attributes("piecewise"), st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_the_parts_of_a_piecewise_value_sum_to_the_value_less_the_lowest_level(a, values):
    term = coding_of({"x": a}).terms[0]
    parts = term.encode(Numeric(np.array(values)))
    low = min(a.values)
    np.testing.assert_allclose(parts.sum(axis=1), np.array(values) - low, rtol=1e-9, atol=1e-6)


@given(numeric_attributes("piecewise"), st.data())
def test_a_stretch_is_used_up_before_the_next_one_begins(a, data):
    term = coding_of({"x": a}).terms[0]
    value = data.draw(st.floats(min(a.values), max(a.values)))
    parts = term.encode(Numeric(np.array([value])))[0]
    lengths = np.diff([min(a.values), *a.knots, max(a.values)])
    assert (parts >= 0).all()
    for k in np.flatnonzero(parts[1:] > 0):
        assert parts[k] == pytest.approx(lengths[k])


def test_a_piecewise_value_by_hand():
    term = PiecewiseTerm("range", low=50.0, high=400.0, knots=(125.0, 250.0))
    assert term.labels == ("range[50..125]", "range[125..250]", "range[250..400]")
    parts = term.encode(Numeric(np.array([50.0, 100.0, 200.0, 400.0, 450.0, 40.0])))
    expected = [
        [0, 0, 0],
        [50, 0, 0],
        [75, 75, 0],
        [75, 125, 150],
        [75, 125, 200],
        [-10, 0, 0],
    ]
    np.testing.assert_allclose(parts, expected)


@given(numeric_attributes("linear"))
def test_a_linear_value_counts_from_the_middle_of_the_range(a):
    low, high = min(a.values), max(a.values)
    encoded = _encode(a, [low, (low + high) / 2, high])
    np.testing.assert_allclose(encoded, [-(high - low) / 2, 0.0, (high - low) / 2], atol=1e-9)


@given(numeric_attributes("log"))
def test_a_log_value_counts_from_the_geometric_middle_of_the_range(a):
    low, high = min(a.values), max(a.values)
    encoded = _encode(a, [low, math.sqrt(low * high), high])
    np.testing.assert_allclose(encoded, np.log(high / low) * np.array([-0.5, 0, 0.5]), atol=1e-9)


@given(numeric_attributes("log"), st.floats(0.1, 1e6), st.floats(1.1, 10.0))
def test_multiplying_a_log_value_adds_the_logarithm_of_the_factor(a, value, factor):
    once, more = _encode(a, [value, value * factor])
    assert more - once == pytest.approx(math.log(factor))


@given(categorical_attributes())
def test_the_base_level_is_a_row_of_zeros_and_every_other_level_has_its_own_column(a):
    coding = coding_of({"x": a})
    rows = coding.rows([{"x": name} for name in a.level_names])
    base = a.level_names.index(a.base_level)
    np.testing.assert_array_equal(rows[base], 0.0)
    np.testing.assert_array_equal(np.delete(rows, base, axis=0), np.eye(len(a.level_names) - 1))
    assert coding.labels == tuple(f"x[{n}]" for n in a.level_names if n != a.base_level)


@given(tables_with_products())
def test_a_product_has_the_same_row_as_the_same_values_in_answers(drawn):
    attributes, products = drawn
    coding = coding_of(attributes)
    encoded = coding.encode(columns_of(attributes, products))
    np.testing.assert_array_equal(coding.rows(products), encoded)


@given(attribute_tables())
def test_no_products_are_no_rows(attributes):
    coding = coding_of(attributes)
    assert coding.rows([]).shape == (0, len(coding.labels))


@given(tables_with_products(), st.randoms())
def test_the_order_of_products_is_the_order_of_rows(drawn, random):
    attributes, products = drawn
    order = list(range(len(products)))
    random.shuffle(order)
    coding = coding_of(attributes)
    shuffled = coding.rows([products[i] for i in order])
    np.testing.assert_array_equal(shuffled, coding.rows(products)[order])


@given(attribute_tables(), st.booleans())
def test_labels_are_distinct_and_one_a_column(attributes, has_outside):
    coding = coding_of(attributes, has_outside=has_outside)
    product = {name: a.level_names[0] for name, a in attributes.items()}
    assert len(set(coding.labels)) == len(coding.labels)
    assert coding.rows([product]).shape == (1, len(coding.labels))


@given(attribute_tables(), st.booleans())
def test_the_columns_of_the_attributes_are_all_columns_but_the_constant(attributes, has_outside):
    coding = coding_of(attributes, has_outside=has_outside)
    covered = [k for name in attributes for k in range(*coding.columns_of(name).indices(1000))]
    assert covered == list(range(len(coding.labels) - has_outside))
    for name in attributes:
        labels = coding.labels[coding.columns_of(name)]
        assert all(label == f"log({name})" or label.startswith(name) for label in labels)


@given(tables_with_products(), st.data())
def test_a_row_outside_is_zeros_but_for_the_constant(drawn, data):
    attributes, products = drawn
    n = len(products)
    is_outside = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    coding = coding_of(attributes, has_outside=True)
    design = coding.encode(columns_of(attributes, products), is_outside)
    np.testing.assert_array_equal(design[is_outside, :-1], 0.0)
    np.testing.assert_array_equal(design[:, -1], is_outside)
    assert coding.labels[-1] == OUTSIDE
    shown = [product for product, out in zip(products, is_outside, strict=True) if not out]
    np.testing.assert_array_equal(design[~is_outside], coding.rows(shown))


@given(categorical_attributes(), st.randoms())
def test_levels_are_found_by_name_whatever_their_order_in_the_column(a, random):
    term = LevelTerm("x", a.level_names, a.base_level)
    shuffled = list(a.level_names)
    random.shuffle(shuffled)
    by_name = Categorical(np.array([shuffled.index(n) for n in a.level_names]), tuple(shuffled))
    as_coded = Categorical(np.arange(len(a.level_names)), a.level_names)
    np.testing.assert_array_equal(term.encode(by_name), term.encode(as_coded))


def test_missing_values_of_the_outside_option_become_zeros():
    nothing = Numeric(np.array([np.nan]))
    for term in (LinearTerm("x", 3.0), LogTerm("x", 3.0), PiecewiseTerm("x", 1.0, 9.0, (4.0,))):
        np.testing.assert_array_equal(term.encode(nothing), np.zeros((1, len(term.labels))))
    no_level = Categorical(np.array([-1]), ("plus", "base"))
    np.testing.assert_array_equal(LevelTerm("x", ("base", "plus"), "base").encode(no_level), [[0]])


def test_the_logarithm_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"range: expected values above 0.*found -5"):
        LogTerm("range").encode(Numeric(np.array([400.0, -5.0])))


def test_a_level_that_the_coding_does_not_know_is_named():
    term = LevelTerm("trim", ("base", "plus"), "base")
    with pytest.raises(LabelMismatchError) as unknown_in_answers:
        term.encode(Categorical(np.array([0]), ("max",)))
    assert (unknown_in_answers.value.missing, unknown_in_answers.value.unknown) == ([], ["max"])
    with pytest.raises(LabelMismatchError) as unknown_in_product:
        UtilityCoding((term,)).rows([{"trim": "max"}])
    assert unknown_in_product.value.unknown == ["max"]


def test_a_number_may_be_given_by_the_name_of_its_level_and_no_other_name():
    coding = coding_of({"x": attribute(coding="linear", levels=[400, 500], unit="km")})
    np.testing.assert_array_equal(coding.rows([{"x": "500"}]), coding.rows([{"x": 500.0}]))
    with pytest.raises(LabelMismatchError) as error:
        coding.rows([{"x": "450"}])
    assert error.value.unknown == ["450"]


def test_a_missing_column_is_named():
    coding = UtilityCoding((LinearTerm("price"), LinearTerm("range")))
    with pytest.raises(LabelMismatchError) as error:
        coding.encode({"price": Numeric(np.array([1.0]))})
    assert error.value.missing == ["range"]


def test_numbers_are_no_levels_and_levels_no_numbers():
    levels = Categorical(np.array([0]), ("a", "b"))
    with pytest.raises(TypeError, match="price is coded by number"):
        LinearTerm("price").encode(levels)
    with pytest.raises(TypeError, match="trim is coded by level"):
        LevelTerm("trim", ("a", "b"), "a").encode(Numeric(np.array([1.0])))


def test_an_attribute_without_columns_is_a_key_error():
    with pytest.raises(KeyError, match="weight"):
        UtilityCoding((LinearTerm("price"),)).columns_of("weight")


def test_long_knots_keep_their_digits_in_labels():
    term = PiecewiseTerm("price", 1_000_000.0, 2_000_000.0, (1_234_567.0, 1_234_568.0))
    assert term.labels[1] == "price[1234567..1234568]"


def test_data_without_a_programme_are_coded_linear_and_level_by_level():
    data = ChoiceData(
        columns={
            "price": Numeric(np.array([1.0, 2.0, np.nan])),
            "trim": Categorical(np.array([1, 0, -1]), ("base", "plus")),
        },
        is_outside=np.array([False, False, True]),
        task_starts=np.array([0, 3]),
        respondent_starts=np.array([0, 1]),
        chosen_rows=np.array([2]),
        respondent_ids=("ada",),
    )
    coding = UtilityCoding.of_data(data)
    assert coding.labels == ("price", "trim[plus]", OUTSIDE)
    design = coding.encode(data.columns, data.is_outside)
    np.testing.assert_array_equal(design, [[1, 1, 0], [2, 0, 0], [0, 0, 1]])


def _encode(a, values):
    return coding_of({"x": a}).encode({"x": Numeric(np.array(values))})[:, 0]
