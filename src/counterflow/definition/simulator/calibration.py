"""Calibration to a known market: availability first, then scale, then offsets of utility.

Never shares themselves. To multiply simulated shares by factors until they are the known ones
("external effects", "aggregate adjustment") keeps the factors when prices change, so a product
whose share was doubled answers to its price as if it were twice as liked and no more known: its
elasticities belong to no people's choices, shares can pass 1, and what one product loses no other
gains. An offset of utility changes how near each person is to taking the product, and the rest
follows from choice. The order matters: what is not on the shelf must not look disliked, and how
sharply people choose must be settled before what they like, for offsets depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from counterflow.definition.simulator.market import SimulatedMarket, simulated_market
from counterflow.definition.simulator.people import People
from counterflow.definition.simulator.scenario import Calibration, Scenario
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.programme import Programme
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.share_inversion import share_offsets

Status = Literal["nothing_to_do", "converged", "not_converged", "scale_at_its_bound"]

_SCALES = (0.1, 10.0)
_SAME = 1e-6
"""Between shares: people state them with fewer digits."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibrated:
    """Scale and offsets of utility, by the name of the alternative, draw and region.

    `status` is "converged" if every share met its target to 1e-12 in every draw and region (but for
    those of `left_outside`), "not_converged" where one did not, "scale_at_its_bound" if the best
    scale lies beyond 0.1 or 10; `worst_error` is the largest distance left.
    """

    scale: float = 1.0
    offsets: Mapping[str, Float[np.ndarray, "S M"]] = field(default_factory=dict)
    targets: Mapping[str, float] = field(default_factory=dict)
    left_outside: Mapping[str, float] = field(default_factory=dict)
    """The share of the outside option in each region where it is not its target: every rival that
    is sold there has a known share, and these leave another."""
    status: Status = "nothing_to_do"
    worst_error: float = 0.0
    n_evaluations: int = 0

    def only(self, draw: int) -> Calibrated:
        """Return the calibration of one draw."""
        of_draw = {name: offset[draw : draw + 1] for name, offset in self.offsets.items()}
        return replace(self, offsets=of_draw)


def calibrate(
    programme: Programme,
    people: People,
    calibration: Calibration | None = None,
    *,
    like: Scenario | None = None,
    map_blocks: MapBlocks = map,
) -> Calibrated:
    """Return what makes the market without our line as it is known to be.

    Known is `calibration.shares` and, unless that leaves nothing open, the share of the outside
    option that the programme states. `like` is a scenario whose rule, consideration and errors
    hold. Where its rule is first choice or purchase likelihood, logit takes its place: shares of
    first choices jump, so that no offset meets a target, and likelihoods are no shares.

    Notes
    -----
    Scale: the one for all draws at which known shares are the likeliest, that is the smallest mean
    over draws and regions of sum over a of t[a] log(t[a] / P[a]), of what is sold in the region.
    Offsets: in each draw and region by `kernels.share_inversion`.
    """
    calibration = calibration or Calibration()
    base = replace(like or Scenario(programme=programme), programme=programme, offers=())
    rule = base.rule if base.rule == "randomised_first_choice" else "logit"
    market = simulated_market(base, people, rule=rule)
    targets = known_shares(programme, calibration.shares)
    scale, is_inside = _scale(calibration, market, people, targets, map_blocks)
    if not targets:
        status: Status = "nothing_to_do" if calibration.scale == 1.0 else _status(True, is_inside)
        return Calibrated(scale=scale, status=status)
    columns = [market.names.index(name) for name in targets]

    def shares(offsets: Float[np.ndarray, "S M free"]) -> Float[np.ndarray, "S M free"]:
        of_name = {name: offsets[:, :, i] for i, name in enumerate(targets)}
        found = market.shares(people, scale=scale, offsets=of_name, map_blocks=map_blocks)
        return found[:, :, columns]

    wanted = _by_region(targets, market)
    for followed in _followed(targets, market):
        wanted[followed] = 0.0
    found = share_offsets(shares, np.repeat(wanted[None], people.n_draws, axis=0))
    return Calibrated(
        scale=scale,
        offsets={name: found.offsets[:, :, i] for i, name in enumerate(targets)},
        targets=targets,
        left_outside=_left_outside(targets, market),
        status=_status(found.is_converged, is_inside),
        worst_error=found.worst_error,
        n_evaluations=found.n_evaluations,
    )


