"""Willingness to pay: what a step from one level to another is worth to the median person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import Categorical, Numeric
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.volumes import interval
from counterflow.domain.willingness_to_pay import WillingnessToPay

Step = tuple[str, str, str]
"""An attribute, one of its levels, and the level that it is compared with."""


def willingness_to_pay(
    part_worths: PartWorths,
    attributes: Mapping[str, Attribute],
    price_attribute: str,
    *,
    steps: Sequence[Step] | None = None,
) -> tuple[WillingnessToPay, ...]:
    """Return what people would pay for each step between levels, in the price's unit.

    Where no `steps` are named, categorical attributes step from the base level to each other level,
    numeric ones from each level to the next higher one.

    Notes
    -----
    A person would pay (u(level) - u(versus)) / m, with m the utility lost per unit of money (Train
    2009, section 3.6). Where the price is coded by logarithm or piecewise, m is its mean slope
    over the middle half of the prices asked about. Each draw gives the weighted median over
    people. The median, because a ratio has no mean where the price coefficient of some people may
    lie near zero: a few of them would decide it. Nor is the ratio of mean coefficients what a
    person would pay. Who is not deterred by a higher price would pay anything for what they like:
    it counts as 100 times the highest price asked about, which moves no median but their own.
    """
    price = attributes[price_attribute]
    low, high = min(price.values), max(price.values)
    middle = np.array([0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high])
    coding = part_worths.coding
    price_rows = _rows(coding, price_attribute, Numeric(middle))
    cost = -_utility(part_worths, price_rows[1] - price_rows[0]) / (middle[1] - middle[0])
    weights = part_worths.weights / part_worths.weights.sum()
    most = 100.0 * float(np.abs(price.values).max())
    if steps is None:
        steps = [
            (name, *pair)
            for name, attribute in attributes.items()
            if name != price_attribute
            for pair in _steps(attribute)
        ]
    rows = {name: _level_rows(coding, name, attributes[name]) for name, _, _ in steps}
    return tuple(
        _step(
            step,
            _amounts(_utility(part_worths, rows[name][level] - rows[name][versus]), cost, most),
            weights,
        )
        for step in steps
        for name, level, versus in [step]
    )


def _steps(attribute: Attribute) -> Iterator[tuple[str, str]]:
    """Yield each level that is compared, and the one that it is compared with."""
    if attribute.is_numeric:
        order = sorted(attribute.levels, key=lambda level: level.value or 0.0)
        for lower, upper in pairwise(order):
            yield upper.name, lower.name
        return
    for level in attribute.level_names:
        if level != attribute.base_level:
            yield level, attribute.base_level


def _level_rows(
    coding: UtilityCoding, name: str, attribute: Attribute
) -> dict[str, Float[np.ndarray, " K"]]:
    """Return the design row of each level, zero but for its attribute."""
    names = attribute.level_names
    if attribute.is_numeric:
        values = np.array([level.value for level in attribute.levels], dtype=float)
        rows = _rows(coding, name, Numeric(values))
    else:
        rows = _rows(coding, name, Categorical(np.arange(len(names), dtype=np.int32), names))
    return dict(zip(names, rows, strict=True))


def _rows(
    coding: UtilityCoding, attribute: str, column: Numeric | Categorical
) -> Float[np.ndarray, "rows K"]:
    """Return design rows that are zero but for one attribute."""
    term = next(term for term in coding.terms if term.attribute == attribute)
    encoded = term.encode(column)
    rows = np.zeros((len(encoded), len(coding.labels)))
    rows[:, coding.columns_of(attribute)] = encoded
    return rows


def _utility(
    part_worths: PartWorths, difference: Float[np.ndarray, " K"]
) -> Float[np.ndarray, "S N"]:
    return np.einsum("snk,k->sn", part_worths.draws, difference, dtype=float)


def _amounts(
    gain: Float[np.ndarray, "S N"], cost: Float[np.ndarray, "S N"], most: float
) -> Float[np.ndarray, "S N"]:
    """Return gain / cost, cut at what nobody can mean; the sign of the gain where cost is none."""
    unlimited = np.sign(gain) * most
    ratio = np.divide(gain, cost, out=unlimited.copy(), where=cost > 0.0)
    return np.clip(ratio, -most, most)


def _step(
    step: Step, amounts: Float[np.ndarray, "S N"], weights: Float[np.ndarray, " N"]
) -> WillingnessToPay:
    attribute, level, versus = step
    return WillingnessToPay(
        attribute=attribute,
        level=level,
        versus=versus,
        amount=interval(_weighted_medians(amounts, weights)),
        share_positive=float(((amounts > 0) @ weights).mean()),
    )


def _weighted_medians(
    amounts: Float[np.ndarray, "S N"], weights: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " S"]:
    """Return for each draw the smallest amount that half of the weight does not exceed."""
    order = np.argsort(amounts, axis=1, kind="stable")
    reached = np.cumsum(weights[order], axis=1)
    # Sums of weights that should be exactly one half may fall short by rounding.
    first = np.argmax(reached >= 0.5 - 1e-12, axis=1)
    return np.take_along_axis(amounts, np.take_along_axis(order, first[:, None], 1), 1)[:, 0]
