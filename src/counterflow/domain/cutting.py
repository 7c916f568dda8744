"""Linear programmes that grow: rows and columns are added, and solving goes on where it stood.

A model with more inequalities than can be written down adds those that its last point breaks. An
engine in `solvers/` keeps the programme; the model asks only for what this page names.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from counterflow.domain.linear_programme import LinearProgramme


@dataclass(frozen=True)
class Rows:
    """Rows `lower <= values x <= upper`, one after the other; `starts` has one entry more."""

    starts: Int[np.ndarray, " rows_and_one"]
    columns: Int[np.ndarray, " entries"]
    values: Float[np.ndarray, " entries"]
    lower: Float[np.ndarray, " rows"]
    upper: Float[np.ndarray, " rows"]


@dataclass(frozen=True)
class Columns:
    """Variables with their limits, and their entries in rows that are there."""

    objective: Float[np.ndarray, " columns"]
    lower: Float[np.ndarray, " columns"]
    upper: Float[np.ndarray, " columns"]
    starts: Int[np.ndarray, " columns_and_one"]
    rows: Int[np.ndarray, " entries"]
    values: Float[np.ndarray, " entries"]


NoVertex = Literal["infeasible", "not found"]
"""Why there is no best vertex: no point keeps all rows; or it was not found, in time or at all."""


@dataclass(frozen=True)
class Vertex:
    """The best point of a programme and the prices of its rows, 0 or more at an upper limit."""

    x: Float[np.ndarray, " columns"]
    row_prices: Float[np.ndarray, " rows"]


class GrowingProgramme(ABC):
    """A linear programme to be maximised, which grows and shrinks between solutions."""

    @abstractmethod
    def add_rows(self, rows: Rows) -> None:
        """Add rows after the others."""

    @abstractmethod
    def drop_rows(self, is_dropped: Bool[np.ndarray, " rows"]) -> None:
        """Take rows away; those behind move up."""

    @abstractmethod
    def add_columns(self, columns: Columns) -> None:
        """Add variables after the others."""

    @abstractmethod
    def solve(self, *, time_limit_s: float) -> Vertex | NoVertex:
        """Return the best vertex, or why there is none."""


OpenProgramme = Callable[[LinearProgramme], GrowingProgramme]
"""What opens an engine on a programme; any number may be open, each on one thread at a time."""
