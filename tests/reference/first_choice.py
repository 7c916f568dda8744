"""First choice by its words: everybody takes the best of what is offered, in every line."""

import itertools


def line_profit(problem, line):
    """Return what a line earns, person by person, down each list."""
    total = -sum(problem.fixed_costs[c] for c in line)
    for n, weight in enumerate(problem.weights):
        entries = range(problem.starts[n], problem.starts[n + 1])
        taken = next((e for e in entries if problem.listed[e] in line), None)
        total += 0.0 if taken is None else weight * problem.profits[taken]
    return total


def profit_of_utilities(people, line):
    """Return what a line earns from people as they were before lists were made of them."""
    total = -sum(people.fixed_costs[c] for c in line)
    for utilities, outside, profits, weight in zip(
        people.utilities, people.outside, people.profits, people.weights, strict=True
    ):
        wanted = [c for c in line if utilities[c] > outside]
        if wanted:
            total += weight * profits[max(wanted, key=lambda c: (utilities[c], -c))]
    return total


def every_line(*, n_candidates, n_offers, group, kept, forbidden):
    """Return every line that may be offered; of no offer too, if none is kept."""
    lines = itertools.chain.from_iterable(
        itertools.combinations(range(n_candidates), size) for size in range(n_offers + 1)
    )
    return [
        line
        for line in lines
        if set(kept) <= set(line)
        and not set(forbidden) & set(line)
        and len({int(group[c]) for c in line}) == len(line)
    ]
