"""The growing programme's twin: dense rows, and SciPy's linprog from the start each time."""

import numpy as np
from scipy.optimize import linprog

from counterflow.domain.cutting import GrowingProgramme, Vertex


class ScipyGrowing(GrowingProgramme):
    """Keeps a small programme as dense rows."""

    def __init__(self, problem):
        self.objective, self.lower, self.upper = problem.objective, problem.lower, problem.upper
        self.matrix = np.zeros((0, len(problem.objective)))
        self.row_lower, self.row_upper = problem.row_lower, problem.row_upper
        starts = problem.row_starts
        self.matrix = _dense(starts, problem.columns, problem.values, len(problem.objective))

    def add_rows(self, rows):
        new = _dense(rows.starts, rows.columns, rows.values, len(self.objective))
        self.matrix = np.vstack([self.matrix, new])
        self.row_lower = np.append(self.row_lower, rows.lower)
        self.row_upper = np.append(self.row_upper, rows.upper)

    def drop_rows(self, is_dropped):
        self.matrix = self.matrix[~is_dropped]
        self.row_lower, self.row_upper = self.row_lower[~is_dropped], self.row_upper[~is_dropped]

    def add_columns(self, columns):
        new = _dense(columns.starts, columns.rows, columns.values, len(self.row_lower)).T
        self.matrix = np.hstack([self.matrix, new])
        self.objective = np.append(self.objective, columns.objective)
        self.lower = np.append(self.lower, columns.lower)
        self.upper = np.append(self.upper, columns.upper)

    def solve(self, *, time_limit_s):
        above, below = np.isfinite(self.row_upper), np.isfinite(self.row_lower)
        found = linprog(
            -self.objective,
            A_ub=np.vstack([self.matrix[above], -self.matrix[below]]),
            b_ub=np.concatenate([self.row_upper[above], -self.row_lower[below]]),
            bounds=np.column_stack([self.lower, self.upper]),
            options={"time_limit": time_limit_s},
        )
        if found.status != 0:
            return "infeasible" if found.status == 2 else "not found"
        prices = np.zeros(len(self.row_lower))
        prices[above] -= found.ineqlin.marginals[: above.sum()]
        prices[below] += found.ineqlin.marginals[above.sum() :]
        return Vertex(found.x, prices)


def _dense(starts, columns, values, width):
    matrix = np.zeros((len(starts) - 1, width))
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    matrix[rows, columns] = values
    return matrix
