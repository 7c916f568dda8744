"""Forecast: draws of how many vehicles of each variant are wanted where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from counterflow.domain.definition import Definition
from counterflow.domain.market_alternatives import MarketAlternatives, market_alternatives
from counterflow.domain.market_draws import MarketDraws, draw_market, population_weights
from counterflow.domain.offered_terms import with_offered_terms
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.progress import Report
from counterflow.domain.volumes import VolumeDraws
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.market_shares import shares_by
from counterflow.kernels.outside_option import with_outside_share

MARKET_SIZE = "market size"
AWARENESS = "awareness"
AVAILABILITY = "availability"
PREFERENCES = "preferences"


def forecast_volumes(
    programme: Programme,
    definition: Definition,
    part_worths: PartWorths,
    *,
    made_from: Mapping[str, str] | None = None,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> VolumeDraws:
    """Return S draws of volumes by variant, region and period, S as of the part-worths.

    Draw s takes the s-th part-worths of every respondent, reweights the respondents (who was asked
    is a sample too), and draws market size, awareness and availability:

        volume = buyers x awareness x build-up x availability x share of the variant,

    the share being the mean over people of their own choice probabilities, so that variants keep
    the company in which people choose them. The market draws are those that valued the line.
    """
    part_worths = with_offered_terms(programme, part_worths, definition.offers)
    market = market_alternatives(programme, part_worths.coding, definition.offers)
    n_draws = part_worths.n_draws
    work = partial(_shares_of_draw, programme, part_worths, market)
    found: list[_Shares] = []
    for shares in map_blocks(work, range(n_draws)):
        found.append(shares)
        if report is not None:
            report(len(found) / n_draws, f"draw {len(found)} of {n_draws}")
    shares, without_line = (np.array(part) for part in zip(*found, strict=True))
    drawn = draw_market(programme.market, n_draws=n_draws, seed=programme.seeds.demand)
    reached = drawn.reached(programme.market)
    n_variants = len(market.variants)
    # Contiguous, as it is read back from a file: sums in another order differ in the last bit.
    ours = np.ascontiguousarray(shares[:, :, :n_variants].transpose(0, 2, 1))
    weights = _region_weights(reached)
    return VolumeDraws(
        draws=ours[:, :, :, None] * reached[:, None],
        variants=tuple(configuration for _, configuration in market.variants),
        offer_of_variant=tuple(offer for offer, _ in market.variants),
        regions=market.regions,
        periods=programme.market.periods,
        shares=_by_name(market.names, shares, weights),
        shares_without_line=_by_name(market.names[n_variants:], without_line, weights),
        drivers=_drivers(drawn, reached, ours.sum(axis=1)),
        made_from=dict(made_from or {}),
    )


class _Shares(NamedTuple):
    with_line: Float[np.ndarray, "M A"]
    without_line: Float[np.ndarray, "M rest"]


def _shares_of_draw(
    programme: Programme, part_worths: PartWorths, market: MarketAlternatives, draw: int
) -> _Shares:
    people = part_worths.draws[draw]
    weights = population_weights(part_worths.weights, seed=programme.seeds.demand, draw=draw)
    n_ours = len(market.variants)
    offsets = with_outside_share(
        people,
        weights,
        market.rows,
        market.offsets,
        n_ours=n_ours,
        share=programme.market.outside_option.share,
    )
    shares_of = shares_by(programme.search.choice_rule)
    return _Shares(
        shares_of(people, weights, market.rows, offsets),
        shares_of(people, weights, market.rows[:, n_ours:], offsets[:, n_ours:]),
    )


def _region_weights(reached: Float[np.ndarray, "S M Q"]) -> Float[np.ndarray, "S M"]:
    """Return each region's part of the buyers who are reached, over all periods."""
    buyers = reached.sum(axis=2)
    total = buyers.sum(axis=1, keepdims=True)
    # Where nobody is reached every region counts alike, so that shares still mean something.
    even = np.full_like(buyers, 1.0 / buyers.shape[1])
    return np.divide(buyers, total, out=even, where=total > 0.0)


def _by_name(
    names: Sequence[str], shares: Float[np.ndarray, "S M A"], weights: Float[np.ndarray, "S M"]
) -> dict[str, Float[np.ndarray, " S"]]:
    """Return shares over all regions, alternatives of one name added up."""
    overall = np.einsum("sma,sm->sa", shares, weights)
    by_name: dict[str, Float[np.ndarray, " S"]] = {}
    for a, name in enumerate(names):
        by_name[name] = by_name.get(name, 0.0) + overall[:, a]
    return by_name


def _drivers(
    drawn: MarketDraws, reached: Float[np.ndarray, "S M Q"], line: Float[np.ndarray, "S M"]
) -> dict[str, Float[np.ndarray, " S"]]:
    """Return what was drawn, as factors whose product is the total volume.

    Regions are put together at their expected sizes for size, and at their drawn sizes for
    preferences, so that the product is exact.
    """
    reach = drawn.awareness * drawn.availability
    buyers = reached.sum(axis=2) / np.maximum(reach, np.finfo(float).tiny)[:, None]
    return {
        MARKET_SIZE: buyers.sum(axis=1),
        AWARENESS: drawn.awareness,
        AVAILABILITY: drawn.availability,
        PREFERENCES: np.einsum("sm,sm->s", line, _region_weights(reached)),
    }
