"""Choices of people of two kinds, who differ in what they want and in income."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.columns import Categorical

LABELS = ("range", "price")


@dataclass(frozen=True, eq=False)
class TwoKinds:
    """What was simulated: the choices, and who is of the second kind."""

    data: ChoiceData
    is_second: np.ndarray
    coefficients: np.ndarray
    """Of the first kind, then of the second; range, then price."""


def two_kinds(
    seed: int,
    *,
    n_persons: int = 300,
    n_tasks: int = 8,
    n_alternatives: int = 3,
    share_of_second: float = 0.35,
    income_matters: float = 0.0,
    never_errs: bool = False,
) -> TwoKinds:
    """Return simulated choices; equal arguments give equal choices.

    The logit of being of the second kind rises by `income_matters` a unit of income, which has
    mean 0 and sd 1. With `never_errs` the second kind always takes the longest range.
    """
    random = np.random.default_rng(seed)
    income = random.normal(size=n_persons)
    middle = np.log(share_of_second / (1.0 - share_of_second))
    chance = 1.0 / (1.0 + np.exp(-middle - income_matters * income))
    is_second = random.random(n_persons) < chance
    coefficients = np.array([[0.5, -2.0], [2.0, -0.5]])
    design = random.normal(size=(n_persons * n_tasks * n_alternatives, 2))
    own = np.repeat(coefficients[is_second.astype(int)], n_tasks * n_alternatives, axis=0)
    utility = np.sum(design * own, axis=1) + random.gumbel(size=len(design))
    if never_errs:
        second = np.repeat(is_second, n_tasks * n_alternatives)
        utility = np.where(second, 1e6 * design[:, 0], utility)
    begins = np.arange(n_persons * n_tasks) * n_alternatives
    data = ChoiceData(
        columns={name: Numeric(design[:, k].copy()) for k, name in enumerate(LABELS)},
        is_outside=np.zeros(len(design), dtype=bool),
        task_starts=np.arange(n_persons * n_tasks + 1) * n_alternatives,
        respondent_starts=np.arange(n_persons + 1) * n_tasks,
        chosen_rows=begins + utility.reshape(-1, n_alternatives).argmax(axis=1),
        respondent_ids=tuple(f"r{n}" for n in range(n_persons)),
        weights=random.uniform(0.5, 2.0, n_persons),
        about_respondents={
            "income": Numeric(income),
            "town": Categorical(random.integers(0, 2, n_persons), ("small", "large")),
        },
    )
    return TwoKinds(data, is_second, coefficients)
