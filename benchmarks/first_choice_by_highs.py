"""The model of Bertsimas and Misic written down whole and given to HiGHS: what ours is beside."""

from __future__ import annotations

import time
from typing import NamedTuple

import highspy
import numpy as np
import scipy.sparse as sp

from counterflow.kernels.first_choice import FirstChoiceProblem


class Outcome(NamedTuple):
    """What HiGHS found, what it proved, and how long it took."""

    profit: float
    bound: float
    seconds: float


def solve_by_highs(problem: FirstChoiceProblem, *, time_limit_s: float) -> Outcome:
    """Return what HiGHS makes of the whole model, on one thread; all fixed costs must be 0.

    Variables are x of each candidate, y of each entry of a list, and the sum of y behind it; y <= x
    of the entry, and the sum behind it is at most 1 - x (Bertsimas and Misic, Operations Research
    67(3), 2019, section 3, with sums as variables so that rows are short).
    """
    engine = highspy.Highs()
    for option, value in {"output_flag": False, "threads": 1, "mip_rel_gap": 1e-6}.items():
        engine.setOptionValue(option, value)
    engine.setOptionValue("time_limit", time_limit_s)
    started = time.perf_counter()
    engine.passModel(_model(problem))
    engine.run()
    info = engine.getInfo()
    return Outcome(
        info.objective_function_value, info.mip_dual_bound, time.perf_counter() - started
    )


def _model(problem: FirstChoiceProblem) -> highspy.HighsLp:
    n, entries = len(problem.group), len(problem.listed)
    every = np.arange(entries)
    is_last = np.zeros(entries, bool)
    is_last[problem.starts[1:] - 1] = True
    one, x = sp.identity(entries, format="csr"), _picks(every, problem.listed, entries, n)
    after = _picks(every[~is_last], every[~is_last] + 1, entries, entries)
    firsts = problem.starts[:-1]
    served = sp.csr_array(one)[firsts]
    rows = sp.block_array(
        [
            [-x, one, None],
            [x, None, one],
            [None, -after, one - after],
            [None, served, served],
            [sp.csr_array(np.ones((1, n))), None, None],
        ],
        format="csr",
    )
    upper = [np.zeros(entries), np.ones(entries), np.zeros(entries), np.ones(len(firsts))]
    model = highspy.HighsLp()
    model.sense_ = highspy.ObjSense.kMaximize
    model.num_row_, model.num_col_ = rows.shape
    people = np.repeat(problem.weights, np.diff(problem.starts))
    model.col_cost_ = np.concatenate([np.zeros(n), people * problem.profits, np.zeros(entries)])
    model.col_lower_ = np.zeros(rows.shape[1])
    model.col_upper_ = np.ones(rows.shape[1])
    lower = np.full(rows.shape[0], -np.inf)
    lower[2 * entries : 3 * entries] = 0.0
    model.row_lower_ = lower
    model.row_upper_ = np.concatenate([*upper, [problem.n_offers]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr
    model.a_matrix_.index_ = rows.indices
    model.a_matrix_.value_ = rows.data
    integer = [highspy.HighsVarType.kInteger] * n
    model.integrality_ = integer + [highspy.HighsVarType.kContinuous] * (2 * entries)
    return model


def _picks(rows: np.ndarray, columns: np.ndarray, n_rows: int, n_columns: int) -> sp.csr_array:
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n_rows, n_columns))
