"""The solver's twin: SciPy's linprog, fed with dense rows."""

import math

import numpy as np
from scipy.optimize import linprog

from counterflow.domain.linear_programme import LinearProgramme, Solution
from counterflow.programme.ports import Solver

_STATUS = {0: "optimal", 1: "time_limit", 2: "infeasible", 3: "unbounded"}


class ScipySolver(Solver):
    """Solves small problems with scipy.optimize.linprog."""

    def solve(self, problem: LinearProgramme, *, time_limit_s: float) -> Solution:
        rows = _dense(problem)
        if len(problem.objective) == 0:
            fits = (problem.row_lower <= 0).all() and (problem.row_upper >= 0).all()
            status = "optimal" if fits else "infeasible"
            return Solution(status=status, objective=0.0, gap=0.0, x=np.zeros(0))
        above, below = np.isfinite(problem.row_upper), np.isfinite(problem.row_lower)
        found = linprog(
            -problem.objective,
            A_ub=np.vstack([rows[above], -rows[below]]),
            b_ub=np.concatenate([problem.row_upper[above], -problem.row_lower[below]]),
            bounds=np.column_stack([problem.lower, problem.upper]),
            options={"time_limit": time_limit_s},
        )
        status = _STATUS[found.status]
        if found.x is None:
            return Solution(status=status, objective=math.nan, gap=math.inf, x=np.zeros(0))
        return Solution(status=status, objective=-found.fun, gap=0.0, x=found.x)


def _dense(problem: LinearProgramme) -> np.ndarray:
    rows = np.zeros((len(problem.row_lower), len(problem.objective)))
    for i in range(len(rows)):
        run = slice(problem.row_starts[i], problem.row_starts[i + 1])
        np.add.at(rows[i], problem.columns[run], problem.values[run])
    return rows
