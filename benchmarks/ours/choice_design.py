"""Search for a published design until its criterion is at most a value."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from itertools import count

import numpy as np

from benchmarks.fit import fit_and_print
from benchmarks.published_designs import PublishedDesign, named
from counterflow.kernels.choice_design import DesignProblem, TaskRules, Term
from counterflow.kernels.choice_design_search import Found, search_design
from counterflow.runners.threads import ThreadRunner


def main() -> None:
    arguments = _arguments()
    published = named(arguments.name)
    size = {"n_tasks": published.n_tasks, "n_alternatives": published.n_alternatives}
    how = {**size, "method": arguments.method, "map_blocks": ThreadRunner().map}
    problem = problem_of(published)
    # Loads what is compiled, or compiles it.
    search_design(problem, **how, n_starts=1, seconds=600.0)
    seeds = count(1)

    def search() -> Found:
        return search_design(
            problem, **how, until=arguments.until, seconds=arguments.seconds, seed=next(seeds)
        )

    fit_and_print(
        f"counterflow {version('counterflow')}",
        search,
        repetitions=arguments.repetitions,
        quality=lambda found: {"own D-error": found.error, "starts": found.n_starts},
        parameters=lambda found: {"codes": found.codes[0].tolist()},
    )


def problem_of(published: PublishedDesign) -> DesignProblem:
    """Return the problem as our search takes it."""
    n_levels = tuple(len(block) for block in published.coding)
    terms = tuple(Term(block, (a,)) for a, block in enumerate(published.coding))
    return DesignProblem(n_levels, terms, published.draws, rules=_rules(published, n_levels))


def _rules(published: PublishedDesign, n_levels: tuple[int, ...]) -> TaskRules:
    if published.only_at is None:
        return TaskRules()
    at = np.ones((published.n_alternatives, len(n_levels), max(n_levels)), dtype=np.bool_)
    for a, places in enumerate(published.only_at):
        if places is not None:
            at[:, a] = np.isin(np.arange(len(at)), places)[:, None]
    return TaskRules(levels_at=at)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ours.choice_design")
    parser.add_argument("name", help="a name of benchmarks.published_designs")
    parser.add_argument("--until", type=float, default=0.0, help="criterion to stop at")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--method", default="exchange")
    parser.add_argument("--repetitions", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
