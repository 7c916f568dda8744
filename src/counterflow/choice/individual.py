"""What a fitted model knows about the coefficients of each respondent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32


@dataclass(frozen=True, eq=False, kw_only=True)
class IndividualPartWorths:
    """Posterior of the K coefficients of each of N respondents, in the units of the data."""

    respondent_ids: tuple[str, ...]
    labels: tuple[str, ...]
    mean: Float[np.ndarray, "N K"]
    sd: Float[np.ndarray, "N K"]
    draws: Float32[np.ndarray, "S N K"]
    """None of them if no draws were asked for: S is 0."""
