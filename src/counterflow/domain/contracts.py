"""Contract terms: what is rented rather than bought, and on which conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated

import numpy as np
from jaxtyping import Float
from pydantic import Field

from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import Condition, Section, Share, Text


class AskedTerms(Section):
    """The terms of a contract as the survey's cards showed them."""

    rent_per_month: Annotated[float, Field(ge=0)]
    """Rent that people were shown."""
    cap_km_per_month: Annotated[float, Field(gt=0)] | None = None
    """Distance included in that rent; no cap was shown if absent."""
    overage_per_km: Annotated[float, Field(ge=0)] = 0.0
    """What a kilometre above that cap would cost; goes with cap_km_per_month."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a cap without a price above it, or the other way round."""
        yield from _cap_and_overage(self)


class Contract(Section):
    """Terms under which matching configurations are sold; money in the programme's currency."""

    label: Text
    """What people read."""
    when: Condition
    """The configurations sold under these terms."""
    rent_per_month: Annotated[float, Field(ge=0)]
    """Paid at the end of each month."""
    cap_km_per_month: Annotated[float, Field(gt=0)] | None = None
    """Distance included in the rent; no cap if absent."""
    overage_per_km: Annotated[float, Field(ge=0)] = 0.0
    """What a kilometre above the cap costs; goes with cap_km_per_month."""
    buy_out: Annotated[float, Field(ge=0)] | None = None
    """For how much the renter may buy the rented part; not possible if absent."""
    expected_months: Annotated[int, Field(gt=0)]
    """How long a renter is assumed to stay."""
    expected_km_per_month: Annotated[float, Field(ge=0)] | None = None
    """How far every renter is assumed to drive; each one's own distance, from [market.distance],
    if absent."""
    discount_rate_per_year: Share
    """By how much less income counts a year later, as a share."""
    asked: AskedTerms | None = None
    """The terms that the survey asked about, where others are offered now; people are then taken
    to value the difference as they value a price. The terms above if absent."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a cap without a price above it, or the other way round."""
        yield from _cap_and_overage(self)

    @property
    def as_asked(self) -> Contract:
        """Return the contract on the terms that people were asked about."""
        asked = self.asked
        if asked is None:
            return self
        terms = {name: getattr(asked, name) for name in AskedTerms.model_fields}
        return self.model_copy(update={**terms, "asked": None})

    def offered_on(self, terms: Mapping[str, float]) -> Contract:
        """Return the contract on the terms that an offer states; as it is if it states none.

        What was asked about stays what it was.
        """
        if not terms:
            return self
        asked = self.as_asked
        return self.model_copy(
            update={
                "rent_per_month": terms["rent_per_month"],
                "cap_km_per_month": terms.get("cap_km_per_month"),
                "overage_per_km": terms.get("overage_per_km", 0.0),
                "buy_out": terms.get("buy_out"),
                "asked": AskedTerms.model_construct(
                    **{name: getattr(asked, name) for name in AskedTerms.model_fields}
                ),
            }
        )

    @property
    def depends_on_distance(self) -> bool:
        """Return whether renters pay by how far each of them drives."""
        return self.expected_km_per_month is None and self.overage_per_km > 0

    @property
    def present_value(self) -> float:
        """Return today's value of rent and overage at the distance that all renters drive.

        Without such a distance, of the rent alone.

        Examples
        --------
        >>> Contract(
        ...     label="Rent", when={}, rent_per_month=400.0, expected_months=60,
        ...     expected_km_per_month=900.0, discount_rate_per_year=0.0,
        ... ).present_value
        24000.0
        """
        return self.payment_per_month * self.months_today

    @property
    def payment_per_month(self) -> float:
        """Return rent, and overage at the distance that all renters drive (currency)."""
        km_per_month = self.expected_km_per_month
        if self.cap_km_per_month is None or km_per_month is None:
            return self.rent_per_month
        above = max(0.0, km_per_month - self.cap_km_per_month)
        return self.rent_per_month + above * self.overage_per_km

    def overage_value(self, km_per_month: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
        """Return today's value of what is paid for distance above the cap (programme currency).

        Examples
        --------
        >>> contract = Contract(
        ...     label="Rent", when={}, rent_per_month=400.0, cap_km_per_month=1000.0,
        ...     overage_per_km=0.2, expected_months=10, discount_rate_per_year=0.0,
        ... )
        >>> contract.overage_value(np.array([900.0, 1500.0]))
        array([   0., 1000.])
        """
        if self.cap_km_per_month is None:
            return np.zeros_like(km_per_month)
        above = np.maximum(0.0, km_per_month - self.cap_km_per_month)
        return np.asarray(above * (self.overage_per_km * self.months_today))

    def dearer_than_asked(
        self, km_per_month: Float[np.ndarray, "*any"]
    ) -> Float[np.ndarray, "*any"]:
        """Return by how much the terms cost more than those asked about, at today's value.

        For who drives `km_per_month`, or `expected_km_per_month` where the contract states it.

        Examples
        --------
        The cap is lower than the one on the cards, and a kilometre above it costs 0.2 for ten
        months:

        >>> contract = Contract(
        ...     label="Rent", when={}, rent_per_month=400.0, cap_km_per_month=1000.0,
        ...     overage_per_km=0.2, expected_months=10, discount_rate_per_year=0.0,
        ...     asked={"rent_per_month": 400.0, "cap_km_per_month": 1200.0, "overage_per_km": 0.2},
        ... )
        >>> contract.dearer_than_asked(np.array([900.0, 1100.0, 1500.0]))
        array([  0., 200., 400.])
        """
        asked = self.as_asked
        if self.expected_km_per_month is not None:
            km_per_month = np.full_like(km_per_month, self.expected_km_per_month)
        rent = (self.rent_per_month - asked.rent_per_month) * self.months_today
        return rent + self.overage_value(km_per_month) - asked.overage_value(km_per_month)

    @property
    def months_today(self) -> float:
        """Return how many monthly payments, made today, are worth all of them.

        Notes
        -----
        An annuity paid at the end of each month: (1 - (1 + i)^-n) / i with
        i = (1 + yearly rate)^(1/12) - 1 (Brealey, Myers, Allen 2020, section 2-2).
        """
        # In logarithms, as 1 + rate loses the digits of a small rate.
        log_growth = math.log1p(self.discount_rate_per_year) / 12.0
        if log_growth == 0.0:
            return float(self.expected_months)
        return -math.expm1(-log_growth * self.expected_months) / math.expm1(log_growth)


def _cap_and_overage(terms: AskedTerms | Contract) -> Iterator[Mismatch]:
    has_overage = "overage_per_km" in terms.model_fields_set
    if terms.cap_km_per_month is not None and not has_overage:
        expected = "what a kilometre above cap_km_per_month costs; 0 if nothing"
        yield Mismatch(("overage_per_km",), expected, "nothing: the key is missing")
    if terms.cap_km_per_month is None and terms.overage_per_km > 0:
        expected = "the distance above which overage_per_km is paid"
        yield Mismatch(("cap_km_per_month",), expected, "nothing: the key is missing")
