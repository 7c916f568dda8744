"""Multinomial logit: one set of part-worths for all, by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.diagnostics import hit_rate, null_log_likelihood, rho_squared
from counterflow.choice.scaled_design import ScaledDesign, material
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.estimate import Coefficient
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.logit import (
    LogLikelihood,
    MapBlocks,
    choice_probabilities,
    log_likelihood,
)
from counterflow.kernels.newton import Maximum, Slope, maximise_concave
from counterflow.kernels.separation import separating_direction

Report = Callable[[float, str], None]
"""Told the share of the work that is done (0 to 1), and what is being done."""

_QUANTILE_95 = 1.6448536269514722
_SUSPICIOUS = 1e-2
"""Information that fell to this share of that at equal shares may be on its way to nothing."""


@dataclass(frozen=True, kw_only=True)
class MultinomialLogit:
    """The multinomial logit with utility linear in coefficients, estimated by Newton's method.

    Parameters
    ----------
    coding
        How attributes become design columns; `UtilityCoding.of_data` of the data if absent.
    use_weights
        Whether a respondent's log-likelihood counts by the respondent's weight.
    max_iterations, tolerance
        Newton's method ends at a distance from the maximum of `tolerance` standard errors.

    Notes
    -----
    P_ni = exp(x_ni' b) / sum_j exp(x_nj' b); its log-likelihood is globally concave, so the
    maximum found is the only one (Train, Discrete Choice Methods with Simulation, 2nd ed. 2009,
    chapter 3; McFadden 1974).
    """

    coding: UtilityCoding | None = None
    use_weights: bool = False
    max_iterations: int = 50
    tolerance: float = 1e-6

    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> MultinomialLogitResult:
        """Return the estimate; NotIdentifiedError if the choices cannot tell coefficients apart.

        The result is the same to the bit wherever `map_blocks` runs the blocks.
        """
        design = ScaledDesign.of(data, self.coding or UtilityCoding.of_data(data))
        weights = np.asarray(data.weights) if self.use_weights else np.ones(data.n_respondents)

        def slope_at(point: Float[np.ndarray, " K"]) -> Slope:
            return _slope(log_likelihood(design.sets, weights, point, map_blocks), weights)

        def after(iteration: int, distance: float) -> None:
            if report is not None:
                share = iteration / (iteration + 3.0)
                report(share, f"iteration {iteration}, {distance:.1e} standard errors to go")

        start = np.zeros(len(design.labels))
        found = maximise_concave(
            slope_at,
            start,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
            after=after,
        )
        separating = _separating(design, found, slope_at(start).information)
        scores = log_likelihood(design.sets, weights, found.point, map_blocks).scores
        classical, clustered = _covariances(found.slope.information, scores, weights)
        units = np.outer(design.scales, design.scales)
        return MultinomialLogitResult(
            coding=design.utility,
            coefficients=found.point / design.scales,
            log_likelihood=found.slope.value,
            null_log_likelihood=null_log_likelihood(design.sets, weights),
            hit_rate=hit_rate(design.sets, found.point, weights),
            classical_covariance=classical / units,
            clustered_covariance=clustered / units,
            gradient_norm=found.distance,
            n_iterations=found.n_iterations,
            status=_status(found, separating),
            separating=separating,
            n_respondents=data.n_respondents,
            n_tasks=data.n_tasks,
            n_alternatives=data.n_rows,
            use_weights=self.use_weights,
            data_hash=data.content_hash,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class MultinomialLogitResult:
    """A fitted multinomial logit, in the units of the data.

    `status` is "converged", "iteration_limit", or "separated": some combination of coefficients
    predicts choices so well that the likelihood rises without end as it grows; `separating` names
    it, in units of typical differences within a task, and its coefficients mean nothing.
    """

    coding: UtilityCoding
    coefficients: Float[np.ndarray, " K"]
    log_likelihood: float
    null_log_likelihood: float
    hit_rate: float
    classical_covariance: Float[np.ndarray, "K K"]
    """Inverse of the information: right if the model is and choices are independent."""
    clustered_covariance: Float[np.ndarray, "K K"]
    """Sandwich over respondents: right also where the choices of one person go together."""
    gradient_norm: float
    """The gradient in the metric of the information: distance to the maximum in standard errors."""
    n_iterations: int
    status: Literal["converged", "iteration_limit", "separated"]
    separating: Mapping[str, float] = field(default_factory=dict)
    n_respondents: int
    n_tasks: int
    n_alternatives: int
    use_weights: bool
    data_hash: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient."""
        return self.coding.labels

    @property
    def is_converged(self) -> bool:
        """Return whether the estimate is the maximum of the likelihood."""
        return self.status == "converged"

    @property
    def rho_squared(self) -> float:
        """Return McFadden's 1 - L / L0 against equal shares."""
        return rho_squared(self.log_likelihood, self.null_log_likelihood)

    def covariance(
        self, kind: Literal["classical", "clustered"] = "clustered"
    ) -> Float[np.ndarray, "K K"]:
        """Return the covariance of the estimator."""
        return self.classical_covariance if kind == "classical" else self.clustered_covariance

    def standard_errors(
        self, kind: Literal["classical", "clustered"] = "clustered"
    ) -> Float[np.ndarray, " K"]:
        """Return the standard error of each coefficient."""
        return np.sqrt(np.diag(self.covariance(kind)))

    def probabilities(self, data: ChoiceData) -> Float[np.ndarray, " rows"]:
        """Return the probability of each alternative of other data with the same attributes."""
        design = self.coding.encode(data.columns, data.is_outside)
        return choice_probabilities(design @ self.coefficients, np.asarray(data.task_starts))

    def part_worths(self, n_draws: int, seed: int) -> PartWorths:
        """Return draws from the estimator's normal distribution, one set for the whole market.

        Their spread is what the sample leaves unknown, not how people differ. The clustered
        covariance is used, or the classical one where respondents are too few for it.
        """
        kind: Literal["classical", "clustered"] = (
            "clustered" if self.n_respondents > len(self.labels) else "classical"
        )
        normals = random_stream(seed, "multinomial logit").standard_normal(
            (n_draws, len(self.labels))
        )
        draws = self.coefficients + normals @ _root(self.covariance(kind)).T
        return PartWorths(
            draws=draws[:, None, :],
            coding=self.coding,
            respondent_ids=("",),
            weights=np.ones(1),
            provenance={
                "model": "mnl",
                "status": self.status,
                "seed": seed,
                "data": self.data_hash,
                "use_weights": self.use_weights,
                "covariance": kind,
            },
        )

    def coefficient_table(self) -> tuple[Coefficient, ...]:
        """Return each coefficient with the 90 % interval of the clustered standard error."""
        errors = self.standard_errors()
        return tuple(
            Coefficient(
                label=label,
                mean=float(value),
                low=float(value - _QUANTILE_95 * error),
                high=float(value + _QUANTILE_95 * error),
                sd_over_people=0.0,
            )
            for label, value, error in zip(self.labels, self.coefficients, errors, strict=True)
        )

    def summary(self) -> str:
        """Return the fit and the coefficients as text."""
        separated = " ".join(f"{weight:+.2f} {label}" for label, weight in self.separating.items())
        status = f"separated by {separated}" if self.separating else self.status
        errors, clustered = self.standard_errors("classical"), self.standard_errors("clustered")
        rows = zip(
            self.labels,
            self.coefficients,
            errors,
            clustered,
            self.coefficients / clustered,
            strict=True,
        )
        return "\n".join(
            (
                f"Multinomial logit: {status} after {self.n_iterations} iterations",
                f"{self.n_respondents} respondents, {self.n_tasks} tasks, "
                f"{self.n_alternatives} alternatives",
                f"log-likelihood {self.log_likelihood:.3f} (equal shares "
                f"{self.null_log_likelihood:.3f}), rho2 {self.rho_squared:.4f}, "
                f"hit rate {self.hit_rate:.3f}",
                text_table(
                    ("coefficient", "estimate", "s.e.", "clustered s.e.", "z"),
                    [(row[0], *map(float, row[1:])) for row in rows],
                ),
            )
        )


