"""The fit of nested and cross-nested logits: where the search starts, and within what bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import Fit, PanelSlope, maximise_likelihood
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.choice.nest_parameters import GREATEST_LAMBDA, LEAST_LAMBDA, NestLayout
from counterflow.choice.nested_likelihood import NestedLikelihood, most_members_met
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.choice.respondent_design import respondent_weights
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, NotIdentifiedError, Problem
from counterflow.domain.progress import Report
from counterflow.domain.utility import Utility
from counterflow.kernels.blocks import MapBlocks

_ROUGH = 1e-2
"""Distance to a maximum in standard errors at which maxima are compared."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the maximum is looked for."""

    constraints: Constraints
    first_lambdas: tuple[float, ...]
    """Dissimilarities to start from; the best maximum counts."""
    greatest_lambda: float = GREATEST_LAMBDA
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
    if problems := list(_problems(layout, search)):
        raise InputError(problems)
    constraints = _with_bounds(layout, search)
    likelihood = NestedLikelihood.of(layout, utility, data, map_blocks)
    _check_nests_met(layout, likelihood, constraints)
    simple = MultinomialLogit(
        utility,
        constraints=_of_utility(layout, search.constraints),
        use_weights=search.use_weights,
        max_iterations=search.max_iterations,
    ).fit(data, report=_between(report, 0.0, 0.1), map_blocks=map_blocks)
    weights = respondent_weights(data, use_weights=search.use_weights)
    starts = [
        _start(layout, simple.parameters.values, search.start, first_lambda)
        for first_lambda in search.first_lambdas
    ]
    tried, found = _maximum(
        likelihood,
        starts,
        weights=weights,
        constraints=constraints,
        tolerance=search.tolerance,
        # Where the multinomial logit rises without end, so does every logit with nests.
        max_iterations=0 if simple.separating else search.max_iterations,
        report=_between(report, 0.1, 1.0),
    )
    return {
        "utility": utility,
        "layout": layout,
        "parameters": estimates_of(found, weights),
        "log_likelihood": found.log_likelihood,
        "null_log_likelihood": simple.null_log_likelihood,
        "multinomial_log_likelihood": simple.log_likelihood,
        "start_log_likelihoods": tuple(fit.log_likelihood for fit in tried),
        "gradient_norm": found.gradient_norm,
        "n_iterations": max(fit.n_iterations for fit in tried) + found.n_iterations,
        "status": "separated" if simple.separating else found.status,
        "separating": simple.separating,
        "flat": found.flat,
        "n_respondents": data.n_respondents,
        "n_tasks": data.n_tasks,
        "n_alternatives": data.n_rows,
        "data_hash": data.content_hash,
    }


def _problems(layout: NestLayout, search: Search) -> Iterator[Problem]:
    """Yield starting values of no parameter, and dissimilarities that are not above 0."""
    labels = layout.labels
    for label in search.start:
        if label not in labels:
            yield Problem(f"the label of a parameter ({', '.join(labels)})", label, key="start")
    given = {
        "constraints.fixed": search.constraints.fixed,
        "constraints.lower": search.constraints.lower,
        "start": search.start,
    }
    for place, values in given.items():
        for label, value in values.items():
            if label in layout.lambda_labels and not value > 0.0:
                yield Problem("a dissimilarity above 0", f"{value:g} for {label}", key=place)


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


def _of_utility(layout: NestLayout, constraints: Constraints) -> Constraints:
    """Return the constraints on the parameters of utility."""
    known = set(layout.utility_labels)
    groups = [[label for label in group if label in known] for group in constraints.tied]
    return Constraints(
        fixed={label: x for label, x in constraints.fixed.items() if label in known},
        tied=[group for group in groups if len(group) > 1],
        lower={label: x for label, x in constraints.lower.items() if label in known},
        upper={label: x for label, x in constraints.upper.items() if label in known},
    )


def _check_nests_met(
    layout: NestLayout, likelihood: NestedLikelihood, constraints: Constraints
) -> None:
    """Raise NotIdentifiedError for dissimilarities that no task says anything about."""
    space = constraints.space(layout.labels)
    offers = most_members_met(layout, likelihood.choices) > 1
    first = len(layout.utility_labels)
    matters = np.zeros(len(layout.labels), dtype=bool)
    for i, offered in zip(layout.lambda_of, offers, strict=False):
        if i is not None:
            matters[first + i] |= offered
    for label, members in zip(space.free_labels, space.spread.T.astype(bool), strict=True):
        if label in layout.lambda_labels and not matters[members].any():
            raise NotIdentifiedError({label: 1.0})
    outermost = [
        layout.labels[first + i]
        for nest, i in zip(layout.nests.names, layout.lambda_of, strict=True)
        if i is not None and not layout.nests.parent(nest)
    ]
    # Where each task lies within one nest, its dissimilarity is but a scale of utility.
    if not offers[-1] and not set(outermost) & set(constraints.fixed):
        raise NotIdentifiedError(dict.fromkeys(outermost, 1.0))


def _start(
    layout: NestLayout,
    of_utility: Float[np.ndarray, " K"],
    given: Mapping[str, float],
    first_lambda: float,
) -> Float[np.ndarray, " P"]:
    """Return the multinomial logit with nests that begin to matter, but for what was given."""
    start = layout.start(of_utility, first_lambda)
    return np.array([given.get(x, value) for x, value in zip(layout.labels, start, strict=True)])


def _maximum(
    likelihood: NestedLikelihood,
    starts: list[Float[np.ndarray, " P"]],
    *,
    weights: Float[np.ndarray, " N"],
    constraints: Constraints,
    tolerance: float,
    max_iterations: int,
    report: Report | None,
) -> tuple[list[Fit], Fit]:
    """Return the maxima near each start, roughly, and the best of them exactly."""
    maximise = partial(
        maximise_likelihood,
        weights=weights,
        constraints=constraints,
        max_iterations=max_iterations,
    )
    rough = _WithOuterProducts(likelihood)
    ends = np.linspace(0.0, 1.0, len(starts) + 2)
    tried = [
        maximise(rough, start, tolerance=_ROUGH, report=_between(report, low, high))
        for start, low, high in zip(starts, ends[:-2], ends[1:-1], strict=True)
    ]
    best = max(tried, key=lambda fit: fit.log_likelihood)
    last = _between(report, ends[-2], 1.0)
    return tried, maximise(likelihood, best.point, tolerance=tolerance, report=last)


def _between(report: Report | None, low: float, high: float) -> Report | None:
    """Return what tells `report` of a part of the work, from share `low` to `high` of it."""
    if report is None:
        return None
    return lambda share, text: report(float(low + (high - low) * share), text)


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
