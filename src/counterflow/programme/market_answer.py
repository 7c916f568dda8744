"""What a simulated market shows, as values that page, terminal and program read alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.definition.prices.equilibrium import PriceEquilibrium
from counterflow.definition.simulator.calibration import Calibrated
from counterflow.definition.simulator.feature_value import EquilibriumValue, FixedPriceValue
from counterflow.definition.simulator.price_response import Elasticities, PriceCurve
from counterflow.definition.simulator.scenario import Scenario
from counterflow.definition.simulator.simulate import MarketShares
from counterflow.definition.simulator.source_of_volume import Source
from counterflow.domain.definition import Interval
from counterflow.domain.volumes import interval
from counterflow.domain.willingness_to_pay import WillingnessToPay

SCHEMA = "counterflow/market/1"

WILLINGNESS = "worth to the median person"
UNCHANGED_SHARE = "worth at an unchanged share"
EQUILIBRIUM_PRICE = "worth in equilibrium: price"
EQUILIBRIUM_PROFIT = "worth in equilibrium: profit"
WORTH = (WILLINGNESS, UNCHANGED_SHARE, EQUILIBRIUM_PRICE, EQUILIBRIUM_PROFIT)
"""Tables of what a feature is worth."""


class Figure(NamedTuple):
    """One figure with its interval: what it is, of whom, against whom, and where or at what."""

    table: str
    name: str
    other: str
    at: str
    value: Interval | None
    """None where there is no such figure."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A level of an offer against another that it could have instead."""

    offer: str
    attribute: str
    versus: str


