"""How much a design can tell, as one figure: D-error, A- and S-criterion, under a prior."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int16

from counterflow.domain.design_settings import Criterion
from counterflow.kernels import choice_design as kernel
from counterflow.survey.design.specification import DesignSpecification
from counterflow.survey.design.task_rules import TaskRules

_FIGURES: Mapping[Criterion, kernel.Criterion] = {
    "d_zero": "d",
    "d_prior": "d",
    "d_bayesian": "d",
    "a": "a",
    "s": "s",
}


def criteria_of(
    spec: DesignSpecification, codes: Int16[np.ndarray, "V T J A"]
) -> dict[Criterion, float]:
    """Return every criterion of a design, for one respondent; of each, less is better.

    Infinite means that some coefficient cannot be told from the others, or for S that no
    coefficient of the prior differs from zero.

    Notes
    -----
    `d_zero`, `d_prior` and `d_bayesian` are D-errors det(I)^(-1/K): at zero coefficients, at the
    mean of the prior, and the mean over its draws. `a` is trace(I^-1)/K, as a mean over draws.
    `s` is how many respondents it takes until every t-ratio reaches 1.96, at the mean of the prior:
    of draws, some lie next to zero, and their mean would only say so. See `kernels.choice_design`.

    Examples
    --------
    >>> spec = DesignSpecification.of({"trim": ["base", "plus"]}, n_tasks=1, n_alternatives=2,
    ...                               outside_option=False)
    >>> found = criteria_of(spec, np.array([[[[0], [1]]]], dtype=np.int16))
    >>> found["d_zero"]  # one difference of 1 at equal odds: information 1/4
    4.0
    """
    at_mean = kernel.criteria(problem_of(spec, "d_prior"), codes)
    at_draws = kernel.criteria(problem_of(spec, "d_bayesian"), codes)
    return {
        "d_zero": kernel.criteria(problem_of(spec, "d_zero"), codes).d,
        "d_prior": at_mean.d,
        "d_bayesian": at_draws.d,
        "a": at_draws.a,
        "s": at_mean.s,
    }


def problem_of(
    spec: DesignSpecification, criterion: Criterion | None = None
) -> kernel.DesignProblem:
    """Return the specification in arrays, as the kernel searches it."""
    criterion = criterion or spec.settings.criterion
    return kernel.DesignProblem(
        n_levels=tuple(len(levels) for levels in spec.levels.values()),
        terms=spec.coding.terms,
        draws=draws_of(spec, criterion),
        outside=spec.coding.outside,
        criterion=_FIGURES[criterion],
        rules=_rules(spec),
    )


def draws_of(spec: DesignSpecification, criterion: Criterion) -> Float[np.ndarray, "R K"]:
    """Return the coefficients at which a criterion looks."""
    if criterion == "d_zero":
        return np.zeros((1, spec.coding.n_coefficients))
    if criterion in ("d_prior", "s"):
        return spec.prior.mean[None, :]
    return spec.prior.draws[:1] if spec.prior.is_certain else spec.prior.draws


def _rules(spec: DesignSpecification) -> kernel.TaskRules:
    rules, may_stand = spec.task_rules, spec.products.may_stand
    compares = rules.avoid_dominance and rules.orders_levels
    n_combinations = math.prod(len(levels) for levels in spec.levels.values())
    once = np.zeros(len(spec.levels), dtype=bool)
    once[list(rules.once)] = True
    return kernel.TaskRules(
        # Where all combinations may be shown, the search need not look them up.
        profiles=None if len(spec.products) == n_combinations else spec.products.codes,
        profiles_at=None if may_stand.all() or len(spec.products) == n_combinations else may_stand,
        levels_at=None if may_stand.all() else _levels_at(spec),
        once_a_task=once if once.any() else None,
        at_least=_at_least(rules) if compares else None,
        distinct_tasks=True,
        n_shown=spec.settings.n_shown,
    )


def _levels_at(spec: DesignSpecification) -> Bool[np.ndarray, "J A L"]:
    """Return which levels some product at a place has; none of an attribute not its own."""
    products, most = spec.products, max(map(len, spec.levels.values()))
    found = np.zeros((spec.n_alternatives, len(spec.levels), most), dtype=bool)
    for place in range(spec.n_alternatives):
        for a, codes in enumerate(products.codes[products.at(place)].T):
            found[place, a, codes[codes >= 0]] = True
    return found


def _at_least(rules: TaskRules) -> Bool[np.ndarray, "A L L"]:
    sizes = [len(table) - 1 for table in rules.at_least]
    tables = np.zeros((len(sizes), max(sizes), max(sizes)), dtype=bool)
    for a, (size, table) in enumerate(zip(sizes, rules.at_least, strict=True)):
        tables[a, :size, :size] = table[:-1, :-1]
    return tables
