"""Products of many attributes: as many configurations as a test asks for, from few lines."""

from __future__ import annotations

from typing import Any

from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike


def many_attributes(
    n_attributes: int,
    *,
    n_levels: int = 3,
    n_prices: int = 13,
    spread: float = 0.5,
    changes: dict[str, Any] | None = None,
    **search: Any,
) -> Programme:
    """Return a bike of `n_attributes` features, with rules and costs that tie some of them.

    Feature i has the levels a, b, ...; a better one costs more. Two features cannot both be at
    their last level, a third needs a fourth, and a bracket is fitted where two levels meet.
    Together they cost and are worth about as much, however many they are.
    """
    bike = cargo_bike()
    scale = 8.0 / n_attributes
    names = [f"feature_{i}" for i in range(n_attributes)]
    levels = [chr(ord("a") + level) for level in range(n_levels)]
    features = {
        name: {"label": name, "kind": "feature", "coding": "categorical", "levels": levels}
        for name in names
    }
    kept = {name: bike["attributes"][name] for name in ("colour", "price")}
    last = levels[-1]
    worth = {
        f"{name}[{level}]": {
            "mean": scale * (0.15 + 0.09 * ((3 * i + 5 * k) % 7)) * k**0.7,
            "sd": scale**0.5 * spread,
        }
        for i, name in enumerate(names)
        for k, level in enumerate(levels)
        if k
    }
    asked = bike["survey"]["simulated"]["preferences"]
    told = {label: asked[label] for label in ("colour[green]", "price", "outside")}
    costs = {
        name: {level: scale * k * (60.0 + 30.0 * (i % 4)) for k, level in enumerate(levels)}
        for i, name in enumerate(names)
    }
    bracket = {
        **bike["parts"]["frame_tube"],
        "label": "Bracket",
        "unit_cost": 40.0,
        "used_in": [{"when": {names[0]: "a", names[1]: last}, "quantity": 2}],
    }
    document = {
        **bike,
        "attributes": {**features, **kept},
        "rules": [
            {"when": {names[0]: last}, "excludes": {names[1]: last}, "reason": "No room."},
            {"when": {names[1]: "a"}, "requires": {names[2]: levels[:2]}, "reason": "Weight."},
        ],
        "contracts": {},
        "parts": {"bracket": bracket},
        "costs": {
            **bike["costs"],
            "levels": {**costs, "colour": bike["costs"]["levels"]["colour"]},
            "packages": {
                "lamp": {
                    "label": "Lamp",
                    "when": {names[2]: last},
                    "fee_per_vehicle": 20.0,
                    "fixed_fee": 30_000.0,
                }
            },
        },
        "market": {
            **bike["market"],
            "competitors": {},
            "subsidies": {
                "grant": {
                    **bike["market"]["subsidies"]["grant"],
                    "when": {names[0]: levels[1:]},
                }
            },
        },
        "survey": {
            "title": bike["survey"]["title"],
            "simulated": {**bike["survey"]["simulated"], "preferences": {**worth, **told}},
        },
        "search": {
            **bike["search"],
            "prices": [{"least": 1500.0, "most": 4500.0, "step": 3000.0 / (n_prices - 1)}],
            "n_offers": 3,
            "n_buyers": 400,
            **search,
        },
        **(changes or {}),
    }
    return Programme.model_validate(document)
