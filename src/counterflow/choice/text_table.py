"""A table as text: names to the left, figures to the right, columns as wide as they need."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(header: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    """Return rows of a name and figures under a header, each figure with four significant digits.

    Examples
    --------
    >>> print(text_table(("coefficient", "mean"), [("price", -0.034957), ("range", 12.0)]))
    coefficient      mean
    price        -0.03496
    range              12
    """
    cells = [[cell if isinstance(cell, str) else f"{cell:.4g}" for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    return "\n".join(_line(row, widths) for row in (header, *cells))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join((first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)))
