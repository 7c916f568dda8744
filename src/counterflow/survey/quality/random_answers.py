"""Who answers as if at random: a likelihood test over all interviews."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt64
from scipy.optimize import brentq

from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.random_streams import random_stream
from counterflow.domain.utility import Utility
from counterflow.kernels.random_answers import panel_likelihoods, shares_by_draw

_BLOCK = 512
_MOST_LOG_ODDS = 300.0
_MOST_GROUPS_TRIED = 200
"""Sets of tasks on which honest respondents are simulated; the share flagged is an average."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomAnswers:
    """What the test says of each of N respondents, and of all.

    Parameters
    ----------
    p_values
        Share of random responders, on the same tasks, whose answers are as likely or likelier.
    is_flagged
        Whether the p-value is above the level: the answers could as well be random.
    probability
        Probability that the answers are random, given the share of random responders.
    share_random
        Share of respondents who answer at random, by maximum likelihood.
    honest_flagged
        Share of respondents from the population who would be flagged: the price of the level.
    """

    p_values: Float[np.ndarray, " N"]
    is_flagged: Bool[np.ndarray, " N"]
    probability: Float[np.ndarray, " N"]
    share_random: float
    honest_flagged: float
    level: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures over all respondents as JSON values."""
        return {
            "level": self.level,
            "n_flagged": int(self.is_flagged.sum()),
            "share_random": self.share_random,
            "honest_flagged": self.honest_flagged,
        }


def likelihood_test(
    data: ChoiceData,
    utility: Utility,
    population: Float[np.ndarray, "R K"],
    *,
    level: float,
    seed: int,
    n_simulated: int = 999,
) -> RandomAnswers:
    """Return how each respondent's likelihood compares with that of answers given at random.

    Parameters
    ----------
    data, utility
        What people saw and chose, and how it becomes design columns.
    population
        Coefficients of R people drawn from the fitted population: half of them make the
        likelihood, the other half the honest respondents whom the test is tried on.
    level
        Share of random responders that the test lets through.
    n_simulated
        Random responders who are simulated on each distinct set of tasks, where there are not
        fewer ways to answer it than that: then all ways are gone through.
    seed
        Where the random numbers start; the same seed gives the same verdicts.

    Notes
    -----
    A respondent who answers at random takes each of the J_t alternatives of task t, the outside
    option included, with probability 1 / J_t. The likelihood of one from the population is
    L = mean over r of prod_t P_r(chosen_t). As random answers are all as likely, L orders answers
    as the likelihood ratio does, and no test of that level finds more of the population's
    respondents honest (Neyman and Pearson 1933). The p-value is exact: (1 + number of the m
    simulated with L at least as large) / (m + 1) (Davison and Hinkley, Bootstrap Methods and their
    Application, 1997, section 4.2), whatever the population is; the population decides only how
    many honest respondents pass.

    The share of random responders s maximises sum_n log(s u_n + (1 - s) L_n) with
    u_n = prod_t 1 / J_t, and s u_n / (s u_n + (1 - s) L_n) is the probability of each.
    """
    fitted, others = population[::2], population[1::2]
    likelihoods = _likelihoods(data, utility, fitted)
    p_values = np.empty(data.n_respondents)
    honest_flagged, n_tried = 0.0, 0
    groups = _people_by_tasks(data)
    every = -(-len(groups) // _MOST_GROUPS_TRIED)
    for g, people in enumerate(groups):
        seen = _Tasks.of(data.take_respondents(people[:1]), utility, fitted)
        at_random = seen.at_random(seed, n_simulated)
        p_values[people] = at_random.p_values(likelihoods[people])
        if g % every == 0:
            honest = seen.likelihoods_of(others, seed)
            honest_flagged += len(people) * float((at_random.p_values(honest) > level).mean())
            n_tried += len(people)
    log_random = np.add.reduceat(-np.log(np.diff(data.task_starts)), data.respondent_starts[:-1])
    odds = np.exp(np.clip(np.log(likelihoods) - log_random, -_MOST_LOG_ODDS, _MOST_LOG_ODDS))
    share = _share_of_random(odds)
    return RandomAnswers(
        p_values=p_values,
        is_flagged=p_values > level,
        probability=share / (share + (1.0 - share) * odds),
        share_random=share,
        honest_flagged=honest_flagged / n_tried,
        level=level,
    )


@dataclass(frozen=True, eq=False)
class _AtRandom:
    """Likelihoods of answers given at random, in ascending order."""

    ranked: Float[np.ndarray, " m"]
    is_all: bool
    """Whether these are all ways to answer, each as likely, and not a sample."""

    def p_values(self, likelihoods: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the share of random answers that are as likely, or likelier."""
        # The same product taken in another order may be a rounding smaller.
        at_least = np.searchsorted(self.ranked, likelihoods * (1.0 - 1e-9))
        extra = 0 if self.is_all else 1
        return (len(self.ranked) - at_least + extra) / (len(self.ranked) + extra)


