"""The cargo bike as a checked programme, cut to a size whose every line can be tried."""

from typing import Any

from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike


def small_bike(*, market: dict[str, Any] | None = None, **search: Any) -> Programme:
    """Return the cargo bike with 12 to 16 configurations at 6 prices, and changes as named."""
    document = cargo_bike()
    prices = [{"least": 2000.0, "most": 4500.0, "step": 500.0}]
    return Programme.model_validate(
        {
            **document,
            "market": {**document["market"], **(market or {})},
            "search": {**document["search"], "prices": prices, "n_buyers": 240, **search},
        }
    )
