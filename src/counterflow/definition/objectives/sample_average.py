"""Sample average: what the best line can be worth to everybody, though a sample was searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit


@dataclass(frozen=True, kw_only=True)
class SampleAverageGap:
    """How far a line may be from the best one, sampling included.

    Parameters
    ----------
    value, value_se
        What the line is worth to people who were not searched, and its standard error.
    bound, bound_se
        Mean over samples of what no line is worth more than there, and its standard error.
    gap_at_most
        One-sided 95 % limit of the distance to the best line, at least 0.
    """

    value: float
    value_se: float
    bound: float
    bound_se: float
    gap_at_most: float


def sample_average_gap(
    bounds: Sequence[float], held_out: Sequence[float], *, confidence: float = 0.95
) -> SampleAverageGap:
    """Return the gap from bounds of independent samples and values on held-out samples.

    Notes
    -----
    The mean of optimal values of samples lies above the best value of the whole, and that of any
    one line on fresh samples is unbiased; the limit is the sum of both one-sided limits (Mak,
    Morton and Wood, Operations Research Letters 24(1-2), 1999, section 3.1).

    Examples
    --------
    >>> found = sample_average_gap([10.0, 12.0, 11.0], [9.0, 9.5, 10.0])
    >>> found.bound, found.value, round(found.gap_at_most, 2)
    (11.0, 9.5, 4.03)
    """
    if len(bounds) < 2 or len(held_out) < 2:
        raise ValueError("expected at least two samples of each, to tell a standard error")
    (bound, bound_se), (value, value_se) = _mean(bounds), _mean(held_out)
    above = stdtrit(len(bounds) - 1, confidence) * bound_se
    below = stdtrit(len(held_out) - 1, confidence) * value_se
    return SampleAverageGap(
        value=value,
        value_se=value_se,
        bound=bound,
        bound_se=bound_se,
        gap_at_most=max(0.0, bound - value) + float(above) + float(below),
    )


def _mean(values: Sequence[float]) -> tuple[float, float]:
    drawn = np.asarray(values, dtype=float)
    return float(drawn.mean()), float(drawn.std(ddof=1) / np.sqrt(len(drawn)))
