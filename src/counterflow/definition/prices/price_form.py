"""The form in which a price enters utility: linear, by its logarithm, or piecewise linear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import Numeric
from counterflow.domain.coding import LinearTerm, LogTerm, PiecewiseTerm, Term

_Derivative = Callable[[Float[np.ndarray, " A"]], Float[np.ndarray, "terms A"]]


@dataclass(frozen=True, kw_only=True)
class PriceForm:
    """What prices become in utility, a row for each coefficient, and how that changes with them."""

    values: _Derivative
    slopes: _Derivative
    """Between knots; at a knot, those above it."""
    curvatures: _Derivative
    knots: tuple[float, ...] = ()
    """Prices at which the slopes jump."""


def price_form(term: Term) -> PriceForm:
    """Return the form of a term of the coding.

    Examples
    --------
    >>> form = price_form(LogTerm("price", reference=10.0))
    >>> form.slopes(np.array([20.0])), form.curvatures(np.array([20.0]))
    (array([[0.05]]), array([[-0.0025]]))
    """
    if isinstance(term, LinearTerm):
        return PriceForm(values=_encoded(term), slopes=_ones, curvatures=_zeros)
    if isinstance(term, LogTerm):
        return PriceForm(
            values=_encoded(term),
            slopes=lambda prices: 1.0 / prices[None, :],
            curvatures=lambda prices: -1.0 / prices[None, :] ** 2,
        )
    if isinstance(term, PiecewiseTerm):
        knots = np.array(term.knots)
        stretches = np.arange(len(knots) + 1)[:, None]
        return PriceForm(
            values=_encoded(term),
            slopes=lambda prices: (
                np.searchsorted(knots, prices, side="right") == stretches
            ).astype(float),
            curvatures=lambda prices: np.zeros((len(stretches), len(prices))),
            knots=tuple(term.knots),
        )
    raise TypeError(f"a price is a number, not a level of {term.attribute}")


def _encoded(term: Term) -> _Derivative:
    return lambda prices: term.encode(Numeric(prices)).T


def _ones(prices: Float[np.ndarray, " A"]) -> Float[np.ndarray, "terms A"]:
    return np.ones((1, len(prices)))


def _zeros(prices: Float[np.ndarray, " A"]) -> Float[np.ndarray, "terms A"]:
    return np.zeros((1, len(prices)))


LINEAR = price_form(LinearTerm("price"))
"""Utility is linear in the price."""
