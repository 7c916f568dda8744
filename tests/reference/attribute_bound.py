"""The plain form of `kernels.attribute_bound`: every offer and every line, one by one."""

from __future__ import annotations

import itertools

import numpy as np

from counterflow.kernels.attribute_bound import AttributeProblem


def every_offer(problem: AttributeProblem) -> np.ndarray:
    """Return all combinations of levels, by columns."""
    ends = zip(problem.starts[:-1].tolist(), problem.starts[1:].tolist(), strict=True)
    return np.array(list(itertools.product(*(range(low, high) for low, high in ends))))


def log_odds_and_margins(
    problem: AttributeProblem, offer: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one offer is to each person."""
    met = problem.conditions[:, offer].all(axis=1)
    log_odds = problem.own_log_odds + problem.log_odds[:, offer].sum(axis=1)
    margins = problem.own_margins + problem.margins[:, offer].sum(axis=1)
    return log_odds, margins - problem.per_vehicle[met].sum()


def fixed_cost(problem: AttributeProblem, offer: np.ndarray) -> float:
    """Return what one offer costs whatever it sells."""
    met = problem.conditions[:, offer].all(axis=1)
    return float(problem.fixed_per_offer + problem.per_offer[met].sum())


def line_profit(problem: AttributeProblem, line: np.ndarray) -> float:
    """Return what a line earns: sum of w (sum of m e) / (1 + sum of e), less fixed costs."""
    made = [log_odds_and_margins(problem, offer) for offer in line]
    odds = np.array([np.exp(log_odds) for log_odds, _ in made])
    earned = sum(m * e for (_, m), e in zip(made, odds, strict=True))
    cost = sum(fixed_cost(problem, offer) for offer in line)
    return float(problem.weights @ (earned / (1.0 + odds.sum(axis=0)))) - cost


def best_profit(problem: AttributeProblem) -> float:
    """Return what the best line of different offers earns."""
    offers = every_offer(problem)
    sizes = range(1, min(problem.n_offers, len(offers)) + 1)
    lines = itertools.chain(*(itertools.combinations(offers, size) for size in sizes))
    return max(line_profit(problem, np.array(line)) for line in lines)


def score(problem: AttributeProblem, prices: np.ndarray, offer: np.ndarray) -> float:
    """Return what an offer scores: max(0, (m - z + z / P) share - z / P) of all, less its cost."""
    log_odds, margins = log_odds_and_margins(problem, offer)
    floor = prices / problem.n_offers
    share = 1.0 / (1.0 + np.exp(-log_odds))
    own = np.maximum(0.0, (margins - prices + floor) * share - floor)
    return float(problem.weights @ own) - fixed_cost(problem, offer)
