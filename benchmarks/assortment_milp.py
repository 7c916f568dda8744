"""The assortment problem as one mixed-integer programme, for HiGHS as it comes.

The formulation of Mendez-Diaz, Miranda-Bront, Vulcano and Zabala (Discrete Applied Mathematics 164,
2014): with the share y_t of the outside option and z_ti = y_t where product i is offered.
"""

from __future__ import annotations

import math

import highspy
import numpy as np
import scipy.sparse as sp

from benchmarks.assortments import Assortment


def solve_milp(instance: Assortment, *, seconds: float) -> tuple[np.ndarray, float]:
    """Return the line that HiGHS found within so many seconds, and its bound."""
    engine = highspy.Highs()
    for option, value in {"output_flag": False, "time_limit": seconds, "threads": 2}.items():
        engine.setOptionValue(option, value)
    engine.passModel(_model(instance))
    engine.run()
    n = len(instance.revenue)
    x = np.array(engine.getSolution().col_value)[:n]
    bound = engine.getInfo().mip_dual_bound
    return x > 0.5, bound if math.isfinite(bound) else math.inf


def _model(instance: Assortment) -> highspy.HighsLp:
    m, n = instance.odds.shape
    odds = instance.odds.ravel()
    cell = np.arange(m * n)
    x, y, z = np.tile(np.arange(n), m), n + np.repeat(np.arange(m), n), n + m + cell
    one = np.ones(m * n)

    def rows(*columns: tuple[np.ndarray, np.ndarray]) -> sp.csr_array:
        where = np.concatenate([column for column, _ in columns])
        values = np.concatenate([value for _, value in columns])
        at = np.tile(cell, len(columns))
        return sp.csr_array((values, (at, where)), shape=(m * n, n + m + m * n))

    shares = sp.csr_array(
        (np.r_[np.ones(m), odds], (np.r_[np.arange(m), y - n], np.r_[n + np.arange(m), z])),
        shape=(m, n + m + m * n),
    )
    matrix = sp.vstack(
        [
            shares,
            rows((z, one), (y, -one)),
            rows((y, one), (z, -one), (x, one)),
            rows((z, 1.0 + odds), (x, -one)),
        ]
    ).tocsr()
    none, all_ones = np.zeros(m * n), np.ones(m * n)
    model = highspy.HighsLp()
    model.sense_ = highspy.ObjSense.kMaximize
    model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
    model.col_cost_ = np.r_[
        np.zeros(n + m),
        (instance.weights[:, None] * instance.odds * instance.revenue).ravel(),
    ]
    model.col_lower_ = np.zeros(model.num_col_)
    model.col_upper_ = np.ones(model.num_col_)
    model.row_lower_ = np.r_[np.ones(m), np.full(3 * m * n, -np.inf)]
    model.row_upper_ = np.r_[np.ones(m), none, all_ones, none]
    model.integrality_ = [highspy.HighsVarType.kInteger] * n + [
        highspy.HighsVarType.kContinuous
    ] * (m + m * n)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    return model
