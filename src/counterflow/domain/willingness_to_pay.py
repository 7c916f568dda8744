"""Willingness to pay: what a step from one level to another is worth, in money."""

from __future__ import annotations

from dataclasses import dataclass

from counterflow.domain.definition import Interval


@dataclass(frozen=True, kw_only=True)
class WillingnessToPay:
    """What people would pay for `level` rather than `versus`, in the programme's currency.

    `amount` is the interval over draws of what the median person would pay; `share_positive`
    the share of people, mean over draws, who would pay anything at all.
    """

    attribute: str
    level: str
    versus: str
    amount: Interval
    share_positive: float
