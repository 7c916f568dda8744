"""Tables for people, on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from counterflow.cli.fitted_table import fitted_tables
from counterflow.domain.definition import Interval
from counterflow.report.numbers import MINUS, NO_BREAK, SHARE, Measure

NUMBER = Measure("", digits=3)
"""What has its unit at its head; large figures are in millions and billions."""
RATIO = Measure("")
"""What has no unit."""

__all__ = [
    "NUMBER",
    "RATIO",
    "SHARE",
    "amount",
    "between",
    "figure",
    "print_line",
    "print_notes",
    "print_table",
    "rounded_like",
]


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, n_texts: int = 1
) -> None:
    """Print rows under their columns; the first `n_texts` columns are text, the others figures.

    Figures that do not fit side by side go on in a next table.
    """
    console = Console(highlight=False)
    for table in fitted_tables(columns, list(rows), n_texts=n_texts, width=console.width):
        console.print(title, style="bold", markup=False)
        console.print(table, markup=False)
        title = f"{title.removesuffix(_GOES_ON)}{_GOES_ON}"


_GOES_ON = " (continued)"


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


def figure(value: float) -> str:
    """Return an estimate without its interval, to four digits.

    Examples
    --------
    >>> figure(778067697.0), figure(29985.3), figure(-0.12345)
    ('778.1 million', '29,990', '-0.1235')
    """
    return _plain(NUMBER.text(value, digits=4))


def between(interval: Interval, measure: Measure = NUMBER) -> str:
    """Return mean and 90 % interval, rounded as far as the interval tells.

    What is certain has no interval.

    Examples
    --------
    >>> between(Interval(1204.0, 903.0, 1190.0, 1608.0))
    '1,204 (903 to 1,608)'
    >>> between(Interval(778067697.0, 532827805.0, 770123456.0, 1092904238.0))
    '0.778 billion (0.533 to 1.093)'
    >>> between(Interval(0.1527, 0.1411, 0.1526, 0.1626), SHARE)
    '15.3 % (14.1 to 16.3)'
    """
    mean = rounded_like(interval, interval.mean, measure)
    if interval.low == interval.high:
        return mean
    return f"{mean} ({_plain(measure.span(interval))})"


def rounded_like(interval: Interval, value: float, measure: Measure = NUMBER) -> str:
    """Return a value of the interval with its unit, rounded as the interval is.

    Examples
    --------
    >>> rounded_like(Interval(1204.0, 903.0, 1190.0, 1608.0), 1190.0)
    '1,190'
    """
    return _plain(measure.centre(interval, value))


def _plain(text: str) -> str:
    """Return the text with the marks of a keyboard, so that it can be searched and copied."""
    return text.replace(NO_BREAK, " ").replace(MINUS, "-")
