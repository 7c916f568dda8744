"""Fixed costs of a line: what it costs whatever is sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from counterflow.domain.configuration import Configuration
from counterflow.domain.costs import Costs
from counterflow.domain.programme import Programme


@dataclass(frozen=True, eq=False, kw_only=True)
class FixedCosts:
    """Fixed costs of C offers: each offer's own, and fees paid once by all that use them."""

    per_offer: Float[np.ndarray, " C"]
    once: Float[np.ndarray, " fees"]
    uses: Bool[np.ndarray, "C fees"]

    def of(self, line: Sequence[int]) -> float:
        """Return what the line costs."""
        members = list(line)
        used = self.uses[members].any(axis=0)
        return float(self.per_offer[members].sum() + self.once[used].sum())

    def with_each(self, line: Sequence[int]) -> Float[np.ndarray, " C"]:
        """Return what the line costs with each candidate added to it."""
        unused = ~self.uses[list(line)].any(axis=0)
        return self.of(line) + self.per_offer + (self.uses & unused) @ self.once


def fixed_costs_of(
    programme: Programme, made: Sequence[tuple[Configuration, Sequence[Configuration]]]
) -> FixedCosts:
    """Return the fixed costs of offers, each given by what is fixed in it and by its variants."""
    costs = programme.costs
    once = [(package.when, package.fixed_fee) for package in costs.packages.values()]
    once += [(fixed.when, fixed.amount) for fixed in costs.fixed.values() if fixed.paid == "once"]
    uses = [[any(v.meets(when) for v in variants) for when, _ in once] for _, variants in made]
    return FixedCosts(
        per_offer=np.array([_own_cost(costs, configuration) for configuration, _ in made]),
        once=np.array([amount for _, amount in once], dtype=float),
        uses=np.array(uses, dtype=bool).reshape(len(made), len(once)),
    )


def _own_cost(costs: Costs, configuration: Configuration) -> float:
    own = (fixed for fixed in costs.fixed.values() if fixed.paid == "for_each_offer")
    return costs.fixed_per_offer + sum(f.amount for f in own if configuration.meets(f.when))
