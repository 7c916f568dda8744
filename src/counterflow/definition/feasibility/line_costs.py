"""What a line costs beyond what the arrays of the search charge: fees by volume, and own costs.

The arrays charge each package the least fee that any volume could reach, and each offer the least
fixed cost of any: no line is too dear in them, so what they say it earns is a bound. What a line
costs beyond that is counted for the lines that matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32

from counterflow.domain.costs import SupplierPackage
from counterflow.kernels.line_search import Line, LineProblem


@dataclass(frozen=True, eq=False, kw_only=True)
class VolumeFee:
    """The fee of one package whose tiers depend on how many vehicles have it.

    `odds_with` are each candidate's odds of a variant with the package. `scale` says how many
    times its expected buyers a region has in each of S draws of the market; its means are 1.
    People stand region after region.
    """

    package: SupplierPackage
    odds_with: Float32[np.ndarray, "people C"]
    scale: Float[np.ndarray, "S regions"]
    weight: float = 1.0
    """What the fee is multiplied by, where quantities are summed with weights."""

    def beyond_least(self, problem: LineProblem, line: Line) -> float:
        """Return the fees expected for the line, less those at the least fee a vehicle.

        Fees bend where a tier ends, so that the fee of the expected volume is not the expected
        fee: it is taken in every draw of the market.
        """
        members = list(line)
        everything = 1.0 + problem.odds[:, members].sum(axis=1, dtype=float)
        with_it = self.odds_with[:, members].sum(axis=1, dtype=float)
        sold = problem.weights * with_it / everything
        volumes = self.scale @ sold.reshape(self.scale.shape[1], -1).sum(axis=1)
        return self.weight * fees_beyond_least(self.package, volumes)


def fees_beyond_least(package: SupplierPackage, volumes: Float[np.ndarray, " S"]) -> float:
    """Return the mean fees of these volumes, less those at the least fee a vehicle."""
    least = package.least_fee_per_vehicle() * volumes
    # No fee is below the least, but the sums are rounded.
    return max(0.0, float(np.mean(package.fees(volumes) - least)))


@dataclass(frozen=True, eq=False, kw_only=True)
class LineCosts:
    """Costs of lines of C candidates that are not in the arrays; never below 0."""

    per_offer: Float[np.ndarray, " C"]
    """Fixed cost of each offer beyond that of the cheapest."""
    fees: tuple[VolumeFee, ...]

    @property
    def has_any(self) -> bool:
        """Return whether any line could cost more than the arrays say."""
        return bool(self.fees) or bool(self.per_offer.any())

    def of(self, problem: LineProblem, line: Line) -> float:
        """Return what the line costs beyond what the arrays charge."""
        own = float(self.per_offer[list(line)].sum())
        return own + sum(fee.beyond_least(problem, line) for fee in self.fees)


def weighed_costs(costs: Sequence[LineCosts], weights: Sequence[float]) -> LineCosts:
    """Return costs of the same candidates summed with weights, none of which is below 0."""
    parts = list(zip(costs, weights, strict=True))
    return LineCosts(
        per_offer=np.sum([weight * cost.per_offer for cost, weight in parts], axis=0),
        fees=tuple(
            replace(fee, weight=weight * fee.weight) for cost, weight in parts for fee in cost.fees
        ),
    )
