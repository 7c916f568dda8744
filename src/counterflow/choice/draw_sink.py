"""Where draws of part-worths go while chains run, so that they need not fit in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32

from counterflow.domain.utility import Utility


@runtime_checkable
class DrawSink(Protocol):
    """Takes draws one after the other; `formats.part_worth_stream` writes them to a file."""

    def begin(
        self,
        *,
        utility: Utility,
        respondent_ids: tuple[str, ...],
        weights: Float[np.ndarray, " N"],
        n_draws: int,
    ) -> None:
        """Be told what is coming."""
        ...

    def write(
        self, draw_index: int, first_person: int, coefficients: Float32[np.ndarray, "n K"]
    ) -> None:
        """Take the coefficients of n persons in one draw; draws come in order, persons too."""
        ...

    def finish(self, provenance: Mapping[str, object]) -> None:
        """Be told that all draws have come. Never called if the chains were interrupted."""
        ...