@dataclass(frozen=True, eq=False)
class _Tasks:
    """One distinct set of T tasks, with the choice probabilities under each draw."""

    design: Float[np.ndarray, "rows K"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    shares: Float[np.ndarray, "rows R"]

    @classmethod
    def of(cls, data: ChoiceData, utility: Utility, population: Float[np.ndarray, "R K"]) -> _Tasks:
        design, starts = utility.design(data), np.asarray(data.task_starts)
        return cls(design, starts, shares_by_draw(design @ population.T, starts))

    def at_random(self, seed: int, n_simulated: int) -> _AtRandom:
        """Return the likelihoods of all ways to answer, or of many, each as likely."""
        sizes = np.diff(self.task_starts)
        is_all = bool(np.log(sizes).sum() < np.log(n_simulated))
        if is_all:
            picks = np.array(list(itertools.product(*map(range, sizes))))
        else:
            # The same numbers for all sets of tasks: what one respondent is told depends on
            # nobody else, and not on the order of work.
            u = random_stream(seed, "random answers").random((n_simulated, len(sizes)))
            picks = (u * sizes).astype(np.int64)
        return _AtRandom(np.sort(self._likelihoods(picks)), is_all)

    def likelihoods_of(
        self, people: Float[np.ndarray, "n K"], seed: int
    ) -> Float[np.ndarray, " n"]:
        """Return the likelihoods of what these people answer."""
        shares = shares_by_draw(self.design @ people.T, self.task_starts)
        u = random_stream(seed, "honest answers").random((len(people), len(self.task_starts) - 1))
        picks = np.empty(u.shape, dtype=np.int64)
        for t, (begin, end) in enumerate(itertools.pairwise(self.task_starts.tolist())):
            below = np.cumsum(shares[begin:end], axis=0) < u[:, t]
            picks[:, t] = np.minimum(below.sum(axis=0), end - begin - 1)
        return self._likelihoods(picks)

    def _likelihoods(self, picks: Int[np.ndarray, "m T"]) -> Float[np.ndarray, " m"]:
        m, n_tasks = picks.shape
        rows = (self.task_starts[:-1] + picks).ravel()
        return panel_likelihoods(self.shares, rows, np.arange(0, m * n_tasks + 1, n_tasks))


def _likelihoods(
    data: ChoiceData, utility: Utility, population: Float[np.ndarray, "R K"]
) -> Float[np.ndarray, " N"]:
    """Return the likelihood of each respondent's answers, block by block to spare memory."""
    found = np.empty(data.n_respondents)
    for start in range(0, data.n_respondents, _BLOCK):
        block = slice(start, min(start + _BLOCK, data.n_respondents))
        part = data.take_respondents(range(block.start, block.stop))
        shares = shares_by_draw(utility.design(part) @ population.T, part.task_starts)
        found[block] = panel_likelihoods(shares, part.chosen_rows, part.respondent_starts)
    return found


def _people_by_tasks(data: ChoiceData) -> list[Int[np.ndarray, " people"]]:
    """Return the respondents who saw the same tasks, whatever their order on the screen."""
    signatures = _signatures(data)
    order = np.argsort(signatures, kind="stable")
    is_new = np.flatnonzero(np.diff(signatures[order])) + 1
    return np.split(order, is_new)


def _signatures(data: ChoiceData) -> UInt64[np.ndarray, " N"]:
    """Return a number for the set of tasks of each respondent: the same for the same tasks.

    Sums of scrambled numbers do not depend on the order of what is summed. That two of a million
    sets of tasks share a number of 64 bits has a chance of 3e-8.
    """
    row = data.is_outside.astype(np.uint64)
    for column in data.columns.values():
        values = column.values if isinstance(column, Numeric) else column.codes
        bits = np.where(data.is_outside, 0.0, values.astype(np.float64)).view(np.uint64)
        row = _scrambled(row ^ _scrambled(bits))
    task = _scrambled(np.add.reduceat(row, data.task_starts[:-1]))
    return np.add.reduceat(task, data.respondent_starts[:-1])


def _scrambled(x: UInt64[np.ndarray, " n"]) -> UInt64[np.ndarray, " n"]:
    """Return the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014) of each number."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _share_of_random(odds: Float[np.ndarray, " N"]) -> float:
    """Return the share s that maximises sum log(s + (1 - s) odds): a concave function of s."""

    def slope(s: float) -> float:
        return float(((1.0 - odds) / (s + (1.0 - s) * odds)).sum())

    if slope(0.0) <= 0.0:
        return 0.0
    return 1.0 if slope(1.0) >= 0.0 else float(brentq(slope, 0.0, 1.0))
