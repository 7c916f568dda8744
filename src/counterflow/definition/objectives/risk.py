"""Risk: one number for a quantity that is known as draws, and the weights that make it linear."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float


class Risk(ABC):
    """How to weigh scenarios: more of the quantity is better in each."""

    ceiling: ClassVar[float] = np.inf
    """What no value exceeds."""

    @abstractmethod
    def value(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " ..."]:
        """Return the number that lines are chosen by, for each column of `by_scenario`."""

    def least_favourable(
        self, by_scenario: Float[np.ndarray, " S"], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " S"] | None:
        """Return weights q with `value(r) <= q @ r` for every r, and equality at `by_scenario`.

        The weights sum to 1. None where there are none: then no line search under fixed weights
        bounds the value.
        """
        return None


@dataclass(frozen=True)
class Mean(Risk):
    """The expected value.

    Examples
    --------
    >>> Mean().value(np.array([1.0, 2.0, 6.0]), np.full(3, 1 / 3)).item()
    3.0
    """

    def value(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " ..."]:
        """Return the mean over scenarios."""
        return np.asarray(np.tensordot(probability, by_scenario, axes=1))

    def least_favourable(
        self, by_scenario: Float[np.ndarray, " S"], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " S"]:
        """Return the probabilities."""
        return probability


@dataclass(frozen=True)
class ConditionalValueAtRisk(Risk):
    """The mean of the worst scenarios that together have probability `level`.

    Notes
    -----
    CVaR = min over q of q'r with 0 <= q_s <= p_s / level and sum of q = 1 (Rockafellar and Uryasev,
    Journal of Banking & Finance 26(7), 2002, theorem 10, for gains rather than losses).

    Examples
    --------
    The worst half of four equally likely scenarios:

    >>> ConditionalValueAtRisk(0.5).value(np.array([4.0, 1.0, 3.0, 2.0]), np.full(4, 0.25)).item()
    1.5
    """

    level: float

    def __post_init__(self) -> None:
        if not 0.0 < self.level <= 1.0:
            raise ValueError(f"level must be above 0 and at most 1, got {self.level:g}")

    def value(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " ..."]:
        """Return the mean of the worst scenarios."""
        weights = self._weights(by_scenario, probability)
        return np.asarray((weights * by_scenario).sum(axis=0))

    def least_favourable(
        self, by_scenario: Float[np.ndarray, " S"], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " S"]:
        """Return p / level on the worst scenarios, 0 on the others."""
        return self._weights(by_scenario, probability)

    def _weights(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, "S ..."]:
        ranked = np.argsort(by_scenario, axis=0, kind="stable")
        most = probability[ranked] / self.level
        taken_before = np.cumsum(most, axis=0) - most
        weights = np.empty_like(most)
        np.put_along_axis(weights, ranked, np.clip(1.0 - taken_before, 0.0, most), axis=0)
        return weights


@dataclass(frozen=True)
class WorstCase(Risk):
    """The least value over the scenarios, however unlikely: over models that may each be right.

    Notes
    -----
    Robust product line design over a finite set of choice models (Bertsimas and Misic, Operations
    Research 65(1), 2017).

    Examples
    --------
    >>> WorstCase().value(np.array([4.0, 1.0, 3.0]), np.full(3, 1 / 3)).item()
    1.0
    """

    def value(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " ..."]:
        """Return the least value."""
        return np.asarray(by_scenario.min(axis=0))

    def least_favourable(
        self, by_scenario: Float[np.ndarray, " S"], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " S"]:
        """Return 1 on the worst scenario."""
        weights = np.zeros(len(by_scenario))
        weights[by_scenario.argmin()] = 1.0
        return weights


@dataclass(frozen=True, eq=False)
class ProbabilityOfBeating(Risk):
    """The probability of more than a reference line has in the same scenario.

    Examples
    --------
    >>> risk = ProbabilityOfBeating(np.array([2.0, 2.0, 2.0, 2.0]))
    >>> risk.value(np.array([1.0, 3.0, 4.0, 5.0]), np.full(4, 0.25)).item()
    0.75
    """

    reference: Float[np.ndarray, " S"]
    ceiling: ClassVar[float] = 1.0

    def value(
        self, by_scenario: Float[np.ndarray, "S ..."], probability: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, " ..."]:
        """Return the probability."""
        reference = self.reference.reshape(-1, *[1] * (by_scenario.ndim - 1))
        beaten = np.tensordot(probability, by_scenario > reference, axes=1)
        # Probabilities sum to 1 only up to rounding.
        return np.asarray(np.minimum(beaten, self.ceiling))
