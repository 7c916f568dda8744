"""The fit of nested and cross-nested logits: where the search starts, and within what bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import Fit, PanelSlope, Report, maximise_likelihood
from counterflow.choice.nest_parameters import LEAST_LAMBDA, NestLayout
from counterflow.choice.nested_likelihood import NestedLikelihood, most_members_met
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, NotIdentifiedError, Problem
from counterflow.domain.utility import Utility
from counterflow.kernels.logit import MapBlocks

_ROUGH = 1e-2
"""Distance to a maximum in standard errors at which maxima are compared."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the maximum is looked for."""

    constraints: Constraints
    first_lambdas: tuple[float, ...]
    """Dissimilarities to start from; the best maximum counts."""
    greatest_lambda: float
    start: Mapping[str, float]
    use_weights: bool
    max_iterations: int
    tolerance: float


def fit_nested(
    data: ChoiceData,
    utility: Utility,
    layout: NestLayout,
    search: Search,
    report: Report | None,
    map_blocks: MapBlocks,
) -> dict[str, Any]:
    """Return the parts of a fitted model that nested and cross-nested logits share.

    The search starts from the multinomial logit, which is the case where every dissimilarity is 1.
    """
    weights = np.asarray(data.weights) if search.use_weights else np.ones(data.n_respondents)
    likelihood = NestedLikelihood.of(layout, utility, data, map_blocks)
    constraints = _with_bounds(layout, search)
    _check_nests_met(layout, likelihood, constraints)
    rough = partial(
        maximise_likelihood,
        _WithOuterProducts(likelihood),
        weights=weights,
        max_iterations=search.max_iterations,
        tolerance=_ROUGH,
    )
    simple = rough(
        _start(layout, search.start),
        constraints=_of_the_multinomial_logit(layout, constraints),
    )
    tried = [
        rough(_nested_start(layout, simple, search.start, value), constraints=constraints)
        for value in search.first_lambdas
    ]
    best = max(tried, key=lambda fit: fit.log_likelihood)
    found = maximise_likelihood(
        likelihood,
        best.point,
        weights=weights,
        constraints=constraints,
        max_iterations=search.max_iterations,
        tolerance=search.tolerance,
        report=report,
    )
    return {
        "utility": utility,
        "layout": layout,
        "parameters": estimates_of(found, weights),
        "log_likelihood": found.log_likelihood,
        "null_log_likelihood": _null_log_likelihood(data, weights),
        "multinomial_log_likelihood": simple.log_likelihood,
        "start_log_likelihoods": tuple(fit.log_likelihood for fit in tried),
        "gradient_norm": found.gradient_norm,
        "n_iterations": best.n_iterations + found.n_iterations,
        "status": found.status,
        "flat": found.flat,
        "n_respondents": data.n_respondents,
        "n_tasks": data.n_tasks,
        "n_alternatives": data.n_rows,
        "data_hash": data.content_hash,
    }


@dataclass(frozen=True, eq=False)
class _WithOuterProducts:
    """The likelihood with a cheap guess at its information, enough to come near the maximum."""

    likelihood: NestedLikelihood

    @property
    def labels(self) -> tuple[str, ...]:
        return self.likelihood.labels

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        return self.likelihood.slope(theta)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        scores = self.slope(theta).scores
        return np.einsum("np,nq->pq", weights[:, None] * scores, scores)


def _with_bounds(layout: NestLayout, search: Search) -> Constraints:
    """Return the constraints, with the usual bounds on what they say nothing about."""
    asked = search.constraints
    lower = {
        **dict.fromkeys(layout.lambda_labels, LEAST_LAMBDA),
        **dict.fromkeys(layout.share_labels, 0.0),
    }
    upper = {
        **dict.fromkeys(layout.lambda_labels, search.greatest_lambda),
        **dict.fromkeys(layout.share_labels, 1.0),
    }
    return Constraints(
        fixed=asked.fixed,
        tied=asked.tied,
        lower={**lower, **asked.lower},
        upper={**upper, **asked.upper},
    )


def _of_the_multinomial_logit(layout: NestLayout, constraints: Constraints) -> Constraints:
    """Return the constraints with every nest without effect."""
    known = set(layout.utility_labels)
    tied = [[label for label in group if label in known] for group in constraints.tied]
    values = dict(zip(layout.labels, layout.start, strict=True))
    return Constraints(
        fixed={
            **{label: x for label, x in values.items() if label not in known},
            **{label: x for label, x in constraints.fixed.items() if label in known},
        },
        tied=[group for group in tied if len(group) > 1],
        lower={label: x for label, x in constraints.lower.items() if label in known},
        upper={label: x for label, x in constraints.upper.items() if label in known},
    )


def _check_nests_met(
    layout: NestLayout, likelihood: NestedLikelihood, constraints: Constraints
) -> None:
    """Raise NotIdentifiedError for a dissimilarity of nests that never offer a choice."""
    space = constraints.space(layout.labels)
    offers = most_members_met(layout, likelihood.choices) > 1
    first = len(layout.utility_labels)
    matters = np.zeros(len(layout.labels), dtype=bool)
    for i, offered in zip(layout.lambda_of, offers, strict=False):
        if i is not None:
            matters[first + i] |= offered
    for label, member in zip(space.free_labels, space.spread.T.astype(bool), strict=True):
        if label in layout.lambda_labels and not matters[member].any():
            raise NotIdentifiedError({label: 1.0})


def _start(layout: NestLayout, given: Mapping[str, float]) -> Float[np.ndarray, " P"]:
    if unknown := [label for label in given if label not in layout.labels]:
        expected = f"the label of a parameter ({', '.join(layout.labels)})"
        raise InputError([Problem(expected, label, key="start") for label in unknown])
    values = zip(layout.labels, layout.start, strict=True)
    return np.array([given.get(label, value) for label, value in values])


def _nested_start(
    layout: NestLayout, simple: Fit, given: Mapping[str, float], first_lambda: float
) -> Float[np.ndarray, " P"]:
    """Return the multinomial logit with nests that begin to matter, but for what was given."""
    start = simple.point.copy()
    for i, label in enumerate(layout.labels):
        if label in layout.lambda_labels:
            start[i] = first_lambda
        start[i] = given.get(label, start[i])
    return start


def _null_log_likelihood(data: ChoiceData, weights: Float[np.ndarray, " N"]) -> float:
    by_task = -np.log(np.diff(data.task_starts))
    return float(np.sum(weights * np.add.reduceat(by_task, data.respondent_starts[:-1])))