@dataclass(frozen=True, eq=False, kw_only=True)
class InEquilibrium:
    """What a feature is worth once prices are set anew, and the prices of a sample of all draws."""

    value: EquilibriumValue
    with_feature: PriceEquilibrium
    without_feature: PriceEquilibrium

    def as_dict(self) -> dict[str, Any]:
        """Return all but the draws as JSON values."""
        return {
            "moved": list(self.with_feature.moved),
            "n_draws": len(self.value.draws),
            "is_bounded": float(self.value.is_bounded.mean()),
            "is_converged": float(self.value.is_converged.mean()),
            "with": self.with_feature.as_dict(),
            "without": self.without_feature.as_dict(),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Worth:
    """What a feature is worth: as a ratio of coefficients, at an unchanged share, repriced."""

    feature: Feature
    level: str
    willingness_to_pay: WillingnessToPay
    at_unchanged_share: FixedPriceValue
    in_equilibrium: InEquilibrium | None
    """None where prices cannot be set in the scenario; notes say why."""

    @property
    def question(self) -> str:
        """Return the question as it is asked: OFFER:ATTRIBUTE=LEVEL."""
        return f"{self.feature.offer}:{self.feature.attribute}={self.feature.versus}"

    @property
    def step(self) -> str:
        """Return the level that the offer has, against the other."""
        return f"{self.feature.attribute}: {self.level} against {self.feature.versus}"


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketAnswer:
    """Shares of a scenario, and what was asked about them; every figure is a draw of each."""

    currency: str
    scenario: Scenario
    calibrated: Calibrated
    shares: MarketShares
    sources: tuple[Source, ...]
    curves: tuple[PriceCurve, ...]
    elasticities: Elasticities
    worth: tuple[Worth, ...]
    willingness_to_pay: tuple[WillingnessToPay, ...]
    notes: tuple[str, ...]
    made_from: Mapping[str, str]

    def figures(self) -> Iterator[Figure]:
        """Yield every figure, one after the other."""
        yield from _shares(self.shares)
        for source in self.sources:
            yield from _source(source)
        for curve in self.curves:
            yield from _curve(curve)
        yield from _elasticities(self.elasticities)
        for worth in self.worth:
            yield from _worth(worth)
        for wtp in self.willingness_to_pay:
            step = f"{wtp.level} against {wtp.versus}"
            yield Figure("willingness to pay", wtp.attribute, step, "", wtp.amount)

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the draws as JSON values."""
        calibrated = self.calibrated
        return {
            "schema": SCHEMA,
            "rule": self.shares.rule,
            "currency": self.currency,
            "offers": [
                {
                    "name": offer.name,
                    "levels": offer.configuration.as_dict(),
                    "price": offer.price,
                    "considered": self.scenario.considered.get(offer.name, 1.0),
                }
                for offer in self.scenario.offers
            ],
            "consideration_sets": self.shares.how_considered,
            "calibration": {
                "status": calibrated.status,
                "scale": calibrated.scale,
                "shares": dict(calibrated.targets),
                "worst_error": calibrated.worst_error,
                "offsets": {
                    name: interval(offsets.mean(axis=1)).as_dict()
                    for name, offsets in calibrated.offsets.items()
                },
            },
            "figures": [
                {
                    "table": figure.table,
                    "name": figure.name,
                    "other": figure.other,
                    "at": figure.at,
                    **(figure.value.as_dict() if figure.value else dict.fromkeys(_QUANTILES)),
                }
                for figure in self.figures()
            ],
            "worth_is_bounded": {
                worth.question: float(worth.at_unchanged_share.is_bounded.mean())
                for worth in self.worth
            },
            "worth_in_equilibrium": {
                worth.question: worth.in_equilibrium.as_dict() if worth.in_equilibrium else None
                for worth in self.worth
            },
            "willingness_to_pay": [
                {**asdict(wtp), "amount": wtp.amount.as_dict()} for wtp in self.willingness_to_pay
            ],
            "notes": list(self.notes),
            "made_from": dict(self.made_from),
        }


_QUANTILES = ("mean", "q05", "q50", "q95")


def _shares(shares: MarketShares) -> Iterator[Figure]:
    table = "likelihood" if shares.rule == "purchase_likelihood" else "share"
    for a, name in enumerate(shares.names):
        for m, region in enumerate(shares.regions):
            yield Figure(table, name, "", region, interval(shares.draws[:, m, a]))
        yield Figure(table, name, "", "all regions", interval(shares.of(name)))
    if table == "share":
        for name in shares.ours:
            volume = interval(shares.volume_of(name))
            yield Figure("vehicles", name, "", "all regions", volume)


def _source(source: Source) -> Iterator[Figure]:
    diversion = source.diversion()
    for i, other in enumerate(source.others):
        yield Figure("taken from", source.offer, other, "", interval(source.taken[:, i]))
        yield Figure("diversion", source.offer, other, "", interval(diversion[:, i]))
    yield Figure("cannibalised", source.offer, "", "", interval(source.cannibalised()))
    yield Figure("incremental share", source.offer, "", "", interval(source.incremental()))


def _curve(curve: PriceCurve) -> Iterator[Figure]:
    for i, price in enumerate(curve.prices):
        at = f"{price:.12g}"
        yield Figure("share at price", curve.name, "", at, interval(curve.shares[:, i]))
        line = interval(curve.line_shares[:, i])
        yield Figure("share of the line at price", curve.name, "", at, line)


def _elasticities(found: Elasticities) -> Iterator[Figure]:
    for j, moving in enumerate(found.moving):
        for k, answering in enumerate(found.answering):
            for table, draws in (("arc elasticity", found.arc), ("elasticity", found.point)):
                value = _interval_if_any(draws[:, j, k])
                yield Figure(table, answering, moving, "", value)


def _worth(worth: Worth) -> Iterator[Figure]:
    figures = {
        WILLINGNESS: worth.willingness_to_pay.amount,
        UNCHANGED_SHARE: interval(worth.at_unchanged_share.price_difference),
    }
    if worth.in_equilibrium:
        value = worth.in_equilibrium.value
        figures[EQUILIBRIUM_PRICE] = interval(value.price_difference)
        figures[EQUILIBRIUM_PROFIT] = interval(value.profit_difference)
    for table, amount in figures.items():
        yield Figure(table, worth.feature.offer, worth.step, "", amount)


def _interval_if_any(draws: Float[np.ndarray, " S"]) -> Interval | None:
    return interval(draws) if np.isfinite(draws).all() else None
