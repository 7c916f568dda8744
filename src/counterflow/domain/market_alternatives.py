"""What buyers in each region choose from, coded as design rows: our line, rivals, neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import AS_ASKED, OUTSIDE, TERMS, UtilityCoding
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Offer
from counterflow.domain.errors import InputError, LabelMismatchError, Problem
from counterflow.domain.market import Competitor
from counterflow.domain.offered_terms import sold_on
from counterflow.domain.programme import Programme
from counterflow.domain.section import level_name


@dataclass(frozen=True, eq=False, kw_only=True)
class MarketAlternatives:
    """A alternatives in M regions: the variants of our offers, then the rivals, then neither.

    The utility of alternative a in region m is `rows[m, a]` times the part-worths, plus
    `offsets[m, a]`, which is minus infinity where it is not sold. Prices in the rows are
    what a buyer in the region pays: with the buyer's taxes, less subsidies.

    Notes
    -----
    A variant's offset is -log(number of variants of its offer), so that the offer's weight in the
    choice is the mean of exp(utility) over its variants. The plain sum would pay an offer log(n)
    for n colours that look the same to everyone; the mean pays nothing for variety as such, but
    pays for letting each buyer find the one that they like. Shares of variants within an offer
    are logit either way. A rival is one variant.
    """

    regions: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]
    """Offer and configuration of each variant of our line; may be empty."""
    rivals: tuple[str, ...]
    rows: Float[np.ndarray, "M A K"]
    offsets: Float[np.ndarray, "M A"]

    def __post_init__(self) -> None:
        shape = (len(self.regions), len(self.variants) + len(self.rivals) + 1)
        if self.rows.shape[:2] != shape or self.offsets.shape != shape:
            raise ValueError(f"rows and offsets must be {shape}, got {self.rows.shape[:2]}")

    @property
    def names(self) -> tuple[str, ...]:
        """Return what each alternative is called: a variant by its offer, and `outside` last."""
        return (*(offer for offer, _ in self.variants), *self.rivals, OUTSIDE)

    def without_line(self) -> MarketAlternatives:
        """Return the market as it is before our line exists."""
        n = len(self.variants)
        return MarketAlternatives(
            regions=self.regions,
            variants=(),
            rivals=self.rivals,
            rows=self.rows[:, n:],
            offsets=self.offsets[:, n:],
        )

    def sold_in(self, regions: Mapping[str, Sequence[str]]) -> MarketAlternatives:
        """Return the market in which what `regions` names is sold in these regions only."""
        offsets = self.offsets.copy()
        for a, name in enumerate(self.names):
            if name in regions:
                offsets[[region not in regions[name] for region in self.regions], a] = -np.inf
        return replace(self, offsets=offsets)


def market_alternatives(
    programme: Programme, coding: UtilityCoding, offers: Sequence[Offer] = ()
) -> MarketAlternatives:
    """Return what buyers choose from when our line is `offers`.

    Raises
    ------
    LabelMismatchError
        If the outside option is to be as estimated, but the coding has no constant for it.
    InputError
        If subsidies leave a rival without a price.
    """
    market = programme.market
    if market.outside_option.kind == "estimated" and not coding.has_outside:
        raise LabelMismatchError("part-worths", expected=[OUTSIDE], found=())
    ours = [(offer, variant) for offer in offers for variant in offer.variants]
    line = variant_rows(programme, coding, offers)
    outside = np.zeros((len(market.regions), 1, len(coding.labels)))
    if coding.has_outside:
        outside[:, :, coding.labels.index(OUTSIDE)] = 1.0
    many_variants = [-np.log(len(offer.variants)) for offer, _ in ours]
    rivals = np.where(_is_sold(programme), 0.0, -np.inf)
    return MarketAlternatives(
        regions=tuple(market.regions),
        variants=tuple((offer.name, str(variant.configuration)) for offer, variant in ours),
        rivals=tuple(market.competitors),
        rows=np.concatenate([line, _rival_rows(programme, coding), outside], axis=1),
        offsets=np.concatenate(
            [
                np.tile(many_variants, (len(rivals), 1)),
                rivals,
                np.zeros((len(rivals), 1)),
            ],
            axis=1,
        ),
    )


def variant_rows(
    programme: Programme, coding: UtilityCoding, offers: Sequence[Offer]
) -> Float[np.ndarray, "M V K"]:
    """Return the design rows of the variants of our offers in each region.

    Terms that differ from those asked about need part-worths `with_offered_terms`.

    Raises
    ------
    LabelMismatchError
        If the coding lacks a column for such terms.
    """
    market = programme.market
    variants = [
        (variant.configuration, variant.price, terms)
        for offer, terms in zip(offers, _coded_terms(programme, coding, offers), strict=True)
        for variant in offer.variants
    ]
    rows = np.zeros((len(market.regions), len(variants), len(coding.labels)))
    for m, region in enumerate(market.regions if variants else ()):
        products: list[Mapping[str, str | float]] = [
            {
                **configuration.as_dict(),
                **terms,
                programme.price_attribute: market.buyer_pays(
                    region, configuration.meets, price, rival=False
                ),
            }
            for configuration, price, terms in variants
        ]
        rows[m] = coding.rows(products)
    return rows


def _coded_terms(
    programme: Programme, coding: UtilityCoding, offers: Sequence[Offer]
) -> Iterator[dict[str, str]]:
    """Yield what coded products of each offer say of its terms: nothing where they are as asked."""
    known = {AS_ASKED, *coding.labels}
    for sold in sold_on(programme, offers):
        if sold.terms not in known:
            raise LabelMismatchError("part-worths", expected=[sold.terms], found=())
        yield {} if sold.terms == AS_ASKED else {TERMS: sold.terms}


def _rival_rows(programme: Programme, coding: UtilityCoding) -> Float[np.ndarray, "M rivals K"]:
    market = programme.market
    rivals = market.competitors
    rows = np.zeros((len(market.regions), len(rivals), len(coding.labels)))
    for m, region in enumerate(market.regions if rivals else ()):
        rows[m] = coding.rows([_rival_in(region, name, rivals[name], programme) for name in rivals])
    return rows


def _rival_in(
    region: str, name: str, rival: Competitor, programme: Programme
) -> Mapping[str, str | float]:
    """Return the rival's levels and what its buyers in the region pay, taxes and subsidies in.

    A level of a numeric attribute may lie between ours, and is then no level that a subsidy's
    condition names.
    """
    named = {attribute: str(level_name(level)) for attribute, level in rival.levels.items()}
    meets = Configuration.of(named).meets
    paid = programme.market.buyer_pays(region, meets, rival.price, rival=True)
    if paid <= 0.0:
        problem = Problem(
            expected=f"subsidies in {region} below the price, {rival.price:g}",
            found=f"{programme.market.subsidy(region, meets, rival=True):g} together",
            key=f"market.competitors.{name}.price",
            advice="Correct the price or the subsidies.",
        )
        raise InputError([problem])
    is_numeric = {n: attribute.is_numeric for n, attribute in programme.configurable.items()}
    coded: dict[str, str | float] = {
        attribute: level if is_numeric[attribute] else named[attribute]
        for attribute, level in rival.levels.items()
    }
    return {**coded, programme.price_attribute: paid}


def _is_sold(programme: Programme) -> np.ndarray:
    """Return M x R: whether the rival is sold in the region."""
    market = programme.market
    return np.array(
        [
            [not rival.regions or region in rival.regions for rival in market.competitors.values()]
            for region in market.regions
        ],
        dtype=bool,
    ).reshape(len(market.regions), len(market.competitors))
