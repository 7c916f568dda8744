"""A linear programme with labels, and its solution: formulated by a stage, solved by an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearProgramme:
    """Maximise c'x subject to row_lower <= A x <= row_upper and lower <= x <= upper.

    A is sparse by rows: the entries of row i are `values[row_starts[i]:row_starts[i + 1]]` in
    the columns `columns[...]` of the same run.
    """

    objective: Float[np.ndarray, " n"]
    lower: Float[np.ndarray, " n"]
    upper: Float[np.ndarray, " n"]
    row_starts: Int[np.ndarray, " rows_and_one"]
    columns: Int[np.ndarray, " entries"]
    values: Float[np.ndarray, " entries"]
    row_lower: Float[np.ndarray, " rows"]
    row_upper: Float[np.ndarray, " rows"]

    def __post_init__(self) -> None:
        n, rows = len(self.objective), len(self.row_lower)
        if not len(self.lower) == len(self.upper) == n:
            raise ValueError(f"lower and upper must have {n} entries, one a variable")
        if len(self.row_upper) != rows or len(self.row_starts) != rows + 1:
            raise ValueError(f"row_upper needs {rows} entries and row_starts {rows + 1}")
        if len(self.columns) != len(self.values) or self.row_starts[-1] != len(self.values):
            raise ValueError("columns, values and row_starts must describe the same entries")
        if not (np.isfinite(self.objective).all() and np.isfinite(self.values).all()):
            raise ValueError("objective and values must be finite")
        limits = (self.lower, self.upper, self.row_lower, self.row_upper)
        if any(np.isnan(limit).any() for limit in limits):
            raise ValueError("bounds and limits must be numbers or infinite, not NaN")


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """The best point found, how it ended, and how far from the best it may be (relative)."""

    status: Literal["optimal", "time_limit", "infeasible", "unbounded"]
    objective: float
    gap: float
    x: Float[np.ndarray, " n"]
    """Empty if no point was found."""
