"""Trees of dataclasses: what goes into a file comes out, and nothing else gets in."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.domain.coding import LevelTerm, LinearTerm, UtilityCoding
from counterflow.formats.dataclass_tree import Arrays, from_json, to_json

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | arrays(np.float64, array_shapes(max_dims=2, max_side=3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.sampled_from(["$type", "$array"]), inner)
        | st.dictionaries(st.integers() | st.tuples(st.text(max_size=2), st.integers()), inner)
    ),
    max_leaves=8,
)


def _through_a_file(value):
    kept = Arrays()
    text = json.dumps(to_json(value, kept), allow_nan=False)
    return from_json(json.loads(text), kept.arrays)


def _equal(a, b):
    if isinstance(a, np.ndarray):
        return a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_equal, a, b))
    return a == b


@given(plain)
def test_plain_values_come_back_as_they_were(value):
    found = _through_a_file(value)
    assert type(found) is type(value)
    assert _equal(value, found)


def test_dataclasses_and_named_tuples_come_back_with_their_types():
    coding = UtilityCoding((LevelTerm("trim", ("base", "plus"), "base"), LinearTerm("price")))
    assert _through_a_file(coding) == coding
    constraints = Constraints(fixed={"a": 1.0}, lower={"b": -np.inf})
    assert _through_a_file(constraints) == constraints
    slope = _through_a_file(PanelSlope(np.ones(2), np.zeros((2, 1))))
    assert isinstance(slope, PanelSlope)
    assert slope.scores.shape == (2, 1)


def test_scalars_of_numpy_keep_their_precision():
    found = _through_a_file({"a": np.float32(0.1), "b": np.int64(3), "c": float("nan")})
    assert type(found["a"]) is np.float32
    assert found["a"] == np.float32(0.1)
    assert np.isnan(found["c"])


def test_an_array_that_stands_twice_is_kept_once():
    kept, array = Arrays(), np.arange(3)
    to_json([array, {"again": array}], kept)
    assert len(kept.arrays) == 1


@pytest.mark.parametrize("value", [print, object(), {1, 2}, np.array([None])])
def test_what_has_no_form_is_told_with_its_place(value):
    with pytest.raises(TypeError, match=r"terms\[1\]|array of objects"):
        to_json({"terms": [1, value]}, Arrays())


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "counterflow.cli.app:main",
        "counterflow.choice.estimator:fields",
        "counterflow.choice.estimator:Estimator.fit",
        "counterflow.choice.none:Such",
        "counterflow.choice.parameter_estimates:random_stream",
    ],
)
def test_a_file_can_name_only_values_of_this_package(name):
    with pytest.raises(ValueError, match="Counterflow"):
        from_json({"$type": name, "fields": {}}, [])


def test_other_fields_than_those_of_the_class_are_refused():
    with pytest.raises(ValueError, match="other fields"):
        from_json({"$type": "counterflow.domain.coding:LinearTerm", "fields": {"x": 1}}, [])
