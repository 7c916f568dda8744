"""The outcome of a statistical test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HypothesisTest:
    """How far the data lie from a hypothesis, and how often chance alone would bring them there.

    Examples
    --------
    >>> print(HypothesisTest(name="Wald", hypothesis="a = b", statistic=3.84146,
    ...                      degrees_of_freedom=1, p_value=0.05))
    Wald test of a = b: chi2(1) = 3.841, p = 0.05
    """

    name: str
    hypothesis: str
    statistic: float
    degrees_of_freedom: int
    p_value: float
    notes: tuple[str, ...] = ()
    """What to bear in mind when reading the p-value."""

    def __str__(self) -> str:
        """Return the test as a line, and a line for each note."""
        first = (
            f"{self.name} test of {self.hypothesis}: chi2({self.degrees_of_freedom}) = "
            f"{self.statistic:.4g}, p = {self.p_value:.3g}"
        )
        return "\n".join((first, *self.notes))
