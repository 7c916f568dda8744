"""A market with prices to set: who sells what at which cost, and what buyers make of prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from counterflow.definition.prices.price_form import LINEAR, PriceForm
from counterflow.kernels.markups import PricedBuyers, PriceTerms


@dataclass(frozen=True, eq=False, kw_only=True)
class PricedRegion:
    """Buyers who face the same prices, taxes and subsidies.

    Each pays `factor` times the price and `amount`: a tax of 19 % on top is a factor of 1.19, one
    of 500 a vehicle an amount of 500, and a subsidy an amount below zero. Of the price the seller
    keeps the share `kept` less `handed_on`, where taxes are contained in it.
    """

    buyers: PricedBuyers
    factor: Float[np.ndarray, " A"]
    amount: Float[np.ndarray, " A"]
    kept: Float[np.ndarray, " A"]
    handed_on: Float[np.ndarray, " A"]


@dataclass(frozen=True, eq=False, kw_only=True)
class PricedMarket:
    """O offers of some firms, each with a price, sold as one alternative or as several variants.

    What is not priced here (outside option, rivals left out) has utility 0 for each buyer.
    """

    offers: tuple[str, ...]
    firms: tuple[str, ...]
    """Who sells each offer."""
    regions: tuple[PricedRegion, ...]
    offer_of: Int[np.ndarray, " A"]
    """Number of the offer of each alternative."""
    extra: Float[np.ndarray, " A"]
    """What a variant costs its buyer above the price of its offer."""
    unit_costs: Float[np.ndarray, " A"]
    """Of each alternative, less all income besides its price; NaN where nobody knows it."""
    least: Float[np.ndarray, " O"]
    most: Float[np.ndarray, " O"]
    """Prices allowed; infinite where nothing bounds them."""
    form: PriceForm = field(default=LINEAR)

    @property
    def ownership(self) -> Float[np.ndarray, "O O"]:
        """Return 1 where two offers belong to the same firm, else 0."""
        firms = np.array(self.firms)
        return (firms[:, None] == firms).astype(float)

    def numbers_of(self, offers: Sequence[str]) -> list[int]:
        """Return the numbers of offers by name."""
        return [self.offers.index(name) for name in offers]

    def margins(
        self, region: PricedRegion, prices: Float[np.ndarray, " O"]
    ) -> Float[np.ndarray, " A"]:
        """Return what a vehicle of each alternative earns in a region.

        Where its cost is not known it is a rival's whose price stays, which counts for nobody: 0.
        """
        received = region.kept * self._asked(prices) - region.handed_on
        return np.nan_to_num(received - self.unit_costs, nan=0.0)

    def terms(
        self, region: PricedRegion, prices: Float[np.ndarray, " O"], inside: Float[np.ndarray, " O"]
    ) -> PriceTerms:
        """Return what prices are in the utility of a region's buyers, with derivatives by receipts.

        What the seller receives is the price that earns; the price asked is it divided by `kept`.
        Slopes are those at the prices `inside`, which tell on which side of a knot a price is.
        """
        paid = region.factor * self._asked(prices) + region.amount
        at = region.factor * self._asked(inside) + region.amount
        return PriceTerms(
            self.form.values(paid),
            self.form.slopes(at) * (region.factor / region.kept),
            self.form.curvatures(at) * (region.factor / region.kept) ** 2,
        )

    def knots_of(self, offer: int) -> Float[np.ndarray, " knots"]:
        """Return the offer's prices at which some buyer's slope jumps, ascending."""
        found = [
            (knot - region.amount[a]) / region.factor[a] - self.extra[a]
            for knot in self.form.knots
            for region in self.regions
            for a in np.flatnonzero(self.offer_of == offer)
        ]
        return np.unique(np.round(found, 9))

    def _asked(self, prices: Float[np.ndarray, " O"]) -> Float[np.ndarray, " A"]:
        return prices[self.offer_of] + self.extra


@dataclass(frozen=True)
class BuyersTax:
    """What buyers in a region pay on top of the seller's price, or get back where below zero."""

    per_unit: float = 0.0
    """Money a vehicle."""
    ad_valorem: float = 0.0
    """Share of the seller's price."""


def priced_market(
    utility: Float[np.ndarray, "B O"],
    price_coefficients: Float[np.ndarray, "B one_or_O"],
    unit_costs: Float[np.ndarray, " O"],
    *,
    offers: Sequence[str] | None = None,
    firms: Sequence[str] | None = None,
    weights: Float[np.ndarray, " B"] | None = None,
    least: Float[np.ndarray, " O"] | None = None,
    most: Float[np.ndarray, " O"] | None = None,
    regions: Sequence[str] | None = None,
    taxes: Mapping[str, BuyersTax] | None = None,
) -> PricedMarket:
    """Return the market of offers with utility `utility + price_coefficients * price`.

    `price_coefficients` has one column, or one for each offer. `utility` is relative to the
    outside option. Everybody weighs the same, one firm sells all offers and prices are unbounded
    unless it is said otherwise. `regions` names the region of each buyer, `taxes` what is paid in
    a region on top of each price.
    """
    n_buyers, n = utility.shape
    weights = np.full(n_buyers, 1.0 / n_buyers) if weights is None else weights
    where = np.array(regions if regions is not None else [""] * n_buyers)
    is_common = price_coefficients.shape[1] == 1
    return PricedMarket(
        offers=tuple(offers) if offers is not None else tuple(f"offer_{o}" for o in range(n)),
        firms=tuple(firms) if firms is not None else ("",) * n,
        regions=tuple(
            _region(
                PricedBuyers(
                    utility[where == name],
                    price_coefficients[where == name],
                    weights[where == name],
                ),
                (taxes or {}).get(str(name), BuyersTax()),
            )
            for name in dict.fromkeys(where.tolist())
        ),
        offer_of=np.arange(n),
        extra=np.zeros(n),
        unit_costs=np.asarray(unit_costs, dtype=float),
        least=np.zeros(n) if least is None else np.asarray(least, dtype=float),
        most=np.full(n, np.inf) if most is None else np.asarray(most, dtype=float),
        form=LINEAR if is_common else _each_its_own(n),
    )


def _region(buyers: PricedBuyers, tax: BuyersTax) -> PricedRegion:
    n = buyers.utility.shape[1]
    return PricedRegion(
        buyers=buyers,
        factor=np.full(n, 1.0 + tax.ad_valorem),
        amount=np.full(n, tax.per_unit),
        kept=np.ones(n),
        handed_on=np.zeros(n),
    )


def _each_its_own(n: int) -> PriceForm:
    """Return the form in which each offer's price has a coefficient of its own."""
    return PriceForm(
        values=np.diag, slopes=lambda _: np.eye(n), curvatures=lambda _: np.zeros((n, n))
    )
