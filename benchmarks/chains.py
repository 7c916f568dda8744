"""Draws of hierarchical Bayes, ours or a peer's, as they are handed over to be judged."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.choices import Choices


class Chains(NamedTuple):
    """Draws of the posterior in the units of the data."""

    means: np.ndarray
    """(chains, sweeps, K), of the population."""
    sds: np.ndarray
    """(chains, sweeps, K), of coefficients over people."""
    people: np.ndarray
    """(draws, people, K), from all chains."""

    def save(self, path: str | Path) -> None:
        np.savez(path, **{name: np.asarray(x) for name, x in self._asdict().items()})

    @classmethod
    def read(cls, path: str | Path) -> Chains:
        with np.load(path) as kept:
            return cls(**kept)


def hold_out_log_likelihood(people: np.ndarray, choices: Choices) -> float:
    """Return the log-likelihood of further choices of the people whose draws are given.

    log of the mean over draws of the probability of each choice, added up over tasks.
    """
    starts = np.flatnonzero(np.diff(choices.tasks, prepend=-1))
    probability = np.zeros(choices.n_tasks)
    for draw in people:
        utility = (choices.design * draw[choices.people]).sum(axis=1)
        weight = np.exp(utility - np.repeat(np.maximum.reduceat(utility, starts), _sizes(choices)))
        probability += weight[choices.chosen] / np.add.reduceat(weight, starts)
    return float(np.log(probability / len(people)).sum())


def _sizes(choices: Choices) -> np.ndarray:
    return np.bincount(choices.tasks)
