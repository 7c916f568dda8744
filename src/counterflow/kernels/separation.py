"""Separation: a direction along which the likelihood rises without end."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog


def separating_direction(
    differences: Float[np.ndarray, "rows K"], *, tolerance: float = 1e-6
) -> Float[np.ndarray, " K"] | None:
    """Return a direction in which the likelihood of the choices never falls, None if there is none.

    `differences` are attributes of the alternatives less those of the chosen one, in units that
    make columns comparable. The direction's largest entry is 1 in size.

    Notes
    -----
    The likelihood has no maximum if and only if some direction d has x' d <= 0 for every row and
    x' d < 0 for one (Albert and Anderson, Biometrika 71, 1984; for the conditional logit the rows
    are these differences). The linear programme: least sum of x' d with x' d <= 0 and
    -1 <= d <= 1 (Konis, Linear programming algorithms for detecting separated data, 2007).

    Examples
    --------
    The cheaper one was always chosen, then not always:

    >>> separating_direction(np.array([[2.0], [1.0]]))
    array([-1.])
    >>> separating_direction(np.array([[2.0], [-1.0]])) is None
    True
    """
    rows = np.unique(differences, axis=0)
    found = linprog(rows.sum(axis=0), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=(-1.0, 1.0))
    if found.status != 0 or found.fun > -tolerance:
        return None
    return np.asarray(found.x / np.abs(found.x).max())
