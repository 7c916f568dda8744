"""Maximum likelihood for models that say the score of each person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from counterflow.choice.constraints import Constraints
from counterflow.choice.parameter_space import ParameterSpace
from counterflow.domain.progress import Report
from counterflow.kernels.trust_region import Maximum, Value, maximise

FLAT = 1e-9
"""Curvature, relative to that of each parameter alone, below which a direction has none."""
_MATERIAL = 0.02
_NEXT_TO_NONE = 1e-10


class PanelSlope(NamedTuple):
    """Log-likelihood of each person's choices, and its gradient."""

    by_person: Float[np.ndarray, " N"]
    scores: Float[np.ndarray, "N P"]


@runtime_checkable
class PanelLikelihood(Protocol):
    """A model and the choices of N persons, as a function of P parameters."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        ...

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person."""
        ...

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted sum of the persons' log-likelihoods."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Fit:
    """The parameters that make the choices most likely, or how far the search came.

    `status` is "converged"; "iteration_limit"; "stalled" (no step raises the likelihood, though
    the gradient asks for one); or "not_identified": along `flat`, a combination of parameters in
    units of the curvature of each, the likelihood does not change.
    """

    space: ParameterSpace
    point: Float[np.ndarray, " P"]
    log_likelihood: float
    slope: PanelSlope
    information: Float[np.ndarray, "P P"]
    gradient_norm: float
    """Distance to the maximum in standard errors: sqrt(g' information^-1 g)."""
    status: Literal["converged", "iteration_limit", "stalled", "not_identified"]
    n_iterations: int
    n_evaluations: int
    at_bound: tuple[str, ...] = ()
    flat: Mapping[str, float] = field(default_factory=dict)


def maximise_likelihood(
    likelihood: PanelLikelihood,
    start: Float[np.ndarray, " P"],
    *,
    weights: Float[np.ndarray, " N"],
    constraints: Constraints | None = None,
    max_iterations: int = 200,
    tolerance: float = 1e-6,
    report: Report | None = None,
) -> Fit:
    """Return the maximum of the weighted log-likelihood near `start`.

    Parameters
    ----------
    likelihood
        The model and the choices.
    start
        All P parameters; fixed ones are overruled by the constraints.
    weights
        By how much each person's log-likelihood counts.
    constraints
        What is known of parameters; nothing if absent.
    max_iterations
        Steps after which the search gives up, which the status tells.
    tolerance
        Distance to the maximum at which the search ends, in standard errors.
    report
        Told of progress.

    Raises
    ------
    InputError
        If `constraints` name a parameter that the model does not have.

    Notes
    -----
    A trust region whose model of the curvature starts as the outer product of scores, is corrected
    by what gradients do, and is the exact one near the maximum (`kernels.trust_region`).
    """
    space = (constraints or Constraints()).space(likelihood.labels)
    likelihood = _Latest(likelihood)
    value = partial(free_value, likelihood, space, weights)
    exact = partial(free_information, likelihood, space, weights)
    first = value(space.free(start))
    if not np.isfinite(first.value):
        raise ValueError(f"the log-likelihood at the start is {first.value}: start elsewhere")
    found = maximise(
        value,
        space.free(start),
        tolerance=tolerance,
        max_iterations=max_iterations,
        bounds=space.bounds,
        exact=exact,
        after=None if report is None else partial(_told, report),
    )
    return fit_of(likelihood, space, found, weights)


class _Latest:
    """A likelihood that keeps its last answers: where a search ends it is asked about again."""

    def __init__(self, likelihood: PanelLikelihood) -> None:
        self.labels = likelihood.labels
        self._slope = _Last(likelihood.slope)
        self._information = _Last(likelihood.information)

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        return self._slope(theta)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        return self._information(theta, weights)


