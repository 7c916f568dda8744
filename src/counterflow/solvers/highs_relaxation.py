"""HiGHS as a bounder of linear programmes: the bound that its prices of the rows prove.

The bound holds whatever the tolerances of the engine: any prices of the rows prove one.
"""

from __future__ import annotations

import math

import highspy
import numpy as np

from counterflow.domain.linear_programme import LinearProgramme
from counterflow.domain.linear_relaxation import Relaxed
from counterflow.solvers.highs import highs_model
from counterflow.solvers.weak_duality import upper_bound

_OPTIONS = {
    "output_flag": False,
    # The dual simplex takes a third of the interior point's time on relaxations of assortments.
    "solver": "simplex",
    # One thread and one seed: equal problems take equal steps and end at the same point.
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "allow_unbounded_or_infeasible": False,
}


def relax_with_highs(problem: LinearProgramme, seconds: float = math.inf) -> Relaxed:
    """Return a bound of the programme and a point near its best one.

    Examples
    --------
    Maximise 3 a + 2 b where a + b <= 4 and both are at most 3:

    >>> problem = LinearProgramme(
    ...     objective=np.array([3.0, 2.0]), lower=np.zeros(2), upper=np.full(2, 3.0),
    ...     row_starts=np.array([0, 2]), columns=np.array([0, 1]), values=np.ones(2),
    ...     row_lower=np.array([-np.inf]), row_upper=np.array([4.0]),
    ... )
    >>> round(relax_with_highs(problem).bound, 6)
    11.0
    """
    engine = highspy.Highs()
    for option, value in _OPTIONS.items():
        engine.setOptionValue(option, value)
    engine.setOptionValue("time_limit", float(seconds))
    engine.passModel(highs_model(problem))
    engine.run()
    ended = engine.getModelStatus()
    if ended == highspy.HighsModelStatus.kInfeasible:
        return Relaxed(bound=-math.inf, x=np.zeros(0))
    point = engine.getSolution()
    if ended != highspy.HighsModelStatus.kOptimal:
        return Relaxed(bound=math.inf, x=np.zeros(0))
    return Relaxed(
        bound=upper_bound(problem, np.array(point.row_dual)), x=np.array(point.col_value)
    )
