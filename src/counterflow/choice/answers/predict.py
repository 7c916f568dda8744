"""Choice probabilities and shares with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from counterflow.choice.answers.alternatives import Alternatives
from counterflow.choice.answers.uncertain import Uncertain, over_draws
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.kernels.blocks import MapBlocks

_MOST_NUMBERS = 2**24
"""Draws of probabilities that are held at a time; 128 MiB."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Prediction:
    """The probability of each row, and the interval that the parameters leave open."""

    probabilities: Float[np.ndarray, " rows"]
    low: Float[np.ndarray, " rows"]
    high: Float[np.ndarray, " rows"]
    level: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Shares:
    """The share of each alternative over all tasks, weighted by respondent."""

    alternatives: tuple[str, ...]
    shares: Uncertain

    def __getitem__(self, alternative: str) -> float:
        """Return the share of an alternative at the estimate."""
        return float(self.shares.value[self.alternatives.index(alternative)])

    def __str__(self) -> str:
        """Return a table with the ends of the intervals."""
        found = self.shares
        rows = zip(self.alternatives, found.value, found.low, found.high, strict=True)
        ends = (f"{100 * (0.5 + sign * found.level / 2):g} %" for sign in (-1, 1))
        return text_table(
            ("alternative", "share", *ends), [(row[0], *map(float, row[1:])) for row in rows]
        )


def predict(
    fitted: FittedModel,
    data: ChoiceData,
    *,
    level: float = 0.9,
    n_draws: int = 200,
    seed: int = 0,
    map_blocks: MapBlocks = map,
) -> Prediction:
    """Return the choice probabilities of people not met before, with intervals.

    Parameters
    ----------
    fitted
        What `fit` of any model returned.
    data
        Choice tasks with the attributes of the data that were fitted; what was chosen is not read.
    level
        Probability of the intervals.
    n_draws, seed
        Draws of the parameters from the distribution of their estimator, over which the intervals
        are quantiles. They hold what the sample leaves unknown, given that the model is right.
    map_blocks
        Where draws are evaluated: `ThreadRunner().map` for threads. The answer is the same.
    """
    probabilities, low, high = (np.empty(data.n_rows) for _ in range(3))
    for first, last in _blocks(data, n_draws + 1):
        part = data.take_respondents(np.arange(first, last))
        begin, end = data.task_starts[data.respondent_starts[[first, last]]]
        of_part = partial(fitted.probabilities, part)
        found = over_draws(
            fitted, of_part, level=level, n_draws=n_draws, seed=seed, map_blocks=map_blocks
        )
        probabilities[begin:end], low[begin:end] = found.value, found.low
        high[begin:end] = found.high
    return Prediction(probabilities=probabilities, low=low, high=high, level=level)


def shares(
    fitted: FittedModel,
    data: ChoiceData,
    *,
    by: str | None = None,
    level: float = 0.9,
    n_draws: int = 200,
    seed: int = 0,
    map_blocks: MapBlocks = map,
) -> Shares:
    """Return the share of each alternative over all tasks of `data`, with intervals.

    Alternatives are told apart by name, by position where they have none, or by the levels of the
    attribute `by`. Tasks count by the weight of their respondent (sample enumeration, Train 2009,
    section 2.6). Other parameters are as of `predict`.
    """
    alternatives = Alternatives.of(data, by)
    found = over_draws(
        fitted,
        lambda parameters: alternatives.shares(fitted.probabilities(data, parameters)),
        level=level,
        n_draws=n_draws,
        seed=seed,
        map_blocks=map_blocks,
    )
    return Shares(alternatives=alternatives.names, shares=found)


def _blocks(data: ChoiceData, n_each: int) -> list[tuple[int, int]]:
    """Return runs of respondents whose rows, `n_each` times, are not too many at once."""
    n_blocks = min(data.n_respondents, -(-data.n_rows * n_each // _MOST_NUMBERS))
    edges = np.linspace(0, data.n_respondents, n_blocks + 1).astype(int)
    return list(pairwise(np.unique(edges).tolist()))
