"""Estimated parameters and what is known of their error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from counterflow.choice.maximum_likelihood import Fit, inverse_information
from counterflow.domain.random_streams import random_stream

CovarianceKind = Literal["classical", "opg", "clustered", "bootstrap"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ParameterEstimates:
    """P parameters by label, with covariances of their estimator.

    `covariances` has by kind

    - "classical": the inverse of minus the Hessian; right if the model is;
    - "opg": the inverse of the summed outer products of the persons' scores;
    - "clustered": the sandwich of the two over persons, right also where the choices of one person
      go together in ways that the model leaves out. The default;
    - "bootstrap": from refits to resampled persons, where that was asked for.

    Fixed parameters and those on a bound have variance 0.
    """

    labels: tuple[str, ...]
    values: Float[np.ndarray, " P"]
    covariances: Mapping[str, Float[np.ndarray, "P P"]]
    free_labels: tuple[str, ...]
    """The parameters that were free to move; those tied to them bear no label here."""
    at_bound: tuple[str, ...] = ()
    n_clusters: int = 0
    default: CovarianceKind = field(default="clustered")

    def __getitem__(self, label: str) -> float:
        """Return a parameter's estimate; KeyError if there is none of that label."""
        return float(self.values[self.position(label)])

    def position(self, label: str) -> int:
        """Return where a parameter stands; KeyError, with the labels there are, if nowhere."""
        if label not in self.labels:
            raise KeyError(f"expected one of {', '.join(self.labels)}, found {label}")
        return self.labels.index(label)

    @property
    def n_free(self) -> int:
        """Return how many parameters were estimated."""
        return len(self.free_labels)

    def as_dict(self) -> dict[str, float]:
        """Return the estimates by label."""
        return {label: float(x) for label, x in zip(self.labels, self.values, strict=True)}

    def or_given(self, parameters: Float[np.ndarray, " P"] | None) -> Float[np.ndarray, " P"]:
        """Return the estimates, or the parameters that are given instead."""
        return self.values if parameters is None else np.asarray(parameters, dtype=float)

    def covariance(self, kind: CovarianceKind | None = None) -> Float[np.ndarray, "P P"]:
        """Return the covariance of the estimator; KeyError if that kind was not computed."""
        kind = kind or self.default
        if kind not in self.covariances:
            known = ", ".join(self.covariances)
            raise KeyError(f"expected a covariance among {known}, found {kind}")
        return self.covariances[kind]

    def standard_errors(self, kind: CovarianceKind | None = None) -> Float[np.ndarray, " P"]:
        """Return the standard error of each parameter."""
        return np.sqrt(np.maximum(np.diag(self.covariance(kind)), 0.0))

    def intervals(
        self, level: float = 0.9, kind: CovarianceKind | None = None
    ) -> Float[np.ndarray, "P 2"]:
        """Return low and high ends of the normal interval of each parameter."""
        reach = float(ndtri(0.5 + level / 2.0)) * self.standard_errors(kind)
        return np.stack([self.values - reach, self.values + reach], axis=1)

    def draws(
        self, n_draws: int, seed: int, kind: CovarianceKind | None = None
    ) -> Float[np.ndarray, "S P"]:
        """Return draws from the estimator's normal distribution (Krinsky and Robb 1986).

        Their spread is what the sample leaves unknown, not how people differ.
        """
        normals = random_stream(seed, "parameter estimates").standard_normal(
            (n_draws, len(self.labels))
        )
        return self.values + normals @ matrix_root(self.covariance(kind)).T

    def with_covariance(
        self, kind: CovarianceKind, covariance: Float[np.ndarray, "P P"]
    ) -> ParameterEstimates:
        """Return the estimates with another covariance, which is then the default."""
        return replace(self, covariances={**self.covariances, kind: covariance}, default=kind)


def estimates_of(fit: Fit, weights: Float[np.ndarray, " N"]) -> ParameterEstimates:
    """Return the estimates of a fit with classical, OPG and clustered covariances.

    Notes
    -----
    With A minus the Hessian, s_n the score of person n and B = sum_n w_n^2 s_n s_n', the sandwich
    is A^-1 B A^-1 N / (N - 1) (Train 2009, section 8.3; Cameron and Miller, Journal of Human
    Resources 50, 2015, equations 10 to 12). It needs more persons than parameters; with fewer the
    classical covariance is the default.
    """
    space = fit.space
    held = np.array([label in fit.at_bound for label in space.free_labels], dtype=bool)
    spread = space.spread[:, ~held]
    scores = fit.slope.scores @ spread
    inverse = inverse_information(spread.T @ fit.information @ spread)
    n = len(weights)
    # A product of a matrix with itself, so that rounding makes no variance negative.
    moves = (weights[:, None] * scores) @ inverse
    clustered = np.einsum("nf,ng->fg", moves, moves) * (n / max(n - 1, 1))
    opg = inverse_information(np.einsum("nf,ng->fg", weights[:, None] * scores, scores))
    return ParameterEstimates(
        labels=space.labels,
        values=fit.point,
        covariances={
            "classical": spread @ inverse @ spread.T,
            "opg": spread @ opg @ spread.T,
            "clustered": spread @ clustered @ spread.T,
        },
        free_labels=space.free_labels,
        at_bound=fit.at_bound,
        n_clusters=n,
        default="clustered" if n > spread.shape[1] else "classical",
    )


def matrix_root(covariance: Float[np.ndarray, "K K"]) -> Float[np.ndarray, "K K"]:
    """Return R with R R' the covariance, which may be singular."""
    scales = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scales[scales == 0.0] = 1.0
    values, vectors = np.linalg.eigh(covariance / np.outer(scales, scales))
    return scales[:, None] * vectors * np.sqrt(np.maximum(values, 0.0))
