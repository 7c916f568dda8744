"""The production plan: what to build when, which parts are needed, which to order now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Interval
from counterflow.domain.volumes import interval


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """How many of a long-lead part to order before demand is known, and why that many.

    `critical_ratio` = underage / (underage + overage); `quantity` is that quantile of the need that
    the plant can use.
    """

    part: str
    quantity: float
    critical_ratio: float
    underage_cost: float
    """Contribution lost a missing part (currency)."""
    overage_cost: float
    """Cost of a part left over, less its salvage value (currency)."""
    expected_shortage: float
    expected_excess: float
    order_by_week: float
    """Weeks from the start of the first period; negative means before it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ProductionPlan:
    """Builds by offer and period within capacity; part needs as draws; commitments.

    `status` is the solver's word on the build plan, `gap` its relative distance to the bound,
    infinite where no bound is known.
    """

    offers: tuple[str, ...]
    periods: tuple[str, ...]
    parts: tuple[str, ...]
    builds: Float[np.ndarray, "O Q"]
    """Vehicles to build, whole ones."""
    capacity: Float[np.ndarray, " Q"]
    """Vehicles that can be built in each period."""
    expected_sales: Float[np.ndarray, "O Q"]
    """Vehicles delivered, mean over draws."""
    expected_unserved: Float[np.ndarray, " O"]
    """Vehicles wanted and never delivered, mean over draws."""
    part_needs: Float[np.ndarray, "S P Q"]
    """Parts needed to build what is wanted, in each part's unit, when it is wanted."""
    commitments: tuple[Commitment, ...]
    expected_contribution: float
    """Income of the vehicles delivered, less what building and holding them costs, with what is
    left valued at its salvage; before the fixed costs of the line. Mean over draws."""
    status: Literal["optimal", "time_limit", "infeasible"]
    gap: float
    made_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        o, p, q = len(self.offers), len(self.parts), len(self.periods)
        expected = {
            "builds": (o, q),
            "capacity": (q,),
            "expected_sales": (o, q),
            "expected_unserved": (o,),
            "part_needs": (len(self.part_needs), p, q),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
            array.setflags(write=False)
        if unknown := {c.part for c in self.commitments} - set(self.parts):
            raise ValueError(f"commitments name parts that the plan does not: {sorted(unknown)}")

    @property
    def expected_unsold(self) -> Float[np.ndarray, " O"]:
        """Return vehicles built and not delivered by the end, by offer, mean over draws."""
        return self.builds.sum(axis=1) - self.expected_sales.sum(axis=1)

    def needs(self, part: str) -> tuple[Interval, ...]:
        """Return how many of `part` each period needs."""
        p = self.parts.index(part)
        return tuple(interval(self.part_needs[:, p, q]) for q in range(len(self.periods)))

    def total_need(self, part: str) -> Interval:
        """Return how many of `part` all periods need; quantiles of a sum, not sums of quantiles."""
        return interval(self.part_needs[:, self.parts.index(part), :].sum(axis=1))

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as JSON values; of part needs the intervals, not the draws."""
        return {
            "schema": "counterflow/production-plan/1",
            "n_draws": len(self.part_needs),
            "offers": list(self.offers),
            "periods": list(self.periods),
            "builds": self.builds.tolist(),
            "capacity": self.capacity.tolist(),
            "expected_sales": self.expected_sales.tolist(),
            "expected_unserved": self.expected_unserved.tolist(),
            "expected_unsold": self.expected_unsold.tolist(),
            "part_needs": {
                part: {
                    "by_period": [need.as_dict() for need in self.needs(part)],
                    "total": self.total_need(part).as_dict(),
                }
                for part in self.parts
            },
            "commitments": [asdict(commitment) for commitment in self.commitments],
            "expected_contribution": self.expected_contribution,
            "status": self.status,
            "gap": self.gap if math.isfinite(self.gap) else None,
            "made_from": dict(self.made_from),
        }

    @classmethod
    def from_dict(
        cls, raw: Mapping[str, Any], part_needs: Float[np.ndarray, "S P Q"]
    ) -> ProductionPlan:
        """Return the plan that `as_dict` described, with the draws that it leaves out."""
        return cls(
            offers=tuple(raw["offers"]),
            periods=tuple(raw["periods"]),
            parts=tuple(raw["part_needs"]),
            builds=np.array(raw["builds"], dtype=float),
            capacity=np.array(raw["capacity"], dtype=float),
            expected_sales=np.array(raw["expected_sales"], dtype=float),
            expected_unserved=np.array(raw["expected_unserved"], dtype=float),
            part_needs=part_needs,
            commitments=tuple(Commitment(**order) for order in raw["commitments"]),
            expected_contribution=raw["expected_contribution"],
            status=raw["status"],
            gap=math.inf if raw["gap"] is None else raw["gap"],
            made_from=raw["made_from"],
        )
