"""Whether Markov chains can be trusted, and if not, where they failed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.kernels.chain_diagnostics import chain_diagnostics

MOST_R_HAT = 1.05
LEAST_EFFECTIVE_SAMPLE = 100.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Convergence:
    """R-hat and effective sample sizes of the quantities that were followed, by name.

    Vehtari et al. (2021) ask for an R-hat below 1.01 and a sample of 100 a chain before a figure
    is published. Part-worths feed shares that average over people, so we are content with 1.05
    and 100 over all chains, and report both.
    """

    names: tuple[str, ...]
    r_hat: Float[np.ndarray, " P"]
    bulk_effective_sample: Float[np.ndarray, " P"]
    tail_effective_sample: Float[np.ndarray, " P"]

    @classmethod
    def of(cls, names: tuple[str, ...], draws: Float[np.ndarray, "C S P"]) -> Convergence:
        """Return the convergence of C chains of S draws of the P quantities named."""
        return cls(names=names, **chain_diagnostics(draws)._asdict())

    @property
    def effective_sample(self) -> Float[np.ndarray, " P"]:
        """Return the smaller of bulk and tail effective sample of each quantity."""
        return np.minimum(self.bulk_effective_sample, self.tail_effective_sample)

    @property
    def is_converged(self) -> bool:
        """Return whether every R-hat and effective sample is good enough."""
        return bool(
            (self.r_hat <= MOST_R_HAT).all()
            and (self.effective_sample >= LEAST_EFFECTIVE_SAMPLE).all()
        )

    @property
    def worst(self) -> str:
        """Return the quantity that limits, and by what."""
        i, j = int(np.argmax(self.r_hat)), int(np.argmin(self.effective_sample))
        if self.r_hat[i] > MOST_R_HAT:
            return f"R-hat of {self.names[i]} is {self.r_hat[i]:.3f}"
        return f"effective sample of {self.names[j]} is {self.effective_sample[j]:.0f}"

    def as_dict(self) -> Mapping[str, float]:
        """Return the worst figures, by name."""
        return {
            "worst_r_hat": float(self.r_hat.max()),
            "least_bulk_effective_sample": float(self.bulk_effective_sample.min()),
            "least_tail_effective_sample": float(self.tail_effective_sample.min()),
        }