def known_shares(programme: Programme, stated: Mapping[str, float]) -> dict[str, float]:
    """Return the shares that are known: those stated, and that of the outside option.

    The programme's share of the outside option counts unless every rival's share is stated, from
    which it follows.
    """
    outside = programme.market.outside_option.share
    rivals = programme.market.competitors
    follows = OUTSIDE in stated or (rivals and all(name in stated for name in rivals))
    if outside is None or follows:
        return dict(stated)
    return {**stated, OUTSIDE: outside}


def _by_region(
    targets: Mapping[str, float], market: SimulatedMarket
) -> Float[np.ndarray, "M free"]:
    """Return the known shares in each region: 0 of what is not sold there.

    The outside option's is what the others leave where all that is sold is known.
    """
    wanted = np.array(
        [[targets[name] if name in sold else 0.0 for name in targets] for sold in _sold(market)]
    )
    for m, outside in _followed(targets, market):
        wanted[m, outside] = 0.0
        wanted[m, outside] = 1.0 - wanted[m].sum()
    return wanted


def _followed(targets: Mapping[str, float], market: SimulatedMarket) -> list[tuple[int, int]]:
    """Return the regions where the share of the outside option follows from others; its column.

    Only differences of utility count, so one alternative stays as it is: where all are known, the
    outside option.
    """
    if OUTSIDE not in targets:
        return []
    outside = list(targets).index(OUTSIDE)
    return [(m, outside) for m, sold in enumerate(_sold(market)) if sold <= targets.keys()]


def _left_outside(targets: Mapping[str, float], market: SimulatedMarket) -> dict[str, float]:
    """Return what known shares leave to the outside option, by region, if not its known share."""
    wanted = _by_region(targets, market)
    left = {
        market.alternatives.regions[m]: float(wanted[m, outside])
        for m, outside in _followed(targets, market)
    }
    return {
        region: share for region, share in left.items() if abs(share - targets[OUTSIDE]) > _SAME
    }


def _sold(market: SimulatedMarket) -> list[set[str]]:
    """Return the names of what can be taken in each region."""
    names, is_sold = market.alternatives.names, ~np.isneginf(market.alternatives.offsets)
    return [{name for name, there in zip(names, sold, strict=True) if there} for sold in is_sold]


def _scale(
    calibration: Calibration,
    market: SimulatedMarket,
    people: People,
    targets: Mapping[str, float],
    map_blocks: MapBlocks,
) -> tuple[float, bool]:
    """Return the scale, and whether it lies inside the bounds."""
    if calibration.scale != "fit":
        return calibration.scale, True
    columns = [market.names.index(name) for name in targets]
    known = _by_region(targets, market)
    # Nothing unknown is sold where the known shares sum to 1: the rest there is rounding alone.
    rest_known = np.maximum(1.0 - known.sum(axis=1, keepdims=True), 0.0)
    wanted = np.concatenate([known, np.where(rest_known > _SAME, rest_known, 0.0)], axis=1)

    def distance(log_scale: float) -> float:
        shares = market.shares(
            people, scale=float(np.exp(log_scale)), offsets={}, map_blocks=map_blocks
        )[:, :, columns]
        rest = 1.0 - shares.sum(axis=2, keepdims=True)
        found = np.maximum(np.concatenate([shares, rest], axis=2), 1e-300)
        return float(-(wanted * np.log(found)).sum(axis=2).mean())

    low, high = np.log(_SCALES)
    best = minimize_scalar(distance, bounds=(low, high), method="bounded")
    is_inside = low + 1e-3 < best.x < high - 1e-3
    return float(np.exp(best.x)), bool(is_inside)


def _status(is_converged: bool, is_inside: bool) -> Status:
    if not is_converged:
        return "not_converged"
    return "converged" if is_inside else "scale_at_its_bound"
