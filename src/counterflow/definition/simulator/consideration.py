"""Consideration sets: which offers people know and can get, each by chance."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from counterflow.domain.random_streams import random_stream
from counterflow.kernels.market_shares import ChoiceSets

MOST_EXACT = 8
"""Offers not known to everybody up to which every set is counted: 256 sets."""
N_SAMPLED = 512
"""Sets that are drawn where there are more."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Consideration:
    """Sets of alternatives with their probabilities; `how` says whether these are all."""

    sets: ChoiceSets
    how: Literal["everything", "exact", "sampled"]


def consideration(
    names: Sequence[str], considered: Mapping[str, float], *, seed: int
) -> Consideration:
    """Return the sets in which alternatives called `names` are considered.

    Alternatives of one name, the variants of an offer, are considered together. The probability
    that an offer is considered is that in `considered`, 1 where absent, independent of others.

    Notes
    -----
    The probability of a set is the product of those of its members, and of the complements of
    others (Manski, Theory and Decision 8, 1977; Goeree, Econometrica 76(5), 2008, equation 3).
    Up to 8 uncertain offers, all of their sets are counted, and the shares are exact. Beyond, 512
    sets are drawn, in which each offer is as often as it should be, to within one: a Latin
    hypercube sample (McKay, Beckman and Conover, Technometrics 21(2), 1979).

    Examples
    --------
    >>> found = consideration(["car", "outside"], {"car": 0.25}, seed=1)
    >>> found.how, found.sets.members[0].tolist(), found.sets.weights
    ('exact', [[False, True], [True, True]], array([0.75, 0.25]))
    """
    uncertain = {
        name: considered[name] for name in dict.fromkeys(names) if considered.get(name, 1.0) < 1.0
    }
    is_exact = len(uncertain) <= MOST_EXACT
    sets, weights = _all(uncertain) if is_exact else _sampled(uncertain, seed)
    members = np.ones((1, len(sets), len(names)), dtype=bool)
    for a, name in enumerate(names):
        if name in uncertain:
            members[0, :, a] = sets[:, list(uncertain).index(name)]
    found = ChoiceSets(members, weights)
    if not uncertain:
        return Consideration(sets=found, how="everything")
    return Consideration(sets=found, how="exact" if is_exact else "sampled")


def each_alone(names: Sequence[str], considered: Mapping[str, float]) -> ChoiceSets:
    """Return a set for each name but the last: it and the last, weighted by its consideration.

    Examples
    --------
    >>> each_alone(["car", "bus", "outside"], {"bus": 0.5})
    ChoiceSets(members=array([[[ True, False, True], [False, True, True]]]),
               weights=array([1. , 0.5]))
    """
    offers = list(dict.fromkeys(names[:-1]))
    members = np.array([[[name in (offer, names[-1]) for name in names] for offer in offers]])
    return ChoiceSets(
        members.reshape(1, len(offers), len(names)),
        np.array([considered.get(offer, 1.0) for offer in offers]),
    )


def _all(
    uncertain: Mapping[str, float],
) -> tuple[Bool[np.ndarray, "sets offers"], Float[np.ndarray, " sets"]]:
    sets = np.array(list(itertools.product([False, True], repeat=len(uncertain))), dtype=bool)
    sets = sets.reshape(2 ** len(uncertain), len(uncertain))
    share = np.array(list(uncertain.values()))
    return sets, np.where(sets, share, 1.0 - share).prod(axis=1)


def _sampled(
    uncertain: Mapping[str, float], seed: int
) -> tuple[Bool[np.ndarray, "sets offers"], Float[np.ndarray, " sets"]]:
    sets = np.empty((N_SAMPLED, len(uncertain)), dtype=bool)
    for i, (name, share) in enumerate(uncertain.items()):
        stream = random_stream(seed, f"consideration of {name}")
        slices = (np.arange(N_SAMPLED) + stream.random(N_SAMPLED)) / N_SAMPLED
        sets[:, i] = stream.permutation(slices) < share
    return sets, np.full(N_SAMPLED, 1.0 / N_SAMPLED)
