"""The mixed-logit kernel against what a core can do, and one thread against two.

One pass over electricity: log-likelihood and scores of 361 people with six normals at 512 draws.
It needs so many exponentials (one a row: alternatives that were not chosen) and so many
multiply-adds beside those within exponentials; a core at its measured peaks of both would take the
sum of the two times, and the share of the limit is that over the time taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.case import Run, best_of
from benchmarks.choice_data import choice_data
from benchmarks.data_sets import is_present, load
from benchmarks.machine_peak import (
    exponentials_per_s,
    multiply_adds_from_cache_per_s,
    multiply_adds_in_registers_per_s,
)
from benchmarks.record import Record
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.utility import as_utility
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixed_logit import simulated_log_likelihood
from counterflow.kernels.mixing import mixing_of, prior_proposals, with_entries
from counterflow.kernels.nodes import sobol_nodes
from counterflow.runners.threads import ThreadRunner

N_DRAWS = 512


def measure(run: Run) -> Iterator[Record]:
    data = choice_data(load("electricity" if is_present("electricity") else "simulated"))
    sets = ScaledDesign.of(data, as_utility(None, data)).sets
    repetitions = 10 if run.quick else 50
    one, two = (_seconds(sets, n_threads, repetitions) for n_threads in (1, 2))
    exponentials, multiply_adds = _work(sets)
    peak_exponentials = exponentials_per_s(repetitions)
    peaks = {
        "from the first cache": multiply_adds_from_cache_per_s(repetitions),
        "in registers": multiply_adds_in_registers_per_s(repetitions),
    }
    shares = {
        f"share of the limit, multiply-adds {where}": round(
            (exponentials / peak_exponentials + multiply_adds / peak) / one, 3
        )
        for where, peak in peaks.items()
    }
    yield run.record(
        "one pass on one thread",
        "s",
        one,
        quality={
            "people": sets.n_persons,
            "rows": len(sets.differences),
            "draws": N_DRAWS,
            "exponentials a second": round(exponentials / one),
            "multiply-adds a second": round(multiply_adds / one),
            "peak exponentials a second": round(peak_exponentials),
            **{f"peak multiply-adds {where}": round(peak) for where, peak in peaks.items()},
            **shares,
            "limit of the share": 0.35,
        },
    )
    yield run.record(
        "one pass on two threads",
        "s",
        two,
        quality={"times as fast as on one": round(one / two, 2), "limit of that": 1.8},
    )


def _seconds(sets: ChoiceSets, n_threads: int, repetitions: int) -> float:
    k = sets.differences.shape[1]
    mixing = with_entries(mixing_of(["normal"] * k, range(k), range(k), n_random=k), np.ones(k))
    evaluate = partial(
        simulated_log_likelihood,
        sets,
        mixing,
        np.zeros((1, k)),
        sobol_nodes(N_DRAWS, k, n_groups=sets.n_persons, seed=1),
        prior_proposals(sets.n_persons, k),
        ThreadRunner(n_threads).map,
    )
    evaluate()
    seconds, _ = best_of(repetitions, evaluate)
    return seconds


def _work(sets: ChoiceSets) -> tuple[float, float]:
    """Return exponentials and further multiply-adds of a pass, as few as the formula allows.

    A row that is not zero counts in its utility and in the gradient; a row's odds are added to
    their task's and divided by the sum, whose product over tasks is the likelihood. A person's
    draws are a centre and a triangle times nodes, with the ratio of two densities; K coefficients
    are made from them, and a score of 2 K entries is added up with one weight, an exponential.
    """
    n_rows, k = sets.differences.shape
    in_rows = 2 * np.count_nonzero(sets.differences) + 2 * n_rows + len(sets.task_starts) - 1
    in_people = sets.n_persons * (k * (k + 1) // 2 + 2 * k + k + 3 * k)
    exponentials = n_rows + sets.n_persons
    return float(exponentials * N_DRAWS), float((in_rows + in_people) * N_DRAWS)
