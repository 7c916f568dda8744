"""Sparse rows of a linear programme, put together block by block."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from counterflow.domain.linear_programme import LinearProgramme

Where = Int[np.ndarray, " _"]
Entries = Float[np.ndarray, " _"]


class SparseRows:
    """Rows lower <= a'x <= upper. State: the entries and limits of the rows so far."""

    def __init__(self) -> None:
        self._entries: list[tuple[Where, Where, Entries]] = []
        self._lower: list[Entries] = []
        self._upper: list[Entries] = []
        self._n = 0

    def add(
        self,
        n_rows: int,
        entries: list[tuple[Where, Where, Entries]],
        *,
        least: float | Entries = -np.inf,
        most: float | Entries = np.inf,
    ) -> None:
        """Add rows; `entries` are arrays of the row in this block, the column and the value."""
        self._entries += [(row + self._n, column, value) for row, column, value in entries]
        self._lower.append(np.broadcast_to(np.asarray(least, dtype=float), n_rows))
        self._upper.append(np.broadcast_to(np.asarray(most, dtype=float), n_rows))
        self._n += n_rows

    def programme(self, objective: Entries, lower: Entries, upper: Entries) -> LinearProgramme:
        """Return the programme that maximises the objective under these rows."""
        row, column, value = (np.concatenate(parts) for parts in zip(*self._entries, strict=True))
        matrix = sp.csr_array((value, (row, column)), shape=(self._n, len(objective)))
        return LinearProgramme(
            objective=objective,
            lower=lower,
            upper=upper,
            row_starts=matrix.indptr,
            columns=matrix.indices,
            values=matrix.data,
            row_lower=np.concatenate(self._lower),
            row_upper=np.concatenate(self._upper),
        )
