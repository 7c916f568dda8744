"""What is wrong with a table, in the words of the person who keeps it: columns, rows, cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool

from counterflow.domain.cells import Cells
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import did_you_mean, not_among, quoted
from counterflow.domain.tables import Table

_MOST_ROWS = 20
_MOST_TEXTS = 3
_LONGEST_TEXT = 40


class TableProblems:
    """Collects everything that is wrong with a table, to refuse it once and for all."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._problems: list[Problem] = []

    def add(self, key: str, expected: str, found: str, advice: str = "") -> None:
        """Add what is wrong with a column, or with an argument that says how to read the table."""
        where = self._table.where
        self._problems.append(Problem(expected, found, where, key=key, advice=advice))

    def add_unknown(self, key: str, name: str, known: Iterable[str]) -> None:
        """Add that `name` is none of `known`, and which of them it may have been."""
        mismatch = not_among((), name, known)
        self.add(key, mismatch.expected, mismatch.found, mismatch.advice)

    def add_rows(
        self,
        cells: Cells,
        is_wrong: Bool[np.ndarray, " rows"],
        *,
        expected: str,
        found: str | None = None,
        known: Sequence[str] = (),
        advice: str = "",
    ) -> None:
        """Add the rows in which cells are wrong, one problem for each column that they stand in.

        `found` is what the cells hold unless it is given; `known` are names that they might have
        meant.
        """
        wrong, width = np.flatnonzero(is_wrong), len(cells.columns)
        for column in dict.fromkeys(cells.columns[i] for i in np.unique(wrong % width)):
            is_of_column = np.array([name == column for name in cells.columns])
            here = wrong[is_of_column[wrong % width]]
            texts = list(dict.fromkeys(cells.text(row) for row in here[:_MOST_ROWS]))
            self._problems.append(
                self._in_rows(
                    column,
                    np.unique(here // width),
                    expected=expected,
                    found=found or _said(texts),
                    advice=advice
                    or next((did_you_mean(text, known) for text in texts if text), ""),
                )
            )

    def raise_if_any(self) -> None:
        """Raise InputError with all that was added."""
        if self._problems:
            raise InputError(self._problems)

    def _in_rows(
        self, column: str, rows: np.ndarray, *, expected: str, found: str, advice: str
    ) -> Problem:
        shown = self._table.places(rows[:_MOST_ROWS])
        is_file_of_lines = self._table.lines is not None
        word = ("line" if is_file_of_lines else "row") + ("s" if len(rows) > 1 else "")
        more = f" and {len(rows) - _MOST_ROWS:,} more" if len(rows) > _MOST_ROWS else ""
        return Problem(
            expected,
            found,
            self._table.where,
            line=int(shown[0]) if is_file_of_lines else None,
            key=f"{column}, {word} {', '.join(map(str, shown))}{more}",
            advice=advice,
        )


def _said(texts: Sequence[str | None]) -> str:
    said = ["nothing" if text is None else quoted(_short(text)) for text in texts[:_MOST_TEXTS]]
    return ", ".join(said) + (" and others" if len(texts) > _MOST_TEXTS else "")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."
