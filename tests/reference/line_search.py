"""Lines by enumeration: every set of candidates that the conditions allow."""

import itertools


def line_profit(problem, line):
    """Return what a line earns, person by person."""
    members = list(line)
    total = 0.0
    for weight, odds, earnings in zip(
        problem.weights, problem.odds[:, members], problem.earnings[:, members], strict=True
    ):
        total += weight * earnings.sum(dtype=float) / (1.0 + odds.sum(dtype=float))
    fees = sum(
        fee for fee, uses in zip(problem.fees, problem.uses[members].T, strict=True) if uses.any()
    )
    return total - problem.fixed_per_offer * len(members) - fees


def every_line(problem):
    """Return every allowed line of 1 to `n_offers` candidates, ascending."""
    candidates = range(len(problem.group))
    sizes = range(1, problem.n_offers + 1)
    lines = itertools.chain(*(itertools.combinations(candidates, size) for size in sizes))
    return [line for line in lines if is_allowed(problem, line)]


def is_allowed(problem, line):
    """Return whether a line has one of a group at most, and meets the conditions."""
    return (
        all(problem.group[i] != problem.group[j] for i, j in itertools.combinations(line, 2))
        and not any(problem.forbidden[i] for i in line if problem.forbidden.size)
        and all(any(need[i] for i in line) for need in problem.needs)
        and not (
            problem.apart.size
            and any(problem.apart[i, j] for i, j in itertools.combinations(line, 2))
        )
    )


def best_profit(problem):
    return max(line_profit(problem, line) for line in every_line(problem))
