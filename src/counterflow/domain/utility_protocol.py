"""What a utility can do, and what every model asks of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData


@runtime_checkable
class Utility(Protocol):
    """The K design columns of utility x'b, by the label of their coefficient."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        ...

    def design(self, data: ChoiceData) -> Float[np.ndarray, "rows K"]:
        """Return the design matrix: a row for each alternative of each task."""
        ...


@runtime_checkable
class NonlinearUtility(Utility, Protocol):
    """A utility that may bend in its P parameters; `design` then refuses, `linearised` does not."""

    @property
    def is_linear(self) -> bool:
        """Return whether utility is linear in all parameters."""
        ...

    @property
    def start(self) -> Float[np.ndarray, " P"]:
        """Return where to start estimating."""
        ...

    def linearised(
        self, data: ChoiceData, theta: Float[np.ndarray, " P"]
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, "rows P"]]:
        """Return utilities at `theta`, and their derivatives in each parameter."""
        ...


def is_linear(utility: Utility) -> bool:
    """Return whether utility is linear in all parameters."""
    return utility.is_linear if isinstance(utility, NonlinearUtility) else True


def start_of(utility: Utility) -> Float[np.ndarray, " P"]:
    """Return where to start estimating: zero utility."""
    return utility.start if isinstance(utility, NonlinearUtility) else np.zeros(len(utility.labels))


def bends_of(utility: Utility, data: ChoiceData) -> Float[np.ndarray, "P P"]:
    """Return by coefficient (row) and exponent (column) the mean logarithm of what is bent."""
    bends = getattr(utility, "bends", None)
    p = len(utility.labels)
    return np.zeros((p, p)) if bends is None else bends(data)


def design_columns(utility: Utility, data: ChoiceData) -> Iterator[Float[np.ndarray, " rows"]]:
    """Yield the design column of each coefficient, one at a time where the utility can.

    Large data fit in memory column by column where the whole design would not.
    """
    columns = getattr(utility, "design_columns", None)
    yield from utility.design(data).T if columns is None else columns(data)


def linearised_at(
    utility: Utility, data: ChoiceData, theta: Float[np.ndarray, " P"]
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, "rows P"]]:
    """Return utilities at `theta` and their derivatives in each parameter, of any utility."""
    if isinstance(utility, NonlinearUtility):
        return utility.linearised(data, theta)
    design = utility.design(data)
    # einsum adds in one order; BLAS would leave it to its threads.
    return np.einsum("rk,k->r", design, np.asarray(theta, dtype=float)), design


def utilities_at(
    utility: Utility, data: ChoiceData, theta: Float[np.ndarray, " P"]
) -> Float[np.ndarray, " rows"]:
    """Return the utility of each alternative of each task at `theta`."""
    if not is_linear(utility):
        return linearised_at(utility, data, theta)[0]
    total = np.zeros(data.n_rows)
    for weight, column in zip(theta, design_columns(utility, data), strict=True):
        total += weight * column
    return total
