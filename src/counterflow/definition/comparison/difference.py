"""Differences: one quantity under A and under B in the same draws, and which is the larger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Interval
from counterflow.domain.rounding import significant
from counterflow.domain.volumes import interval

TIE = 1e-9
"""Relative difference below which two draws are the same: sums in another order differ by less."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A quantity under A and under B, and B less A, over the same draws."""

    a: Interval
    b: Interval
    difference: Interval
    """B less A. Narrower than A and B suggest: what both share falls out of it."""
    probability_more: float
    """Share of draws in which B is larger; those in which both are the same count half."""

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {
            "a": _rounded(self.a),
            "b": _rounded(self.b),
            "difference": _rounded(self.difference),
            "probability_more": significant(self.probability_more),
        }


def difference(a: Float[np.ndarray, " S"], b: Float[np.ndarray, " S"]) -> Difference:
    """Return how `b` differs from `a`; draw s of both must be the same state of the world.

    Examples
    --------
    >>> found = difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 5.0]))
    >>> found.difference.mean, round(found.probability_more, 3)
    (1.0, 0.833)
    """
    return Difference(
        a=interval(a),
        b=interval(b),
        difference=interval(np.where(_is_tie(a, b), 0.0, b - a)),
        probability_more=probability_better(b, a),
    )


def probability_better(ours: Float[np.ndarray, " S"], reference: Float[np.ndarray, " S"]) -> float:
    """Return the share of draws in which `ours` is above `reference`; a tie counts half.

    Both must be valued on common draws, as `valuation.profit_draws` does for any two lines: the
    draws of independent runs would say how wide each is and not which is better.

    Notes
    -----
    P(X > Y) + P(X = Y) / 2, the probability of superiority (Vargha and Delaney, Journal of
    Educational and Behavioral Statistics 25(2), 2000), here of paired draws. Ties are counted so
    that the probabilities of either being better add up to 1.

    Examples
    --------
    >>> probability_better(np.array([2.0, 2.0, 5.0, 0.0]), np.array([1.0, 2.0, 3.0, 1.0]))
    0.625
    """
    is_tie = _is_tie(ours, reference)
    return float(np.mean(np.where(is_tie, 0.5, ours > reference)))


def differences_as_dict(differences: Mapping[str, Difference]) -> dict[str, Any]:
    """Return differences by name as JSON values."""
    return {name: found.as_dict() for name, found in differences.items()}


def _is_tie(a: Float[np.ndarray, " S"], b: Float[np.ndarray, " S"]) -> np.ndarray:
    return np.asarray(np.abs(b - a) <= TIE * np.maximum(np.abs(a), np.abs(b)))


def _rounded(figures: Interval) -> dict[str, float]:
    return {name: significant(value) for name, value in figures.as_dict().items()}
