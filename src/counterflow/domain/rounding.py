"""Rounding: figures that are kept carry the digits that can be trusted, and no more."""

from __future__ import annotations

DIGITS = 12


def significant(value: float) -> float:
    """Return the number rounded to 12 significant digits.

    The last digits of a sum depend on the order in which a machine adds; what is kept and hashed
    must not.

    Examples
    --------
    >>> significant(0.1 + 0.2), significant(123456789.123456789)
    (0.3, 123456789.123)
    """
    return float(f"{value:.{DIGITS}g}")