def _slope(found: LogLikelihood, weights: Float[np.ndarray, " N"]) -> Slope:
    # einsum and sum go over persons in a fixed order; BLAS would leave it to its threads.
    return Slope(
        value=float(np.sum(weights * found.by_person)),
        gradient=np.einsum("n,nk->k", weights, found.scores),
        information=found.information,
    )


def _covariances(
    information: Float[np.ndarray, "K K"],
    scores: Float[np.ndarray, "N K"],
    weights: Float[np.ndarray, " N"],
) -> tuple[Float[np.ndarray, "K K"], Float[np.ndarray, "K K"]]:
    """Return A^-1 and A^-1 B A^-1 N / (N - 1), A the information and B the squares of scores.

    Train 2009, section 8.3; clusters as in Cameron and Miller, Journal of Human Resources 50,
    2015, equations 10 to 12.
    """
    # A direction without information, as under separation, gets a variance that is huge, not none.
    values, vectors = np.linalg.eigh(information)
    floor = 1e-12 * max(float(values[-1]), 0.0) + np.finfo(float).tiny
    inverse = (vectors / np.maximum(values, floor)) @ vectors.T
    # A product of a matrix with itself, so that rounding makes no variance negative.
    moves = (scores * weights[:, None]) @ inverse
    n = len(weights)
    return inverse, np.einsum("nk,nl->kl", moves, moves) * (n / max(n - 1, 1))


def _separating(
    design: ScaledDesign, found: Maximum, information_at_start: Float[np.ndarray, "K K"]
) -> dict[str, float]:
    """Return the combination along which the likelihood rises without end; empty if there is none.

    Under separation the information vanishes along it. Only then is the exact test worth its time.
    """
    root = np.linalg.cholesky(information_at_start)
    whitened = np.linalg.solve(root, np.linalg.solve(root, found.slope.information).T)
    if found.status == "converged" and np.linalg.eigvalsh(whitened)[0] > _SUSPICIOUS:
        return {}
    direction = separating_direction(design.sets.differences)
    return {} if direction is None else material(direction, design.labels)


def _status(
    found: Maximum, separating: Mapping[str, float]
) -> Literal["converged", "iteration_limit", "separated"]:
    if separating:
        return "separated"
    return "converged" if found.status == "converged" else "iteration_limit"


def _root(covariance: Float[np.ndarray, "K K"]) -> Float[np.ndarray, "K K"]:
    """Return R with R R' the covariance, which may be singular."""
    scales = np.sqrt(np.diag(covariance))
    scales[scales == 0.0] = 1.0
    values, vectors = np.linalg.eigh(covariance / np.outer(scales, scales))
    return scales[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
