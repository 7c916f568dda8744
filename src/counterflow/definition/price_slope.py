"""What the range of prices that was asked about takes from utility."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.part_worths import PartWorths
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


def check_prices_deter(programme: Programme, part_worths: PartWorths) -> None:
    """Raise InputError where people on average take the highest price rather than the lowest.

    Single people may: their noise is part of the draws, and prices are searched within a range.
    A market that does makes every price its highest, whatever it costs.
    """
    low, high = price_ends(programme, part_worths.coding)
    liking = float(np.mean(part_worths.mean_draws() @ (high - low)))
    if liking > 0.0:
        name = programme.price_attribute
        problem = Problem(
            expected=f"part-worths of {name} that fall as it rises, for people on average",
            found=f"{liking:+.3g} of utility from its lowest to its highest level",
            key="estimation.signs",
            advice=f'Estimate with signs = {{ {name} = "negative" }}, or look at the answers: '
            "prices of a market that likes them high have no end.",
        )
        raise InputError([problem])
