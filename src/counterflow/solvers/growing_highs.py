"""HiGHS on a programme that grows: the dual simplex method goes on from the last basis."""

from __future__ import annotations

import highspy
import numpy as np
from jaxtyping import Bool

from counterflow.domain.cutting import Columns, GrowingProgramme, NoVertex, Rows, Vertex
from counterflow.domain.linear_programme import LinearProgramme
from counterflow.solvers.highs import highs_model

_OPTIONS = {
    "output_flag": False,
    # A basis is what makes the next solution quick.
    "solver": "simplex",
    # One thread and one seed: equal programmes end at the same vertex.
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
}


class GrowingHighs(GrowingProgramme):
    """Keeps a programme in HiGHS."""

    def __init__(self, problem: LinearProgramme) -> None:
        self._engine = highspy.Highs()
        for option, value in _OPTIONS.items():
            self._engine.setOptionValue(option, value)
        self._engine.passModel(highs_model(problem))

    def add_rows(self, rows: Rows) -> None:
        """Add rows after the others."""
        self._engine.addRows(
            len(rows.lower),
            rows.lower,
            rows.upper,
            len(rows.columns),
            rows.starts[:-1].astype(np.int32),
            rows.columns.astype(np.int32),
            rows.values.astype(np.float64),
        )

    def drop_rows(self, is_dropped: Bool[np.ndarray, " rows"]) -> None:
        """Take rows away; those behind move up."""
        which = np.flatnonzero(is_dropped).astype(np.int32)
        self._engine.deleteRows(len(which), which)

    def add_columns(self, columns: Columns) -> None:
        """Add variables after the others."""
        self._engine.addCols(
            len(columns.objective),
            columns.objective,
            columns.lower,
            columns.upper,
            len(columns.rows),
            columns.starts[:-1].astype(np.int32),
            columns.rows.astype(np.int32),
            columns.values.astype(np.float64),
        )

    def solve(self, *, time_limit_s: float) -> Vertex | NoVertex:
        """Return the best vertex, or why there is none."""
        # HiGHS counts its limit from when the programme was opened.
        limit = self._engine.getRunTime() + max(time_limit_s, 0.0)
        self._engine.setOptionValue("time_limit", limit)
        self._engine.run()
        ended = self._engine.getModelStatus()
        if ended == highspy.HighsModelStatus.kInfeasible:
            return "infeasible"
        if ended != highspy.HighsModelStatus.kOptimal:
            return "not found"
        point = self._engine.getSolution()
        return Vertex(np.array(point.col_value), np.array(point.row_dual))
