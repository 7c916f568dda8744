"""Attributes of every coding, the products that they describe, and conditions on them."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from counterflow.domain.attributes import Attribute
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.columns import Categorical, Column, Numeric
from counterflow.domain.configuration import Configuration
from strategies.shape_checks import made_in_strategy

Product = Mapping[str, str | float]

names = st.text(string.ascii_lowercase, min_size=1, max_size=6).filter(lambda x: x != "outside")
level_texts = st.text(string.ascii_letters + string.digits + " .-", min_size=1, max_size=8).map(
    str.strip
)


@st.composite
def categorical_attributes(draw: st.DrawFn) -> Attribute:
    """Draw an attribute of two to five named levels, any of which may be the base."""
    levels = draw(st.lists(level_texts.filter(bool), min_size=2, max_size=5, unique=True))
    base = draw(st.sampled_from(levels))
    return attribute(coding="categorical", levels=levels, base=base)


@st.composite
def numeric_attributes(draw: st.DrawFn, coding: str | None = None) -> Attribute:
    """Draw an attribute of two to five numbers above 0, of any numeric coding or of one."""
    coding = coding or draw(st.sampled_from(["linear", "log", "piecewise"]))
    tenths = draw(st.lists(st.integers(1, 10_000_000), min_size=2, max_size=5, unique=True))
    values = [x / 10 for x in tenths]
    more: dict[str, Any] = {}
    if coding == "piecewise":
        more["knots"] = draw(_knots(min(values), max(values)))
    return attribute(coding=coding, levels=values, unit="km", continuous=True, **more)


@st.composite
def attribute_tables(draw: st.DrawFn) -> dict[str, Attribute]:
    """Draw one to four attributes by name."""
    chosen = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    one = st.one_of(categorical_attributes(), numeric_attributes())
    return {name: draw(one) for name in chosen}


@st.composite
def products_of(
    draw: st.DrawFn, attributes: Mapping[str, Attribute], *, min_size: int = 1
) -> list[Product]:
    """Draw products: a level name of each attribute, or a number where it is numeric."""
    one = st.fixed_dictionaries({name: _values_of(a) for name, a in attributes.items()})
    return draw(st.lists(one, min_size=min_size, max_size=6))


@st.composite
def tables_with_products(draw: st.DrawFn) -> tuple[dict[str, Attribute], list[Product]]:
    """Draw attributes and products described on them."""
    attributes = draw(attribute_tables())
    return attributes, draw(products_of(attributes))


@st.composite
def configurations(
    draw: st.DrawFn, levels: Mapping[str, tuple[str, ...]] | None = None
) -> Configuration:
    """Draw a configuration of `levels`, or of three attributes a, b and c."""
    levels = levels or THREE_ATTRIBUTES
    chosen = {name: draw(st.sampled_from(many)) for name, many in levels.items()}
    return made_in_strategy(lambda: Configuration.of(chosen))


@st.composite
def conditions(
    draw: st.DrawFn,
    levels: Mapping[str, tuple[str, ...]] | None = None,
    *,
    may_be_empty: bool = True,
) -> dict[str, tuple[str, ...]]:
    """Draw a condition on some of the attributes."""
    levels = levels or THREE_ATTRIBUTES
    least = 0 if may_be_empty else 1
    named = draw(st.lists(st.sampled_from(sorted(levels)), min_size=least, unique=True))
    some = {
        name: draw(st.lists(st.sampled_from(levels[name]), min_size=1, unique=True))
        for name in named
    }
    return {name: tuple(chosen) for name, chosen in some.items()}


THREE_ATTRIBUTES = {"a": ("1", "2", "3"), "b": ("x", "y"), "c": ("low", "high")}


def attribute(**keys: Any) -> Attribute:
    """Return a checked attribute, labelled and of kind `feature` unless said otherwise."""
    raw = {"label": "An attribute", "kind": "feature", **keys}
    return made_in_strategy(lambda: Attribute.model_validate(raw))


def columns_of(attributes: Mapping[str, Attribute], products: list[Product]) -> dict[str, Column]:
    """Return the products as the columns that answers would have."""
    columns: dict[str, Column] = {}
    for name, a in attributes.items():
        found = [product[name] for product in products]
        if a.is_numeric:
            columns[name] = Numeric(np.array([_number(a, value) for value in found]))
        else:
            codes = [a.level_names.index(str(value)) for value in found]
            columns[name] = Categorical(np.array(codes), a.level_names)
    return columns


def coding_of(attributes: Mapping[str, Attribute], *, has_outside: bool = False) -> UtilityCoding:
    """Return the coding that the attributes ask for."""
    return UtilityCoding.of(attributes, has_outside=has_outside)


def _number(a: Attribute, value: str | float) -> float:
    found = a.level(value).value if isinstance(value, str) else value
    assert found is not None
    return float(found)


def _values_of(a: Attribute) -> st.SearchStrategy[str | float]:
    names, numbers = made_in_strategy(lambda: (a.level_names, a.values))
    if a.coding == "categorical":
        return st.sampled_from(names)
    return st.one_of(st.sampled_from(names), st.floats(min(numbers), max(numbers)))


@st.composite
def _knots(draw: st.DrawFn, low: float, high: float) -> list[float]:
    parts = draw(st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True))
    knots = sorted({low + (high - low) * part / 100 for part in parts})
    return [knot for knot in knots if low < knot < high and math.isfinite(knot)]
