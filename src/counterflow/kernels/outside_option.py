"""The outside option's constant: solved so that a known share of people takes it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.kernels.compiled import outside_option as compiled
from counterflow.kernels.shares import log_sums

TOLERANCE = 1e-13
"""Distance of the share reached to the share wanted."""

_MOST_STEPS = 200


def with_outside_share(
    part_worths: Float[np.ndarray, "N K"],
    weights: Float[np.ndarray, " N"],
    rows: Float[np.ndarray, "M A K"],
    offsets: Float[np.ndarray, "M A"],
    *,
    n_ours: int,
    share: float | None,
) -> Float[np.ndarray, "M A"]:
    """Return the offsets with that of the outside option, the last alternative, calibrated.

    Without the first `n_ours` alternatives, a weighted mean `share` of people takes the outside
    option in each region. What people differ by in their utility of it is kept. Where no share is
    known the offsets stay as they are.

    Examples
    --------
    One rival, as good as the outside option before, is to be left by four in five:

    >>> offsets = with_outside_share(np.ones((1, 1)), np.ones(1), np.ones((1, 3, 1)),
    ...                              np.zeros((1, 3)), n_ours=1, share=0.8)
    >>> np.exp(offsets).round(9)
    array([[1., 1., 4.]])
    """
    if share is None:
        return offsets
    others = log_sums(part_worths, rows[:, n_ours:-1], offsets[:, n_ours:-1])
    outside = np.einsum("mk,nk->mn", rows[:, -1], part_worths)
    calibrated = offsets.copy()
    calibrated[:, -1] = calibrated_constants(outside - others, weights, share=share)
    return calibrated


def calibrated_constants(
    relative: Float[np.ndarray, "M N"], weights: Float[np.ndarray, " N"], *, share: float
) -> Float[np.ndarray, " M"]:
    """Return what to add to the outside option's utility in each region so that `share` take it.

    `relative` is each person's utility of the outside option less the logsum of all else that is
    sold; `weights` sum to 1; `share` lies between 0 and 1.

    Notes
    -----
    The root c of sum over n of w[n] / (1 + exp(-(c + relative[n]))) = share: the constants of
    a model reset to known shares (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009,
    section 2.8), here one constant and so one monotone equation. At logit(share) less the largest
    and the smallest of `relative` the left side is at most and at least `share`, which brackets
    the root; Newton steps that leave the bracket are replaced by halving it.

    Examples
    --------
    All people alike: the constant is logit(share) less their relative utility.

    >>> calibrated_constants(np.array([[2.0]]), np.ones(1), share=0.5)
    array([-2.])
    """
    relative = np.ascontiguousarray(relative, dtype=np.float64)
    return np.array(
        [
            compiled.calibrated_constant(
                people, np.asarray(weights, np.float64), share, TOLERANCE, _MOST_STEPS
            )
            for people in relative
        ]
    )