class _Last:
    """A function that is not run again for the arguments of the call before."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.arguments: tuple[np.ndarray, ...] = ()
        self.found: Any = None

    def __call__(self, *arguments: np.ndarray) -> Any:
        is_same = len(arguments) == len(self.arguments)
        if not is_same or not all(map(np.array_equal, arguments, self.arguments)):
            self.found, self.arguments = self.function(*arguments), arguments
        return self.found


def fit_of(
    likelihood: PanelLikelihood,
    space: ParameterSpace,
    found: Maximum,
    weights: Float[np.ndarray, " N"],
) -> Fit:
    """Return what an optimiser of the free parameters found, with the exact information there."""
    point = space.full(found.x)
    information = likelihood.information(point, weights)
    free = ~found.held
    flat = _flat_direction(
        space.free_information(information)[np.ix_(free, free)],
        tuple(label for label, moves in zip(space.free_labels, free, strict=True) if moves),
    )
    # Nothing here asks a search to stop but its limit of iterations.
    status = "iteration_limit" if found.status == "stopped" else found.status
    return Fit(
        space=space,
        point=point,
        log_likelihood=found.value,
        slope=likelihood.slope(point),
        information=information,
        gradient_norm=found.distance,
        status="not_identified" if flat else status,
        n_iterations=found.n_iterations,
        n_evaluations=found.n_evaluations,
        at_bound=tuple(
            label for label, held in zip(space.free_labels, found.held, strict=True) if held
        ),
        flat=flat,
    )


def information_by_differences(
    likelihood: PanelLikelihood,
    theta: Float[np.ndarray, " P"],
    weights: Float[np.ndarray, " N"],
) -> Float[np.ndarray, "P P"]:
    """Return minus the Hessian by central differences of the analytic score, error of order h^2.

    The step is a share of each parameter's standard error, so it fits any unit.
    """
    scores = likelihood.slope(theta).scores
    opg = np.einsum("n,np,np->p", weights, scores, scores)
    steps = np.where(opg > 0.0, 1e-3 / np.sqrt(np.where(opg > 0.0, opg, 1.0)), 1e-5)
    # No step so short that rounding of theta itself would show.
    steps = np.maximum(steps, 1e-7 * np.abs(theta))
    columns = []
    for p, step in enumerate(steps):
        move = np.zeros(len(theta))
        move[p] = step
        ahead, behind = likelihood.slope(theta + move), likelihood.slope(theta - move)
        columns.append(np.einsum("n,np->p", weights, behind.scores - ahead.scores) / (2.0 * step))
    found = np.array(columns)
    return 0.5 * (found + found.T)


def free_value(
    likelihood: PanelLikelihood,
    space: ParameterSpace,
    weights: Float[np.ndarray, " N"],
    free: Float[np.ndarray, " F"],
) -> Value:
    """Return the log-likelihood as a function of the free parameters, with score and BHHH."""
    slope = likelihood.slope(space.full(free))
    scores = space.free_scores(slope.scores)
    # einsum and sum go over persons in a fixed order; BLAS would leave it to its threads.
    return Value(
        value=float(np.sum(weights * slope.by_person)),
        gradient=np.einsum("n,nf->f", weights, scores),
        guess_curvature=partial(_summed_outer_products, weights, scores),
    )


def _summed_outer_products(
    weights: Float[np.ndarray, " N"], scores: Float[np.ndarray, "N F"]
) -> Float[np.ndarray, "F F"]:
    return np.einsum("nf,ng->fg", weights[:, None] * scores, scores)


def free_information(
    likelihood: PanelLikelihood,
    space: ParameterSpace,
    weights: Float[np.ndarray, " N"],
    free: Float[np.ndarray, " F"],
) -> Float[np.ndarray, "F F"]:
    """Return minus the Hessian by the free parameters."""
    return space.free_information(likelihood.information(space.full(free), weights))


def _flat_direction(
    information: Float[np.ndarray, "F F"], labels: tuple[str, ...]
) -> dict[str, float]:
    """Return the combination along which the likelihood is flat; empty if there is none."""
    if not labels:
        return {}
    scale = np.sqrt(np.abs(np.diag(information)))
    if (lost := scale <= np.finfo(float).tiny).any():
        return {labels[int(np.flatnonzero(lost)[0])]: 1.0}
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] > FLAT * values[-1]:
        return {}
    direction = vectors[:, 0] / np.abs(vectors[:, 0]).max()
    return {
        label: float(weight)
        for label, weight in zip(labels, direction, strict=True)
        if abs(weight) > _MATERIAL
    }


def _told(report: Report, iteration: int, value: float, distance: float) -> None:
    share = iteration / (iteration + 10.0)
    report(share, f"iteration {iteration}, log-likelihood {value:.3f}, {distance:.1e} s.e. to go")


def inverse_information(information: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P P"]:
    """Return the inverse; a direction without information gets a variance that is huge, not none.

    Examples
    --------
    >>> inverse_information(np.diag([4.0, 1.0]))
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    sizes = np.abs(np.diag(information))
    scale = np.sqrt(np.where(sizes > 0.0, sizes, 1.0))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    # Bending the wrong way counts as bending; not bending at all, as next to none.
    values = np.maximum(np.abs(values), _NEXT_TO_NONE * np.abs(values).max(initial=1e-300))
    return ((vectors / values) @ vectors.T) / np.outer(scale, scale)
