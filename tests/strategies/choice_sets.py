"""Choices of a few persons from ragged sets, with every kind of preference."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.kernels.logit import ChoiceSets, choice_sets
from strategies.shape_checks import made_in_strategy


@dataclass(frozen=True, eq=False)
class Choices:
    """Alternatives shown, where tasks and persons begin, what was chosen, and coefficients."""

    design: np.ndarray
    task_starts: np.ndarray
    person_starts: np.ndarray
    chosen_rows: np.ndarray
    weights: np.ndarray
    coefficients: np.ndarray

    @property
    def sets(self) -> ChoiceSets:
        """Return the choice sets as kernels take them."""
        return choice_sets(self.design, self.task_starts, self.person_starts, self.chosen_rows)

    def data(self) -> ChoiceData:
        """Return the choice data, with columns x0, x1 and so on."""
        return ChoiceData(
            columns={f"x{k}": Numeric(column.copy()) for k, column in enumerate(self.design.T)},
            is_outside=np.zeros(len(self.design), dtype=bool),
            task_starts=self.task_starts,
            respondent_starts=self.person_starts,
            chosen_rows=self.chosen_rows,
            respondent_ids=tuple(f"r{n}" for n in range(len(self.weights))),
            weights=self.weights,
        )


def choices(
    seed: int,
    *,
    n_persons: int = 5,
    n_coefficients: int = 3,
    most_tasks: int = 4,
    most_alternatives: int = 5,
    scale: float = 1.0,
    spread: float = 0.0,
) -> Choices:
    """Return random choices; equal arguments give equal choices.

    Coefficients are normal with standard deviation `scale`, and over people with `spread`.
    """
    random = np.random.default_rng(seed)
    n_tasks = random.integers(1, most_tasks + 1, n_persons)
    sizes = random.integers(2, most_alternatives + 1, n_tasks.sum())
    starts = np.append(0, np.cumsum(sizes))
    # To a thousandth, in binary: so differences are exact where they are kept in single precision.
    design = np.round(1024.0 * random.normal(size=(starts[-1], n_coefficients))) / 1024.0
    coefficients = scale * random.normal(size=n_coefficients)
    own = coefficients + spread * random.normal(size=(n_persons, n_coefficients))
    person = np.repeat(np.repeat(np.arange(n_persons), n_tasks), sizes)
    utility = np.sum(design * own[person], axis=1) + random.gumbel(size=len(design))
    return Choices(
        design=design,
        task_starts=starts,
        person_starts=np.append(0, np.cumsum(n_tasks)),
        chosen_rows=np.array([a + utility[a:b].argmax() for a, b in itertools.pairwise(starts)]),
        weights=random.uniform(0.2, 5.0, n_persons),
        coefficients=coefficients,
    )


any_choices = st.builds(
    lambda *given, **named: made_in_strategy(lambda: choices(*given, **named)),
    st.integers(0, 2**32),
    n_persons=st.integers(1, 70),
    n_coefficients=st.integers(1, 9),
    most_tasks=st.integers(1, 12),
    most_alternatives=st.integers(2, 6),
    scale=st.sampled_from([0.0, 0.5, 3.0]),
)
