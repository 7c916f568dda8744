"""What the range of prices that was asked about takes from utility."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.programme import Programme


def price_ends(
    programme: Programme, coding: UtilityCoding
) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, " K"]]:
    """Return the design rows of one product at the lowest and at the highest price asked about."""
    name = programme.price_attribute
    values = programme.attributes[name].values
    cheapest = {n: a.level_names[0] for n, a in programme.configurable.items()}
    low, high = coding.rows([{**cheapest, name: min(values)}, {**cheapest, name: max(values)}])
    return low, high
