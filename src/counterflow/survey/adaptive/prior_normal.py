"""The normal from which a respondent is believed to come before the first answer."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.kernels.adaptive_task import Normal

_SHRINKAGE = 0.1
"""How far correlations of the draws are drawn towards zero: a hundred draws leave some by chance,
and too sharp a prior in one direction would never be asked about."""
_SPREAD = 1.0
"""Where nothing is known: the standard deviation of utility that a typical difference makes."""


def prior_normal(draws: Float[np.ndarray, "R K"], rows: Float[np.ndarray, "products K"]) -> Normal:
    """Return the mean of the draws and a root of their covariance.

    Parameters
    ----------
    draws
        Coefficients of people; a single draw, or equal ones, where nothing is known.
    rows
        What may be shown: a coefficient without spread gets one by which a typical difference
        between products is worth one logit, for nobody can be sure before asking.

    Examples
    --------
    >>> found = prior_normal(np.zeros((1, 1)), np.array([[-2.0], [2.0]]))
    >>> found.mean, found.covariance
    (array([0.]), array([[0.5]]))

    Of two coefficients of which one is known to differ between people:

    >>> draws, rows = np.array([[0.0, 1.0], [0.0, 3.0]]), np.array([[-2.0, 1.0], [2.0, 1.0]])
    >>> prior_normal(draws, rows).covariance
    array([[0.5       , 0.        ],
           [0.        , 1.41421356]])
    """
    mean = draws.mean(axis=0)
    centred = draws - mean
    covariance = centred.T @ centred / max(len(draws) - 1, 1)
    sds = np.sqrt(np.diag(covariance))
    width = rows.std(axis=0)
    unknown = _SPREAD / np.where(width > 0.0, width, 1.0)
    known = np.where(sds > 0.0, sds, 1.0)
    correlation = (1.0 - _SHRINKAGE) * covariance / np.outer(known, known)
    np.fill_diagonal(correlation, 1.0)
    scale = np.where(sds > 0.0, sds, unknown)
    return Normal(mean, scale[:, None] * np.linalg.cholesky(correlation))
