"""Numbers as people read them: rounded to what is known, with thousands separators and a unit.

A figure with an interval is rounded to two digits of the width of the interval (JCGM 100:2008,
7.2.6), so the page shows no digits that the draws do not support; where this would round away the
median or an end, all keep one more. What is no number reads `n/a`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from counterflow.domain.definition import Interval

NOT_KNOWN = "n/a"
_TINY = 1e-5
MINUS, NO_BREAK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Measure:
    """What is measured: numbers are multiplied by `factor` and followed by `unit`.

    Figures keep `digits` digits of the width of their interval: a third one where they stand in a
    column and are compared.

    Examples
    --------
    >>> CNY = Measure("CNY")
    >>> CNY.interval(Interval(8137.0, 7212.0, 8140.0, 9021.0)).replace(NO_BREAK, " ")
    '8,100 CNY (90 % interval 7,200 to 9,000)'
    >>> SHARE.interval(Interval(0.2411, 0.20, 0.241, 0.29)).replace(NO_BREAK, " ")
    '24.1 % (90 % interval 20.0 to 29.0)'
    """

    unit: str
    factor: float = 1.0
    digits: int = 2

    def text(self, value: float, *, digits: int = 3) -> str:
        """Return the value to so many significant digits, with its unit."""
        scaled, word = self._scaled(value)
        return self._with_unit(number(scaled, step=significant_step(scaled, digits)), word)

    def exact(self, value: float) -> str:
        """Return a value that somebody set, such as a price: nothing is rounded away."""
        return self._with_unit(exact(value * self.factor), "")

    def bare(self, value: float, *, like: Interval) -> str:
        """Return the value without unit, rounded as the interval `like` is."""
        return number(value * self.factor, step=self._step(like))

    def centre(self, interval: Interval, value: float | None = None) -> str:
        """Return the median, or `value`, rounded as the interval is, with the unit."""
        middle = interval.median if value is None else value
        scale, word = self._scale(interval)
        return self._with_unit(number(middle * scale, step=self._step(interval, scale)), word)

    def span(self, interval: Interval) -> str:
        """Return the ends of the interval without unit: `7,200 to 9,000`."""
        scale, _ = self._scale(interval)
        step = self._step(interval, scale)
        ends = (number(end * scale, step=step) for end in (interval.low, interval.high))
        return f"{NO_BREAK}to{NO_BREAK}".join(ends)

    def between(self, interval: Interval) -> str:
        """Return the ends of the interval with their unit: `7,200 to 9,000 CNY`."""
        return self._with_unit(self.span(interval), self._scale(interval)[1])

    def interval(self, interval: Interval, *, centre: float | None = None) -> str:
        """Return the median (or `centre`) with its unit, and the 90 % interval."""
        middle = self.centre(interval, centre)
        return f"{middle} (90{NO_BREAK}% interval {self.span(interval)})"

    def _with_unit(self, text: str, word: str) -> str:
        return NO_BREAK.join(part for part in (text, word, self.unit) if part)

    def _scaled(self, value: float) -> tuple[float, str]:
        scale, word = self._scale(Interval(value, value, value, value))
        return value * scale, word

    def _scale(self, interval: Interval) -> tuple[float, str]:
        """Return the factor and word for millions and billions, where the unit has no such word."""
        ends = (abs(end * self.factor) for end in (interval.low, interval.median, interval.high))
        largest = max((end for end in ends if math.isfinite(end)), default=0.0)
        if " " in self.unit or largest < 1e7:
            return self.factor, ""
        return (self.factor / 1e9, "billion") if largest >= 1e9 else (self.factor / 1e6, "million")

    def _step(self, interval: Interval, scale: float | None = None) -> float:
        scale = self.factor if scale is None else scale
        width, middle = (interval.high - interval.low) * scale, interval.median * scale
        if not (width > 0.0 and math.isfinite(width)):
            return significant_step(middle, 3)
        step = significant_step(width, self.digits)
        told = (middle, interval.low * scale, interval.high * scale)
        finer = min([step, *(significant_step(value, 1) for value in told if value)])
        return max(finer, step / 10.0)


SHARE = Measure("%", factor=100.0)
"""Shares from 0 to 1, read as percent."""
VEHICLES = Measure("vehicles")


def number(value: float, *, step: float) -> str:
    """Return the value rounded to a multiple of `step`, a power of ten.

    Examples
    --------
    >>> number(12345.6, step=100.0), number(0.1234, step=0.01), number(float("nan"), step=1.0)
    ('12,300', '0.12', 'n/a')
    """
    if not math.isfinite(value):
        return NOT_KNOWN
    decimals = -round(math.log10(step))
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", MINUS)


def count(value: int | float) -> str:
    """Return a whole number.

    Examples
    --------
    >>> count(170000)
    '170,000'
    """
    return number(float(value), step=1.0)


def exact(value: int | float) -> str:
    """Return a number that somebody wrote, with all of its digits.

    Examples
    --------
    >>> exact(89900.0), exact(0.2)
    ('89,900', '0.2')
    """
    if not math.isfinite(value):
        return NOT_KNOWN
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def significant(value: float, digits: int = 3) -> str:
    """Return the value to so many significant digits; a tiny one as a power of ten.

    Examples
    --------
    >>> significant(-10432.7), significant(1.00342, 4), significant(3.1e-9)
    ('−10,400', '1.003', '3.10e−9')
    """
    if 0.0 < abs(value) < _TINY:
        power = math.floor(math.log10(abs(value)))
        return f"{number(value / 10.0**power, step=10.0 ** (1 - digits))}e{MINUS}{-power}"
    return number(value, step=significant_step(value, digits))


def significant_step(value: float, digits: int) -> float:
    """Return the power of ten to which `value` is rounded to keep so many significant digits.

    Examples
    --------
    >>> significant_step(1800.0, 2), significant_step(0.042, 2)
    (100.0, 0.001)
    """
    if value == 0.0 or not math.isfinite(value):
        return 1.0
    return float(10.0 ** (math.floor(math.log10(abs(value))) - digits + 1))
