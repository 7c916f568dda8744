"""Small first-choice problems, as utilities and rules, of which every line can be tried."""

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterflow.kernels.first_choice import Rules, problem_of_utilities
from reference.first_choice import every_line, profit_of_utilities


class People(NamedTuple):
    """Everything that a problem is made of; profits are a person's own."""

    utilities: np.ndarray
    outside: np.ndarray
    profits: np.ndarray
    weights: np.ndarray
    group: np.ndarray
    fixed_costs: np.ndarray
    n_offers: int
    kept: tuple[int, ...]
    forbidden: tuple[int, ...]
    profits_are_equal: bool

    @property
    def problem(self):
        rules = Rules(self.n_offers, self.group, self.fixed_costs, self.kept, self.forbidden)
        profits = self.profits[0] if self.profits_are_equal else self.profits
        return problem_of_utilities(self.utilities, self.outside, profits, self.weights, rules)

    @property
    def lines(self):
        return every_line(
            n_candidates=len(self.group),
            n_offers=self.n_offers,
            group=self.group,
            kept=self.kept,
            forbidden=self.forbidden,
        )

    @property
    def best_profit(self):
        return max(profit_of_utilities(self, line) for line in self.lines)


@st.composite
def peoples(draw, most_candidates=7):
    """Draw people with few different utilities, so that lists repeat and ties occur."""
    n_people, n_candidates = draw(st.integers(1, 6)), draw(st.integers(1, most_candidates))
    shape = (n_people, n_candidates)
    whole = {"dtype": np.float64}
    equal = draw(st.booleans())
    profits = draw(hnp.arrays(shape=shape, elements=st.integers(-3, 20), **whole))
    order = draw(st.permutations(range(n_candidates)))
    n_kept = draw(st.integers(0, min(1, n_candidates - 1)))
    n_forbidden = draw(st.integers(0, min(2, n_candidates - n_kept - 1))) if n_candidates > 1 else 0
    return People(
        utilities=draw(hnp.arrays(shape=shape, elements=st.integers(0, 6), **whole)),
        outside=draw(hnp.arrays(shape=n_people, elements=st.integers(-1, 4), **whole)),
        profits=np.repeat(profits[:1], n_people, axis=0) if equal else profits,
        weights=draw(hnp.arrays(shape=n_people, elements=st.integers(1, 3), **whole)),
        group=draw(hnp.arrays(np.int64, n_candidates, elements=st.integers(0, n_candidates - 1))),
        fixed_costs=draw(hnp.arrays(shape=n_candidates, elements=st.integers(0, 3), **whole)),
        n_offers=draw(st.integers(1, 4)),
        kept=tuple(order[:n_kept]),
        forbidden=tuple(order[n_kept : n_kept + n_forbidden]),
        profits_are_equal=equal,
    )
