"""Linear programmes: from dense rows, and generated with a point that is known to be feasible."""

import numpy as np
import scipy.sparse as sp
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.domain.linear_programme import LinearProgramme


def linear_programme(objective, rows, *, row_lower=None, row_upper=None, lower=0.0, upper=np.inf):
    """Return the programme with these dense rows; variables are from 0 upwards by default."""
    objective = np.asarray(objective, dtype=float)
    matrix = sp.csr_array(np.asarray(rows, dtype=float))
    n_rows = matrix.shape[0]
    return LinearProgramme(
        objective=objective,
        lower=np.broadcast_to(np.asarray(lower, dtype=float), objective.shape).copy(),
        upper=np.broadcast_to(np.asarray(upper, dtype=float), objective.shape).copy(),
        row_starts=matrix.indptr,
        columns=matrix.indices,
        values=matrix.data,
        row_lower=np.full(n_rows, -np.inf) if row_lower is None else np.array(row_lower, float),
        row_upper=np.full(n_rows, np.inf) if row_upper is None else np.array(row_upper, float),
    )


@st.composite
def feasible_programmes(draw):
    """Return a bounded programme as arguments of `linear_programme`, and a feasible point."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(0, 5))
    whole = st.integers(-9, 9).map(float)
    rows = draw(hnp.arrays(float, (m, n), elements=whole))
    point = draw(hnp.arrays(float, n, elements=st.integers(0, 9).map(float)))
    slack = draw(hnp.arrays(float, (2, m), elements=st.integers(0, 5).map(float)))
    return {
        "objective": draw(hnp.arrays(float, n, elements=whole)),
        "rows": rows,
        "row_lower": rows @ point - slack[0],
        "row_upper": rows @ point + slack[1],
        "upper": 10.0,
    }, point
