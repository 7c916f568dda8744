"""Distances: how far each person drives, and what they pay above a distance cap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri

from counterflow.domain.contracts import Contract
from counterflow.domain.distance_units import KM_IN
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.market import Distance
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from counterflow.domain.random_streams import random_stream

_MONTHS_IN = {"month": 1.0, "year": 12.0}

_NODES = 1_000
"""Equally likely distances of a person who stands for the whole market."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Distances:
    """How far each of N people drives in a month, in S draws; S is 1 where all draws are alike.

    A person has one node; a single one who stands for the market has many, with their shares.
    """

    km_per_month: Float[np.ndarray, "S_or_one N nodes"]
    shares: Float[np.ndarray, " nodes"]

    def mean(
        self, paid: Callable[[Float[np.ndarray, "*any"]], Float[np.ndarray, "*any"]]
    ) -> Float[np.ndarray, "S_or_one N"]:
        """Return what each person pays, given what is paid at a distance in km a month."""
        return np.asarray(paid(self.km_per_month) @ self.shares)


def overage_values(
    programme: Programme,
    part_worths: PartWorths,
    contracts: Mapping[str, Contract] | None = None,
) -> dict[str, Float[np.ndarray, "S N"]]:
    """Return what each of N people pays above the cap in S draws, at today's value, by contract.

    `contracts` are those of the programme if absent. Only those are named under which people pay
    by their own distance. One set of part-worths for the whole market stands for people who drive
    differently far, and pays what they pay on average.
    """
    asked = programme.contracts if contracts is None else contracts
    on_distance = {name: c for name, c in asked.items() if c.depends_on_distance}
    if not on_distance:
        return {}
    driven = distances(programme, part_worths)
    shape = part_worths.draws.shape[:2]
    return {
        name: np.broadcast_to(driven.mean(contract.overage_value), shape)
        for name, contract in on_distance.items()
    }


def distances(programme: Programme, part_worths: PartWorths) -> Distances:
    """Return how far people drive: as they answered, or as the programme says that buyers do.

    Who did not answer drives as far as somebody who did, in each draw another.

    Raises
    ------
    InputError
        If nobody answered the question that the programme names.
    """
    distance = programme.market.distance
    if distance is None:
        raise ValueError("distances need [market.distance]")
    if distance.question is not None:
        return _answered(programme, distance, distance.question, part_worths)
    return _of_market(programme, distance, part_worths)


def share_unanswered(part_worths: PartWorths, question: str) -> float:
    """Return the weighted share of people who did not answer a question about a number."""
    people, weights = _asked_of(part_worths)
    is_unknown = np.isnan(part_worths.own_numbers.of(people, question))
    return float(weights[is_unknown].sum() / weights.sum()) if people else 1.0


def _asked_of(part_worths: PartWorths) -> tuple[tuple[str, ...], Float[np.ndarray, " N"]]:
    """Return whose answers count, and their weights: all who were asked stand for a market."""
    asked = part_worths if part_worths.is_individual else part_worths.own_numbers
    return asked.respondent_ids, asked.weights


def _answered(
    programme: Programme, distance: Distance, question: str, part_worths: PartWorths
) -> Distances:
    people, weights = _asked_of(part_worths)
    km = part_worths.own_numbers.of(people, question) * _km_per_month_in(
        programme, distance, question
    )
    is_known = np.isfinite(km)
    if not is_known.any():
        raise InputError([_nobody_answered(question, n_asked=len(people))])
    if not part_worths.is_individual:
        shares = weights[is_known] / weights[is_known].sum()
        return Distances(km_per_month=km[is_known][None, None], shares=shares)
    seed, n_draws = programme.seeds.demand, part_worths.n_draws
    driven = km[None] if is_known.all() else _imputed(km, is_known, weights, seed, n_draws)
    return Distances(km_per_month=driven[:, :, None], shares=np.ones(1))


def _imputed(
    km: Float[np.ndarray, " N"],
    is_known: Bool[np.ndarray, " N"],
    weights: Float[np.ndarray, " N"],
    seed: int,
    n_draws: int,
) -> Float[np.ndarray, "S N"]:
    """Return the distances of each draw, gaps filled with those of people who answered.

    Notes
    -----
    The approximate Bayesian bootstrap (Rubin and Schenker, Journal of the American Statistical
    Association 81(394), 1986): in each draw those who answered are weighted anew by standard
    exponentials, and who did not is given the distance of one of them, drawn by weight. It takes
    who did not answer to drive as far as others do.
    """
    known, missing = np.flatnonzero(is_known), np.flatnonzero(~is_known)
    filled = np.tile(km, (n_draws, 1))
    for s in range(n_draws):
        stream = random_stream(seed, "unanswered distances", s)
        up_to = np.cumsum(weights[known] * stream.standard_exponential(len(known)))
        places = np.searchsorted(up_to, stream.random(len(missing)) * up_to[-1], side="right")
        filled[s, missing] = km[known[np.minimum(places, len(known) - 1)]]
    return filled


def _km_per_month_in(programme: Programme, distance: Distance, question: str) -> float:
    asked = programme.survey.questionnaire
    assert asked is not None, "a programme whose distances nobody asks about is refused"
    return KM_IN[str(asked.questions[question].unit)] / _MONTHS_IN[distance.per]


def _nobody_answered(question: str, *, n_asked: int) -> Problem:
    return Problem(
        expected=f"somebody who answered {question}, beside part-worths that say so",
        found=f"no answer of {n_asked:,} respondents",
        key="market.distance.question",
        advice="Estimate again from answers that have it, or state mean_km_per_year and "
        "relative_sd instead.",
    )


def _of_market(programme: Programme, distance: Distance, part_worths: PartWorths) -> Distances:
    """Return distances of the lognormal, without regard to who is who.

    Notes
    -----
    People's distances are one value from each of N slices of equal probability of the lognormal,
    dealt at random (McKay, Beckman and Conover, Technometrics 21(2), 1979), so that even a few
    hundred people drive as far together as the market does.
    """
    if not part_worths.is_individual:
        km = _quantiles(distance, (np.arange(_NODES) + 0.5) / _NODES)
        return Distances(km_per_month=km[None, None], shares=np.full(_NODES, 1.0 / _NODES))
    n = part_worths.n_respondents
    stream = random_stream(programme.seeds.demand, "distance")
    slices = (stream.permutation(n) + stream.random(n)) / n
    km = _quantiles(distance, np.clip(slices, 2.0**-53, 1.0 - 2.0**-53))
    return Distances(km_per_month=km[None, :, None], shares=np.ones(1))


def _quantiles(distance: Distance, u: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return quantiles of the lognormal with this mean and relative standard deviation, a month."""
    assert distance.mean_km_per_year is not None, "without a question there is a mean"
    assert distance.relative_sd is not None, "without a question there is a spread"
    sigma = np.sqrt(np.log1p(distance.relative_sd**2))
    mean = distance.mean_km_per_year / 12.0
    return np.asarray(mean * np.exp(sigma * ndtri(u) - sigma**2 / 2.0))
