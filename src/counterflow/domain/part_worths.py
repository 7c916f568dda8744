"""Part-worths: draws of each coefficient of utility, for a market or for each person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.own_numbers import OwnNumbers


@dataclass(frozen=True, eq=False, kw_only=True)
class PartWorths:
    """S draws of K coefficients, for all (N = 1) or for each of N respondents.

    Parameters
    ----------
    draws
        Utility per design column; S draws x N respondents x K coefficients.
    coding
        What the K columns mean; `coding.labels` names them.
    respondent_ids
        N names; a single empty name if the draws stand for the whole market.
    weights
        Weight of each respondent in the population, above 0.
    provenance
        Where the draws come from: model, seed, hash of the data, settings.
    own_numbers
        What the respondents who were asked said of themselves in numbers, by their names.
    """

    draws: Float[np.ndarray, "S N K"]
    coding: UtilityCoding
    respondent_ids: tuple[str, ...]
    weights: Float[np.ndarray, " N"]
    provenance: Mapping[str, object] = field(default_factory=dict)
    own_numbers: OwnNumbers = field(default_factory=OwnNumbers)

    def __post_init__(self) -> None:
        if self.draws.ndim != 3 or 0 in self.draws.shape:
            raise ValueError(f"draws must be S x N x K and not empty, got {self.draws.shape}")
        _, n, k = self.draws.shape
        if k != len(self.labels):
            raise ValueError(f"draws have {k} coefficients, coding names {len(self.labels)}")
        if len(self.respondent_ids) != n or self.weights.shape != (n,):
            raise ValueError(f"respondent_ids and weights must have {n} entries")
        if not np.isfinite(self.draws).all():
            raise ValueError("draws must be finite")
        if len(set(self.respondent_ids)) < n:
            raise ValueError("respondent_ids must be distinct")
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise ValueError("weights must be finite and above 0")
        for array in (self.draws, self.weights):
            array.setflags(write=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.coding.labels

    @property
    def n_draws(self) -> int:
        """Return S."""
        return int(self.draws.shape[0])

    @property
    def n_respondents(self) -> int:
        """Return N; 1 where the draws stand for the whole market."""
        return int(self.draws.shape[1])

    @property
    def is_individual(self) -> bool:
        """Return whether each respondent has part-worths of their own."""
        return self.respondent_ids != ("",)

    def mean_draws(self) -> Float[np.ndarray, "S K"]:
        """Return the weighted mean over respondents of each draw."""
        share = self.weights / self.weights.sum()
        return np.einsum("snk,n->sk", self.draws, share, dtype=float)
