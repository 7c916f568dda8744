"""The multinomial logit with utility linear in parameters: its one maximum, by Newton's method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.maximum_likelihood import Fit, PanelSlope
from counterflow.choice.parameter_space import ParameterSpace
from counterflow.choice.scaled_design import ScaledDesign, material
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import LogLikelihood, log_likelihood
from counterflow.kernels.newton import Maximum, Slope, maximise_concave
from counterflow.kernels.separation import separating_direction

_SUSPICIOUS = 1e-2
"""Information that fell to this share of that at equal shares may be on its way to nothing."""


@dataclass(frozen=True, eq=False)
class LinearFit:
    """The maximum, and the combination of coefficients that separates the choices, if any does."""

    fit: Fit
    """In the units of the data."""
    coefficients: Float[np.ndarray, " K"]
    """Of the scaled design."""
    separating: Mapping[str, float]


def fit_linear(
    design: ScaledDesign,
    weights: Float[np.ndarray, " N"],
    *,
    max_iterations: int = 100,
    tolerance: float = 1e-6,
    report: Report | None = None,
    map_blocks: MapBlocks = map,
) -> LinearFit:
    """Return the one maximum of the weighted log-likelihood, which is concave.

    Parameters are as of `MultinomialLogit`.

    Notes
    -----
    Newton's method from zero, where all alternatives are alike (Train 2009, section 3.7.1).

    Examples
    --------
    Three in four take the cheaper one, so the coefficient is -ln 3:

    >>> from counterflow.domain.choice_data import ChoiceData
    >>> from counterflow.domain.utility import as_utility
    >>> table = {"who": [1, 1, 2, 2, 3, 3, 4, 4], "price": [1, 2] * 4,
    ...          "took": [1, 0, 1, 0, 1, 0, 0, 1]}
    >>> data = ChoiceData.from_long(table, respondent="who", chosen="took", attributes=["price"])
    >>> design = ScaledDesign.of(data, as_utility(None, data))
    >>> fit_linear(design, np.ones(4)).fit.point.round(4)
    array([-1.0986])
    """
    first_and_last: list[tuple[Float[np.ndarray, " K"], LogLikelihood]] = []

    def slope_at(point: Float[np.ndarray, " K"]) -> Slope:
        found = log_likelihood(design.sets, weights, point, map_blocks)
        first_and_last[1:] = [(point, found)]
        # einsum and sum go over persons in a fixed order; BLAS would leave it to its threads.
        return Slope(
            value=float(np.sum(weights * found.by_person)),
            gradient=np.einsum("n,nk->k", weights, found.scores),
            information=found.information,
        )

    def after(iteration: int, distance: float) -> None:
        if report is not None:
            share = iteration / (iteration + 3.0)
            report(share, f"iteration {iteration}, {distance:.1e} standard errors to go")

    found = maximise_concave(
        slope_at,
        np.zeros(len(design.labels)),
        max_iterations=max_iterations,
        tolerance=tolerance,
        after=after,
    )
    (_, at_start), (point, at_end) = first_and_last[0], first_and_last[-1]
    if not np.array_equal(point, found.point):  # the last step tried was not taken
        at_end = log_likelihood(design.sets, weights, found.point, map_blocks)
    fit = _fit_of(design, found, at_end)
    units = np.outer(design.scales, design.scales)
    separating = separating_combination(design, fit, at_start.information * units, fit.space)
    return LinearFit(fit, found.point, separating)


def separating_combination(
    design: ScaledDesign, fit: Fit, at_start: Float[np.ndarray, "K K"], space: ParameterSpace
) -> dict[str, float]:
    """Return the combination along which the likelihood rises without end; empty if there is none.

    Under separation the information vanishes along it. Only then is the exact test worth its time.
    """
    moves = design.scales[:, None] * space.spread
    if moves.size == 0:
        return {}
    lengths = np.sqrt((moves**2).sum(axis=0))
    free = space.spread / lengths
    root = np.linalg.cholesky(free.T @ at_start @ free)
    at_end = free.T @ fit.information @ free
    whitened = np.linalg.solve(root, np.linalg.solve(root, at_end).T)
    if fit.status == "converged" and np.linalg.eigvalsh(whitened)[0] > _SUSPICIOUS:
        return {}
    direction = separating_direction(design.sets.differences @ (moves / lengths))
    return {} if direction is None else material(direction, space.free_labels)


def _fit_of(design: ScaledDesign, found: Maximum, at_end: LogLikelihood) -> Fit:
    """Return what Newton's method found, in the units of the data."""
    status: Literal["converged", "iteration_limit"] = (
        "converged" if found.status == "converged" else "iteration_limit"
    )
    return Fit(
        space=Constraints().space(design.labels),
        point=found.point / design.scales,
        log_likelihood=found.slope.value,
        slope=PanelSlope(at_end.by_person, at_end.scores * design.scales),
        information=found.slope.information * np.outer(design.scales, design.scales),
        gradient_norm=found.distance,
        status=status,
        n_iterations=found.n_iterations,
        n_evaluations=found.n_iterations + 1,
    )
