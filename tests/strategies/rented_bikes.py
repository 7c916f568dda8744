"""The cargo bike with its battery rented up to a distance cap, and how far people ride."""

from typing import Any

import numpy as np

from counterflow.domain.own_numbers import OwnNumbers
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.programme import Programme
from strategies.bikes import small_bike
from strategies.simulated_part_worths import simulated_part_worths

QUESTION = "yearly_distance"
ASKED: dict[str, Any] = {
    "label": "How far do you ride in a year?",
    "kind": "number",
    "unit": "km",
    "least": 0.0,
    "most": 20_000.0,
    "required": False,
}
LOGNORMAL = {"mean_km_per_year": 2400.0, "relative_sd": 0.7}


def rented_bike(
    *,
    terms: dict[str, Any] | None = None,
    asked: dict[str, Any] | None = None,
    question: dict[str, Any] | None = None,
    distance: dict[str, Any] | None = None,
    **search: Any,
) -> Programme:
    """Return the bike at 60 a month for 150 km, then 0.5 a kilometre, and changes as named.

    Riders answer `question` if one is given; else their distances are `distance`, lognormal.
    """
    document = small_bike(**search).model_dump(mode="json")
    rent = document["contracts"]["rent"] | {
        "rent_per_month": 60.0,
        "cap_km_per_month": 150.0,
        "overage_per_km": 0.5,
        "expected_km_per_month": None,
    }
    document["contracts"]["rent"] = {**rent, "asked": asked, **(terms or {})}
    document["market"]["distance"] = distance or LOGNORMAL
    if question is not None:
        document["market"]["distance"] = {"question": QUESTION, **(distance or {})}
        document["survey"]["questionnaire"] = {
            "consent": {"version": "1", "controller": "Us"},
            "background": {QUESTION: question},
        }
        document["survey"]["simulated"]["numbers"] = {
            QUESTION: {"mean": 2400.0, "sd": 1700.0, "unanswered": 0.25}
        }
    return Programme.model_validate(document)


def riders(yearly: dict[str, float | None], *, n_draws: int = 4) -> PartWorths:
    """Return part-worths of people who ride so far in a year; None: one did not say."""
    found = simulated_part_worths(small_bike(), n_draws=n_draws, n_respondents=len(yearly))
    return PartWorths(
        draws=np.array(found.draws),
        coding=found.coding,
        respondent_ids=tuple(yearly),
        weights=np.array(found.weights),
        own_numbers=OwnNumbers(
            respondent_ids=tuple(yearly),
            weights=np.array(found.weights),
            answers={QUESTION: np.array(list(yearly.values()), dtype=float)},
        ),
    )
