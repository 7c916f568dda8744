"""The production plan: what to build when, which parts are needed, which to order now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """How many of a long-lead part to order before demand is known, and why that many.

    `critical_ratio` = underage / (underage + overage); `quantity` is that quantile of need.
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

    `status` is the solver's word on the build plan, `gap` its relative distance to the bound.
    """

    offers: tuple[str, ...]
    periods: tuple[str, ...]
    parts: tuple[str, ...]
    builds: Float[np.ndarray, "O Q"]
    """Vehicles to build."""
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
    status: Literal["optimal", "time_limit", "infeasible"]
    gap: float
    made_from: Mapping[str, str] = field(default_factory=dict)
