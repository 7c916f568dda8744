"""The HiGHS engine for linear programmes.

HiGHS: Huangfu and Hall, Parallelizing the dual revised simplex method, Mathematical Programming
Computation 10, 2018; MIT licence.
"""

from __future__ import annotations

import math
from typing import Literal

import highspy
import numpy as np
from jaxtyping import Float

from counterflow.domain.linear_programme import LinearProgramme, Solution
from counterflow.programme.ports import Solver
from counterflow.solvers.weak_duality import upper_bound

Status = Literal["optimal", "time_limit", "infeasible", "unbounded"]

_STATUS: dict[highspy.HighsModelStatus, Status] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}

_OPTIONS = {
    "output_flag": False,
    # An interior point, then crossover to a vertex. Build plans of 78,000 variables take it about
    # ten seconds and the simplex method more than a minute; small ones are the same to both.
    "solver": "ipm",
    # One thread and one seed: equal problems take equal steps and end at the same point, also
    # where several points are best.
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    # Without this HiGHS may stop at "one of the two".
    "allow_unbounded_or_infeasible": False,
}


class HighsSolver(Solver):
    """Solves with HiGHS, on one thread."""

    def solve(self, problem: LinearProgramme, *, time_limit_s: float) -> Solution:
        """Return the solution with its status; a limit or an infeasibility is a status.

        At the time limit the point is the feasible one that was reached, if any, and the gap its
        distance to the bound that the prices of the rows prove.

        Raises
        ------
        RuntimeError
            If HiGHS ends in another way; the message holds its words.
        """
        if len(problem.objective) == 0:
            return _without_variables(problem)
        engine = highspy.Highs()
        for option, value in _OPTIONS.items():
            engine.setOptionValue(option, value)
        engine.setOptionValue("time_limit", float(time_limit_s))
        engine.passModel(highs_model(problem))
        engine.run()
        return _solution(problem, engine)


def _without_variables(problem: LinearProgramme) -> Solution:
    # HiGHS calls a problem without variables empty, whatever its rows ask for.
    feasible = bool((problem.row_lower <= 0).all() and (problem.row_upper >= 0).all())
    if feasible:
        return Solution(status="optimal", objective=0.0, gap=0.0, x=np.zeros(0))
    return _no_point("infeasible")


def highs_model(problem: LinearProgramme) -> highspy.HighsLp:
    """Return the programme as HiGHS takes it."""
    model = highspy.HighsLp()
    model.sense_ = highspy.ObjSense.kMaximize
    model.num_col_, model.num_row_ = len(problem.objective), len(problem.row_lower)
    model.col_cost_ = problem.objective
    model.col_lower_, model.col_upper_ = problem.lower, problem.upper
    model.row_lower_, model.row_upper_ = problem.row_lower, problem.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = problem.row_starts
    model.a_matrix_.index_ = problem.columns
    model.a_matrix_.value_ = problem.values
    return model


def _solution(problem: LinearProgramme, engine: highspy.Highs) -> Solution:
    ended = engine.getModelStatus()
    if ended not in _STATUS:
        words = engine.modelStatusToString(ended)
        raise RuntimeError(
            f"expected HiGHS to end optimal, infeasible, unbounded or at its time limit, "
            f"found {words!r}. Look for coefficients of very different sizes."
        )
    status = _STATUS[ended]
    feasible = (
        engine.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    )
    if status in ("infeasible", "unbounded") or not feasible:
        return _no_point(status)
    point = engine.getSolution()
    x = np.array(point.col_value)
    objective = float(problem.objective @ x)
    gap = 0.0 if status == "optimal" else _gap(problem, objective, np.array(point.row_dual))
    return Solution(status=status, objective=objective, gap=gap, x=x)


def _no_point(status: Status) -> Solution:
    objective = math.inf if status == "unbounded" else -math.inf
    return Solution(status=status, objective=objective, gap=math.inf, x=np.zeros(0))


def _gap(
    problem: LinearProgramme, objective: float, row_prices: Float[np.ndarray, " rows"]
) -> float:
    if len(row_prices) != len(problem.row_lower):
        return math.inf
    bound = upper_bound(problem, row_prices)
    return max(0.0, bound - objective) / max(abs(objective), 1e-12)
