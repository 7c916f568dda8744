"""The market of a line as prices see it: our offers and our rivals' in every region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.buyers import sample_buyers
from counterflow.definition.market_of_buyers import market_of_draw, reached_buyers
from counterflow.definition.prices.market import PricedMarket, PricedRegion
from counterflow.definition.prices.price_form import price_form
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Offer
from counterflow.domain.market import Competitor, Tax
from counterflow.domain.market_alternatives import market_alternatives
from counterflow.domain.market_draws import (
    draw_market,
    population_weights,
)
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.section import level_name
from counterflow.kernels.markups import PricedBuyers

OURS = "ours"
"""The firm that sells our offers."""


class LineMarkets:
    """Markets of one line: of a sample of all draws, or of everybody in one draw.

    Costs are those that the offers state: where fees depend on volume, or rent on distance, the
    averages of the line as it was defined.

    `offsets` are added to utility, by the name of the alternative, in each draw and region; they
    account for the share of the outside option, which is met here where they are absent. `sold_in`
    names the regions of offers of the line that are not sold everywhere.
    """

    def __init__(
        self,
        programme: Programme,
        offers: Sequence[Offer],
        part_worths: PartWorths,
        *,
        rival_unit_costs: Mapping[str, float],
        offsets: Mapping[str, Float[np.ndarray, "S M"]] | None = None,
        sold_in: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        part_worths = with_offered_terms(programme, part_worths, offers)
        self._programme, self._part_worths = programme, part_worths
        self.rivals = tuple(programme.market.competitors)
        found = market_alternatives(programme, part_worths.coding, offers)
        self._sold = found.sold_in(sold_in or {})
        self._offsets = offsets
        self._alternatives = _Alternatives.of(programme, offers, rival_unit_costs)
        price = programme.price_attribute
        term = next(t for t in part_worths.coding.terms if t.attribute == price)
        self._form = price_form(term)
        self._columns = part_worths.coding.columns_of(price)

    @property
    def prices(self) -> dict[str, float]:
        """Return the prices of the line and of its rivals as they are."""
        return dict(self._alternatives.prices)

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Return the lowest and the highest price of each offer and rival."""
        found = self._alternatives
        ends = zip(found.least.tolist(), found.most.tolist(), strict=True)
        return dict(zip(found.prices, ends, strict=True))

    def pooled(self) -> PricedMarket:
        """Return the market of a sample of respondents and draws: what is expected."""
        programme, part_worths = self._programme, self._part_worths
        buyers = sample_buyers(
            part_worths, n_buyers=programme.search.n_buyers, seed=programme.seeds.search
        )
        people = part_worths.draws[buyers.draws, buyers.respondents]
        moved = np.empty((len(self._sold.regions), len(people), len(self._sold.names)))
        for s in np.unique(buyers.draws).tolist():
            moved[:, buyers.draws == s] = self._moved(s)[:, None]
        return self._market(people, np.outer(reached_buyers(programme), buyers.weights), moved)

    def of_draw(self, draw: int) -> PricedMarket:
        """Return the market as it is in one draw."""
        programme, part_worths = self._programme, self._part_worths
        people, seed = part_worths.draws[draw], programme.seeds.demand
        weights = population_weights(part_worths.weights, seed=seed, draw=draw)
        drawn = draw_market(programme.market, n_draws=part_worths.n_draws, seed=seed)
        reached = drawn.reached(programme.market)[draw].sum(axis=1)
        return self._market(people, np.outer(reached, weights), self._moved(draw)[:, None])

    def _moved(self, draw: int) -> Float[np.ndarray, "M A"]:
        """Return what is added to the utility of each alternative in one draw."""
        sold = self._sold
        if self._offsets is not None:
            return np.stack(
                [
                    sold.offsets[:, a] + (self._offsets[name][draw] if name in self._offsets else 0)
                    for a, name in enumerate(sold.names)
                ],
                axis=1,
            )
        return market_of_draw(self._programme, self._part_worths, sold, draw).offsets

    def _market(
        self,
        people: Float[np.ndarray, "B K"],
        weights: Float[np.ndarray, "M B"],
        moved: Float[np.ndarray, "M B_or_one A"],
    ) -> PricedMarket:
        found = self._alternatives
        return PricedMarket(
            offers=tuple(found.prices),
            firms=found.firms,
            regions=tuple(
                self._region(name, m, people, weights[m], moved[m])
                for m, name in enumerate(self._sold.regions)
            ),
            offer_of=found.offer_of,
            extra=found.extra,
            unit_costs=found.unit_costs,
            least=found.least,
            most=found.most,
            form=self._form,
        )

    def _region(
        self,
        name: str,
        m: int,
        people: Float[np.ndarray, "B K"],
        weights: Float[np.ndarray, " B"],
        moved: Float[np.ndarray, "B_or_one A"],
    ) -> PricedRegion:
        rows = self._sold.rows[m, :-1].copy()
        rows[:, self._columns] = 0.0
        outside = people @ self._sold.rows[m, -1] + moved[:, -1]
        found = self._alternatives
        paid = [terms.of(self._programme, name) for terms in found.terms]
        factor, amount, kept, handed_on = np.array(paid, dtype=float).reshape(-1, 4).T
        return PricedRegion(
            buyers=PricedBuyers(
                people @ rows.T + moved[:, :-1] - outside[:, None],
                np.ascontiguousarray(people[:, self._columns], dtype=float),
                weights,
            ),
            factor=factor,
            amount=amount,
            kept=kept,
            handed_on=handed_on,
        )


