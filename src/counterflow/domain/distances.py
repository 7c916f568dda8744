"""Distances: how far each person drives, and what they pay above a distance cap."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.domain.market import Distance
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.random_streams import random_stream

_NODES = 1_000
"""Equally likely distances of a person who stands for the whole market."""


def overage_values(
    programme: Programme, part_worths: PartWorths
) -> dict[str, Float[np.ndarray, " N"]]:
    """Return what each of N people would pay above the cap, at today's value, by contract.

    Only contracts are named under which people pay by their own distance. One set of part-worths
    for the whole market stands for people who drive differently far, and pays what they pay on
    average.
    """
    on_distance = {n: c for n, c in programme.contracts.items() if c.depends_on_distance}
    if not on_distance:
        return {}
    km = km_per_month(programme, part_worths)
    return {name: c.overage_value(km).mean(axis=1) for name, c in on_distance.items()}


def km_per_month(programme: Programme, part_worths: PartWorths) -> Float[np.ndarray, "N nodes"]:
    """Return how far each of N people drives in a month.

    One node a person; many equally likely ones if a single person stands for the market.

    Notes
    -----
    People's distances are one value from each of N slices of equal probability of the lognormal,
    dealt at random (McKay, Beckman and Conover, Technometrics 21(2), 1979), so that even a few
    hundred people drive as far together as the market does.
    """
    distance = programme.market.distance
    if distance is None:
        raise ValueError("distances need [market.distance]")
    n = part_worths.n_respondents
    if not part_worths.is_individual:
        return np.tile(_quantiles(distance, (np.arange(_NODES) + 0.5) / _NODES), (n, 1))
    stream = random_stream(programme.seeds.demand, "distance")
    slices = (stream.permutation(n) + stream.random(n)) / n
    return _quantiles(distance, np.clip(slices, 2.0**-53, 1.0 - 2.0**-53))[:, None]


def _quantiles(distance: Distance, u: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return quantiles of the lognormal with this mean and relative standard deviation, a month."""
    sigma = np.sqrt(np.log1p(distance.relative_sd**2))
    mean = distance.mean_km_per_year / 12.0
    return np.asarray(mean * np.exp(sigma * ndtri(u) - sigma**2 / 2.0))
