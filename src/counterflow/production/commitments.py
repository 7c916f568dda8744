"""Commitments: how many of each long-lead part to order before demand is known."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.costs import Part
from counterflow.domain.definition import Definition
from counterflow.domain.production_plan import Commitment
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws
from counterflow.kernels.newsvendor import (
    critical_ratio,
    expected_excess,
    expected_shortage,
    newsvendor_quantity,
)
from counterflow.production.margins import variant_margins
from counterflow.production.part_explosion import parts_of, quantities
from counterflow.production.variants import variants_of


def commitments(
    programme: Programme, definition: Definition, volumes: VolumeDraws
) -> tuple[Commitment, ...]:
    """Return one order for each long-lead part of the line, over all periods together.

    Each part is a newsvendor: a missing part loses the contribution of the vehicle that it was
    for, a part left over loses its cost less salvage. A buyer whose variant runs out is taken to
    be lost, not to switch to another. The orders cover what may be wanted and not the builds
    planned today: builds can be planned anew as orders come in, these parts cannot.

    Parts are taken by rising critical ratio, and a vehicle that the plant or the parts taken before
    cannot make needs no further part: nobody orders two lidars for each pack that they share.

    Raises
    ------
    LabelMismatchError
        If the volumes were drawn for another line.
    """
    variants = variants_of(definition, volumes)
    parts = tuple(part for part in parts_of(variants) if programme.parts[part].long_lead)
    per_vehicle = quantities(variants, parts)
    wanted = volumes.draws.sum(axis=(2, 3))
    underage = underage_cost(
        per_vehicle,
        volume=wanted.mean(axis=0),
        contribution=variant_margins(programme, definition, volumes).contribution,
    )
    overage = np.array([overage_cost(programme.parts[part]) for part in parts])
    ratio = critical_ratio(underage, overage)
    capacity = programme.production.vehicles_per_period * len(volumes.periods)
    needs, quantity = _order(_within(wanted, np.ones(len(variants)), capacity), per_vehicle, ratio)
    shortage, excess = expected_shortage(needs, quantity), expected_excess(needs, quantity)
    return tuple(
        Commitment(
            part=part,
            quantity=float(quantity[p]),
            critical_ratio=float(ratio[p]),
            underage_cost=float(underage[p]),
            overage_cost=float(overage[p]),
            expected_shortage=float(shortage[p]),
            expected_excess=float(excess[p]),
            order_by_week=-programme.parts[part].lead_time_weeks,
        )
        for p, part in enumerate(parts)
    )


def underage_cost(
    quantity: Float[np.ndarray, "V P"],
    *,
    volume: Float[np.ndarray, " V"],
    contribution: Float[np.ndarray, " V"],
) -> Float[np.ndarray, " P"]:
    """Return the contribution lost for each missing piece of a part (currency), at least 0.

    `quantity` are parts in a vehicle, `volume` the vehicles expected, `contribution` what one
    earns. It is 0 for a part that nothing is expected to use.

    Notes
    -----
    The mean over the vehicles that use the part of contribution / quantity, weighted by how many
    of the part they use: sum of volume contribution over sum of volume quantity.

    Examples
    --------
    One camera in each of 30 cars that earn 900, three in each of 10 that earn 1500:

    >>> underage_cost(np.array([[1.0], [3.0]]), volume=np.array([30.0, 10.0]),
    ...               contribution=np.array([900.0, 1500.0]))
    array([700.])
    """
    earned = (volume * contribution) @ (quantity > 0)
    used = volume @ quantity
    per_piece = np.divide(earned, used, out=np.zeros_like(used), where=used > 0)
    return np.maximum(per_piece, 0.0)


def overage_cost(part: Part) -> float:
    """Return what a piece that is left over loses: its cost less its salvage value (currency)."""
    return part.unit_cost * (1.0 - part.salvage_share)


def _order(
    vehicles: Float[np.ndarray, "S V"],
    per_vehicle: Float[np.ndarray, "V P"],
    ratio: Float[np.ndarray, " P"],
) -> tuple[Float[np.ndarray, "S P"], Float[np.ndarray, " P"]]:
    """Return the usable need of each part and the order for it."""
    needs, quantity = vehicles @ per_vehicle, np.zeros(len(ratio))
    for p in np.argsort(ratio, kind="stable"):
        needs[:, p] = vehicles @ per_vehicle[:, p]
        quantity[p] = newsvendor_quantity(needs[:, [p]], ratio[[p]])[0]
        vehicles = _within(vehicles, per_vehicle[:, p], quantity[p])
    return needs, quantity


def _within(
    vehicles: Float[np.ndarray, "S V"], use: Float[np.ndarray, " V"], limit: float
) -> Float[np.ndarray, "S V"]:
    """Return the vehicles of each draw, those that use something scaled down to its limit."""
    needed = vehicles @ use
    share = np.divide(limit, needed, out=np.ones_like(needed), where=needed > limit)
    return np.where(use > 0, vehicles * share[:, None], vehicles)
