"""Tables for people, on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from counterflow.domain.definition import Interval


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their columns; the first column is text, the others figures."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table, markup=False)


def print_line(text: str) -> None:
    """Print one line of plain text."""
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def print_notes(notes: Iterable[str]) -> None:
    """Print what a reader must know before trusting the figures, a line each."""
    for note in notes:
        print_line(f"note: {note}")


def amount(value: float) -> str:
    """Return a number as people read it: thousands separated, about four figures.

    Examples
    --------
    >>> amount(1234567.8), amount(12.3456), amount(-0.0001234)
    ('1,234,568', '12.35', '-0.0001234')
    """
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def between(interval: Interval) -> str:
    """Return mean and 90 % interval, e.g. `1,200 (900 to 1,600)`.

    Examples
    --------
    >>> between(Interval(1200.0, 900.0, 1190.0, 1600.0))
    '1,200 (900 to 1,600)'
    """
    return f"{amount(interval.mean)} ({amount(interval.low)} to {amount(interval.high)})"
