"""Small problems of attributes, of which every offer and every line can be tried."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from counterflow.kernels.attribute_bound import AttributeProblem


@st.composite
def attribute_problems(draw: st.DrawFn) -> AttributeProblem:
    """Return a price and one to three attributes, one to five people, conditions on costs."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = [draw(st.integers(1, 4)), *draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))]
    n_people, n_levels = draw(st.integers(1, 5)), sum(sizes)
    taste = draw(st.sampled_from([0.0, 1.0, 4.0]))
    prices = np.sort(random.uniform(5.0, 30.0, sizes[0]))
    log_odds = taste * random.standard_normal((n_people, n_levels))
    log_odds[:, : sizes[0]] -= random.uniform(0.0, 0.4, (n_people, 1)) * prices
    margins = -random.uniform(0.0, 5.0, (n_people, n_levels))
    margins[:, : sizes[0]] = prices
    starts = np.cumsum([0, *sizes])
    conditions = _conditions(random, starts, draw(st.integers(0, 2)))
    return AttributeProblem(
        log_odds=log_odds,
        margins=margins,
        own_log_odds=random.uniform(-2.0, 4.0, n_people),
        own_margins=-random.uniform(0.0, 8.0, n_people),
        weights=random.uniform(0.0, 3.0, n_people),
        starts=starts,
        conditions=conditions,
        per_vehicle=random.uniform(0.0, 6.0, len(conditions)),
        per_offer=random.uniform(0.0, 1.0, len(conditions)),
        fixed_per_offer=draw(st.sampled_from([0.0, 0.5, 20.0])),
        n_offers=draw(st.integers(1, 3)),
    )


def _conditions(random: np.random.Generator, starts: np.ndarray, n: int) -> np.ndarray:
    """Return conditions that name a level or more of each attribute, often all of them."""
    rows = np.zeros((n, int(starts[-1])), dtype=bool)
    for row in rows:
        for low, high in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            row[low:high] = random.random() < 0.4
            row[random.integers(low, high)] = True
    return rows
