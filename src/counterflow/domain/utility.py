"""Utility, as models take it: anything that turns choice data into labelled design columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding


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


UtilitySpecification = Utility | str | Mapping[str, Any]
"""What a model takes as its utility; see `as_utility`."""


def as_utility(specification: UtilitySpecification | None, data: ChoiceData) -> Utility:
    """Return the utility that is meant, with labels and levels as `data` have them.

    None stands for the plain coding: each attribute with one coefficient, or one a level but the
    first.

    Examples
    --------
    >>> table = {"who": [1, 1, 2, 2], "took": [1, 0, 0, 1], "price": [9, 7, 8, 5]}
    >>> data = ChoiceData.from_long(table, respondent="who", chosen="took", attributes=["price"])
    >>> as_utility(None, data).labels
    ('price',)
    """
    if specification is None:
        return UtilityCoding.of_data(data)
    if isinstance(specification, Utility):
        return specification
    raise TypeError(
        f"expected a utility, a formula or a mapping, found {type(specification).__name__}"
    )


def design_columns(utility: Utility, data: ChoiceData) -> Iterator[Float[np.ndarray, " rows"]]:
    """Yield the design column of each coefficient, one at a time where the utility can.

    Large data fit in memory column by column where the whole design would not.
    """
    columns = getattr(utility, "design_columns", None)
    yield from utility.design(data).T if columns is None else columns(data)
