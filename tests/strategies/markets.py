"""A small market of named cars with known preferences."""

from __future__ import annotations

import numpy as np

from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric

NAMES = ("city", "family", "sport")


def car_choices(
    n_people: int = 120, n_tasks: int = 4, *, spread: float = 0.0, seed: int = 1
) -> ChoiceData:
    """Return choices between three named cars by price, range and fee, with utility
    -0.1 price + 0.01 range - 0.05 fee; `spread` is the sd over people of the range's part.
    """
    random = np.random.default_rng(seed)
    n = n_people * n_tasks
    price = random.choice([20.0, 25.0, 30.0, 35.0], (n, 3))
    distance = random.choice([300.0, 400.0, 500.0], (n, 3))
    fee = random.choice([0.0, 5.0, 10.0], (n, 3))
    own = 0.01 + spread * np.repeat(random.normal(size=n_people), n_tasks)[:, None]
    utility = -0.1 * price + own * distance - 0.05 * fee + random.gumbel(size=(n, 3))
    return ChoiceData(
        columns={
            "price": Numeric(price.ravel()),
            "range": Numeric(distance.ravel()),
            "fee": Numeric(fee.ravel()),
        },
        is_outside=np.zeros(3 * n, dtype=bool),
        task_starts=np.arange(n + 1) * 3,
        respondent_starts=np.arange(n_people + 1) * n_tasks,
        chosen_rows=np.arange(n) * 3 + utility.argmax(axis=1),
        respondent_ids=tuple(f"r{i}" for i in range(n_people)),
        alternative_names=Categorical(np.tile([0, 1, 2], n), NAMES),
        about_respondents={
            "region": Categorical(np.arange(n_people) % 2, ("north", "south")),
        },
    )