class _Terms(NamedTuple):
    """Who is taxed and paid for an alternative, and how much at its price."""

    meets: Callable[[Mapping[str, tuple[str, ...]]], bool]
    price: float
    is_rival: bool

    def of(self, programme: Programme, region: str) -> tuple[float, float, float, float]:
        """Return factor, amount, share kept and money handed on, around the price."""
        market = programme.market
        rate = {"buyer": 0.0, "seller": 0.0}
        amount = {"buyer": 0.0, "seller": 0.0}
        for tax in market.taxes.values():
            if self._is_due(tax, region):
                part, fixed = _around(tax, self.price)
                rate[tax.paid_by] += part
                amount[tax.paid_by] += fixed
        back = market.subsidy(region, self.meets, rival=self.is_rival)
        return (
            1.0 + rate["buyer"],
            amount["buyer"] - back,
            1.0 - rate["seller"],
            amount["seller"],
        )

    def exemptions(self, programme: Programme) -> Iterator[float]:
        """Yield prices at which some tax begins to be due."""
        for tax in programme.market.taxes.values():
            regions = tax.regions or tuple(programme.market.regions)
            if tax.exempt_up_to is not None and self._is_due(tax, regions[0]):
                yield tax.exempt_up_to

    def _is_due(self, tax: Tax, region: str) -> bool:
        return (
            (not tax.regions or region in tax.regions)
            and (tax.rivals_too or not self.is_rival)
            and self.meets(tax.when)
        )


def _around(tax: Tax, price: float) -> tuple[float, float]:
    """Return the rate and the amount of a tax at prices on the same side of its exemption."""
    if tax.exempt_up_to is not None and price <= tax.exempt_up_to:
        return 0.0, 0.0
    exempt = tax.exempt_up_to if tax.taxed_above == "excess" else None
    return tax.rate, tax.amount - tax.rate * (exempt or 0.0)


class _Alternatives(NamedTuple):
    """What is the same in all markets of a line."""

    prices: dict[str, float]
    firms: tuple[str, ...]
    offer_of: np.ndarray
    extra: Float[np.ndarray, " A"]
    unit_costs: Float[np.ndarray, " A"]
    least: Float[np.ndarray, " O"]
    most: Float[np.ndarray, " O"]
    terms: tuple[_Terms, ...]

    @classmethod
    def of(
        cls, programme: Programme, offers: Sequence[Offer], rival_unit_costs: Mapping[str, float]
    ) -> _Alternatives:
        rivals = programme.market.competitors
        ours = [(o, offer, v) for o, offer in enumerate(offers) for v in offer.variants]
        costs = [v.unit_cost - offer.contract_value for _, offer, v in ours]
        terms = (
            *(_Terms(v.configuration.meets, v.price, is_rival=False) for _, _, v in ours),
            *(_rival_terms(rival) for rival in rivals.values()),
        )
        offer_of = np.array(
            [*(o for o, _, _ in ours), *range(len(offers), len(offers) + len(rivals))]
        )
        extra = np.array([*(v.price - offer.price for _, offer, v in ours), *(0.0 for _ in rivals)])
        bounds = [
            *(_bounds(programme, offer) for offer in offers),
            *(_asked_about(programme, rival.price) for rival in rivals.values()),
        ]
        least, most = np.array(bounds, dtype=float).T
        for a, alternative in enumerate(terms):
            o = offer_of[a]
            for limit in alternative.exemptions(programme):
                # A price stays on the side of an exemption that it is on: beyond, profit jumps.
                if alternative.price <= limit:
                    most[o] = min(most[o], limit - extra[a])
                else:
                    least[o] = max(least[o], np.nextafter(limit - extra[a], np.inf))
        return cls(
            prices={
                **{offer.name: offer.price for offer in offers},
                **{name: rival.price for name, rival in rivals.items()},
            },
            firms=(*(OURS for _ in offers), *(rivals[n].firm or n for n in rivals)),
            offer_of=offer_of,
            extra=extra,
            unit_costs=np.array([*costs, *(rival_unit_costs.get(n, np.nan) for n in rivals)]),
            least=least,
            most=most,
            terms=terms,
        )


def _rival_terms(rival: Competitor) -> _Terms:
    named = {attribute: str(level_name(level)) for attribute, level in rival.levels.items()}
    return _Terms(Configuration.of(named).meets, rival.price, is_rival=True)


def _bounds(programme: Programme, offer: Offer) -> tuple[float, float]:
    """Return the range that `search.prices` allows the offer."""
    for asked in programme.search.prices:
        if offer.configuration.meets(asked.when):
            return asked.least, asked.most
    return offer.price, offer.price


def _asked_about(programme: Programme, price: float) -> tuple[float, float]:
    """Return the prices that people were asked about, widened to the one that a rival asks."""
    values = programme.attributes[programme.price_attribute].values
    return min(*values, price), max(*values, price)
