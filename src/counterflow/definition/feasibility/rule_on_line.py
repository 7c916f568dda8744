"""Rules on lines, as masks over candidates: each says what is wrong with a line and what cures it.

A rule's `problem` is a sentence, or None where the line keeps to the rule. `cures` are candidates
of which one must be added, None where adding none helps; `forbids` are candidates with which the
line could never keep to the rule, whatever else were added.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from counterflow.definition.feasibility.fixed_costs import FixedCosts
from counterflow.kernels.line_search import Line

Mask = Bool[np.ndarray, " C"]


@dataclass(frozen=True, eq=False)
class RuleOnLine(ABC):
    """A rule on lines of C candidates; by itself it forbids nothing and no candidate cures it."""

    name: str
    n_candidates: int

    @abstractmethod
    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""

    def cures(self, line: Line) -> Mask | None:
        """Return the candidates of which one must be added, None if none helps."""
        return None

    def forbids(self, line: Line) -> Mask:
        """Return the candidates that can never stand beside those of the line."""
        return np.zeros(self.n_candidates, dtype=bool)

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what the rule knows of each candidate: it takes those with equal rows for one."""
        return np.zeros((self.n_candidates, 1))


@dataclass(frozen=True, eq=False)
class MustOffer(RuleOnLine):
    """Some offer of the line is one of `wanted`."""

    wanted: Mask

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        return None if self.wanted[list(line)].any() else f"{self.name}: no such offer"

    def cures(self, line: Line) -> Mask | None:
        """Return the candidates of which one must be added."""
        return self.wanted

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        return self.wanted[:, None].astype(float)


@dataclass(frozen=True, eq=False)
class NeverOffer(RuleOnLine):
    """No offer of the line is one of `unwanted`."""

    unwanted: Mask

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        return f"{self.name}: such an offer" if self.unwanted[list(line)].any() else None

    def forbids(self, line: Line) -> Mask:
        """Return the candidates that can never stand beside those of the line."""
        return self.unwanted

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        return self.unwanted[:, None].astype(float)


@dataclass(frozen=True, eq=False)
class Requires(RuleOnLine):
    """Where the line has an offer of `when`, it has one of `wanted`."""

    when: Mask
    wanted: Mask

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        members = list(line)
        is_broken = self.when[members].any() and not self.wanted[members].any()
        return f"{self.name}: what it requires is missing" if is_broken else None

    def cures(self, line: Line) -> Mask | None:
        """Return the candidates of which one must be added."""
        return self.wanted

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        return np.column_stack([self.when, self.wanted]).astype(float)


@dataclass(frozen=True, eq=False)
class Apart(RuleOnLine):
    """An offer of `higher` costs at least `least_difference` more than any other of `lower`.

    An infinite difference keeps the two out of one line.
    """

    lower: Mask
    higher: Mask
    price: Float[np.ndarray, " C"]
    least_difference: float

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        for place, member in enumerate(line):
            others = list(line[:place] + line[place + 1 :])
            if self._too_near(member)[others].any():
                return f"{self.name}: two offers that do not go together"
        return None

    def forbids(self, line: Line) -> Mask:
        """Return the candidates that can never stand beside those of the line."""
        forbidden = np.zeros(len(self.price), dtype=bool)
        for member in line:
            forbidden |= self._too_near(member)
        return forbidden

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        # Of what is at neither end the price does not matter, nor where nothing is far enough.
        matters = (self.lower | self.higher) & np.isfinite(self.least_difference)
        return np.column_stack([self.lower, self.higher, np.where(matters, self.price, 0.0)])

    def _too_near(self, member: int) -> Mask:
        """Return the candidates that cannot stand beside this one."""
        # Grids of prices are rounded to nine places, so that differences are exact to fewer.
        least = self.least_difference - 1e-6
        above, below = self.price - self.price[member], self.price[member] - self.price
        too_near = np.zeros(len(self.price), dtype=bool)
        if self.lower[member]:
            too_near |= self.higher & (above < least)
        if self.higher[member]:
            too_near |= self.lower & (below < least)
        return too_near


@dataclass(frozen=True, eq=False)
class MostOffers(RuleOnLine):
    """The line has no more offers than `most`."""

    most: int

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        return None if len(line) <= self.most else f"{self.name}: {len(line)} offers"

    def forbids(self, line: Line) -> Mask:
        """Return the candidates that can never stand beside those of the line."""
        return np.full(self.n_candidates, len(line) >= self.most)


@dataclass(frozen=True, eq=False)
class Budget(RuleOnLine):
    """The line costs no more than `most`, whatever is sold."""

    most: float
    fixed: FixedCosts

    def problem(self, line: Line) -> str | None:
        """Return what is wrong with the line, None if nothing."""
        cost = self.fixed.of(line)
        return f"{self.name}: fixed costs of {cost:,.12g}" if cost > self._limit else None

    def forbids(self, line: Line) -> Mask:
        """Return the candidates that can never stand beside those of the line."""
        # Adding an offer never makes a line cheaper, so what is too dear now remains so.
        return np.asarray(self.fixed.with_each(line) > self._limit)

    def features(self) -> Float[np.ndarray, "C features"]:
        """Return what tells candidates apart."""
        return np.column_stack([self.fixed.per_offer, self.fixed.uses])

    @property
    def _limit(self) -> float:
        # Sums of the same amounts in another order may differ in the last bits.
        return self.most * (1.0 + 1e-12)
