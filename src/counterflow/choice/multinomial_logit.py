"""Multinomial logit: one set of coefficients for all, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.diagnostics import hit_rate, null_log_likelihood
from counterflow.choice.estimator import Estimator
from counterflow.choice.linear_logit import fit_linear, separating_combination
from counterflow.choice.logit_likelihood import (
    LinearLogitLikelihood,
    LogitLikelihood,
    StraightenedLikelihood,
)
from counterflow.choice.maximum_likelihood import (
    Fit,
    PanelLikelihood,
    maximise_likelihood,
)
from counterflow.choice.multinomial_logit_result import MultinomialLogitResult
from counterflow.choice.parameter_estimates import estimates_of
from counterflow.choice.parameter_space import ParameterSpace
from counterflow.choice.respondent_design import respondent_weights
from counterflow.choice.scaled_design import ScaledDesign
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.domain.utility import (
    Utility,
    UtilitySpecification,
    as_utility,
    bends_of,
    is_linear,
    start_of,
    utilities_at,
)
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import ChoiceSets, choice_sets

__all__ = ["MultinomialLogit", "MultinomialLogitResult"]


@dataclass(frozen=True)
class MultinomialLogit(Estimator):
    """The multinomial logit, estimated by maximum likelihood.

    Parameters
    ----------
    utility
        How utility depends on attributes and people: a formula, a mapping, a `ScaledBy` of these,
        or a `Utility`; if absent, each attribute counts by itself (`as_utility`).
    constraints
        Parameters that are fixed, tied or kept within bounds, by label.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    max_iterations, tolerance
        The search ends at a distance from the maximum of `tolerance` standard errors.

    Notes
    -----
    P_ni = exp(V_ni) / sum_j exp(V_nj). Where V is linear in parameters, the log-likelihood is
    globally concave and Newton's method finds the only maximum (Train, Discrete Choice Methods
    with Simulation, 2nd ed. 2009, chapter 3; McFadden 1974). With constraints, exponents of
    `box_cox` or scales of groups a trust region finds a maximum near the linear model's.

    Examples
    --------
    Three in four take the cheaper one, so the coefficient is -ln 3:

    >>> table = {"who": [1, 1, 2, 2, 3, 3, 4, 4], "price": [1, 2] * 4,
    ...          "took": [1, 0, 1, 0, 1, 0, 0, 1]}
    >>> data = ChoiceData.from_long(table, respondent="who", chosen="took", attributes=["price"])
    >>> round(MultinomialLogit("price").fit(data).parameters["price"], 4)
    -1.0986
    """

    utility: UtilitySpecification | None = None
    _: KW_ONLY
    constraints: Constraints | None = None
    use_weights: bool = False
    max_iterations: int = 100
    tolerance: float = 1e-6

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> MultinomialLogitResult:
        """Return the estimate; the same to the bit wherever `map_blocks` runs the blocks.

        Raises
        ------
        InputError
            If the utility or the constraints name what is not there; every problem at once.
        NotIdentifiedError
            If the choices cannot tell some coefficients apart.
        """
        utility = as_utility(self.utility, data)
        weights = respondent_weights(data, use_weights=self.use_weights)
        if not is_linear(utility):
            found = self._bent(utility, data, weights, report)
        elif self.constraints:
            found = self._constrained(utility, data, weights, report, map_blocks)
        else:
            found = self._concave(utility, data, weights, report, map_blocks)
        result = MultinomialLogitResult(
            model=self,
            utility=utility,
            parameters=estimates_of(found.fit, weights),
            log_likelihood=found.fit.log_likelihood,
            null_log_likelihood=null_log_likelihood(found.sets, weights),
            hit_rate=hit_rate(found.sets, found.coefficients, weights),
            gradient_norm=found.fit.gradient_norm,
            n_iterations=found.fit.n_iterations,
            status="separated" if found.separating else found.fit.status,
            separating=found.separating,
            flat=found.fit.flat,
            n_respondents=data.n_respondents,
            n_tasks=data.n_tasks,
            n_alternatives=data.n_rows,
            data_hash=data.content_hash,
        )
        self._remember(result)
        return result

    def _concave(
        self,
        utility: Utility,
        data: ChoiceData,
        weights: Float[np.ndarray, " N"],
        report: Report | None,
        map_blocks: MapBlocks,
    ) -> _Found:
        """Return the one maximum of a concave likelihood, by Newton's method."""
        design = ScaledDesign.of(data, utility, map_blocks)
        found = fit_linear(
            design,
            weights,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            report=report,
            map_blocks=map_blocks,
        )
        return _Found(found.fit, design.sets, found.coefficients, found.separating)

    def _constrained(
        self,
        utility: Utility,
        data: ChoiceData,
        weights: Float[np.ndarray, " N"],
        report: Report | None,
        map_blocks: MapBlocks,
    ) -> _Found:
        """Return the maximum where some coefficients are fixed, tied or bounded."""
        space = (self.constraints or Constraints()).space(utility.labels)
        design = ScaledDesign.of(data, utility, map_blocks, space)
        likelihood = LinearLogitLikelihood(design, map_blocks)
        fit = self._maximised(likelihood, np.zeros(len(utility.labels)), weights, report)
        start = likelihood.information(np.zeros(len(utility.labels)), weights)
        separating = separating_combination(design, fit, start, _endless(space))
        return _Found(fit, design.sets, fit.point * design.scales, separating)

    def _bent(
        self,
        utility: Utility,
        data: ChoiceData,
        weights: Float[np.ndarray, " N"],
        report: Report | None,
    ) -> _Found:
        """Return a maximum where utility is not linear in parameters."""
        said = self.constraints or Constraints()
        named = {*said.fixed, *said.lower, *said.upper, *(x for group in said.tied for x in group)}
        is_free = np.array([label not in named for label in utility.labels])
        likelihood = LogitLikelihood(utility, data)
        # What constraints say is said of the parameters as they are.
        straight = StraightenedLikelihood(likelihood, bends_of(utility, data) * is_free[:, None])
        begun = straight.phi(self._begun(straight, start_of(utility), weights))
        found = self._maximised(straight, begun, weights, report)
        point = straight.theta(found.point)
        fit = replace(
            found,
            point=point,
            slope=likelihood.slope(point),
            information=likelihood.information(point, weights),
        )
        utilities = utilities_at(utility, data, fit.point)[:, None]
        sets = choice_sets(utilities, data.task_starts, data.respondent_starts, data.chosen_rows)
        return _Found(fit, sets, np.ones(1), {})

    def _begun(
        self,
        straight: StraightenedLikelihood,
        start: Float[np.ndarray, " P"],
        weights: Float[np.ndarray, " N"],
    ) -> Float[np.ndarray, " P"]:
        """Return where to start: exponents change nothing before coefficients have moved."""
        labels, fixed = straight.labels, dict((self.constraints or Constraints()).fixed)
        begun = np.array([fixed.get(x, s) for x, s in zip(labels, start, strict=True)])
        idle = np.asarray(~straight.slope(straight.phi(begun)).scores.any(axis=0))
        held = {x: s for x, s, is_idle in zip(labels, begun, idle, strict=True) if is_idle}
        if not set(held) - set(fixed):
            return begun
        first = self._maximised(straight, straight.phi(begun), weights, None, {**fixed, **held})
        return straight.theta(first.point)

    def _maximised(
        self,
        likelihood: PanelLikelihood,
        start: Float[np.ndarray, " P"],
        weights: Float[np.ndarray, " N"],
        report: Report | None,
        fixed: Mapping[str, float] | None = None,
    ) -> Fit:
        said = self.constraints or Constraints()
        constraints = said if fixed is None else Constraints(fixed=fixed)
        return maximise_likelihood(
            likelihood,
            start,
            weights=weights,
            constraints=constraints,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            report=report,
        )


@dataclass(frozen=True, eq=False)
class _Found:
    """A fit, with choice sets and coefficients that predict the choices."""

    fit: Fit
    sets: ChoiceSets
    coefficients: Float[np.ndarray, " K"]
    separating: Mapping[str, float]


def _endless(space: ParameterSpace) -> ParameterSpace:
    """Return the space of parameters that could grow without end."""
    is_free = np.isinf(space.lower) & np.isinf(space.upper)
    return replace(
        space,
        free_labels=tuple(x for x, free in zip(space.free_labels, is_free, strict=True) if free),
        spread=space.spread[:, is_free],
        lower=space.lower[is_free],
        upper=space.upper[is_free],
    )
