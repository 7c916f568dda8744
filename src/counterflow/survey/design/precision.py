"""How sure coefficients will be: standard errors and correlations expected from a design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int16

from counterflow.kernels import choice_design as kernel
from counterflow.survey.design.criteria import problem_of
from counterflow.survey.design.specification import DesignSpecification

NEVER = 2**62
"""More respondents than there are people."""


@dataclass(frozen=True)
class Precision:
    """How sure a coefficient will be of so many respondents, and what is believed of it now."""

    label: str
    prior_mean: float
    standard_error: float
    """Infinite where the design cannot tell the coefficient from others."""


def expected_precision(
    spec: DesignSpecification, codes: Int16[np.ndarray, "V T J A"], n_respondents: int
) -> tuple[Precision, ...]:
    """Return the standard error of each coefficient that `n_respondents` would give.

    Notes
    -----
    The root of the mean over the prior's draws of the diagonal of (n I)^-1, with I the information
    of one respondent of a multinomial logit, averaged over versions: what the inverse Hessian of a
    fit estimates. Where people differ, a multinomial logit says less than their number promises.
    """
    variances = _variances(spec, codes)
    errors = np.sqrt(variances / n_respondents)
    return tuple(
        Precision(label, float(mean), float(error))
        for label, mean, error in zip(spec.coding.labels, spec.prior.mean, errors, strict=True)
    )


def respondents_for(
    spec: DesignSpecification,
    codes: Int16[np.ndarray, "V T J A"],
    standard_errors: Mapping[str, float],
) -> int:
    """Return how many respondents bring each named standard error down to what is wanted.

    By the information of the design, without simulation; `NEVER` where no number does.
    """
    variances = dict(zip(spec.coding.labels, _variances(spec, codes), strict=True))
    needed = max(variances[label] / wanted**2 for label, wanted in standard_errors.items())
    return math.ceil(needed - 1e-9) if math.isfinite(needed) else NEVER


def largest_correlations(
    spec: DesignSpecification, codes: Int16[np.ndarray, "V T J A"], n: int
) -> tuple[tuple[str, str, float], ...]:
    """Return the n pairs of columns that tasks move together most, with their correlations.

    Columns are centred within tasks, as a choice compares what stands in one task:
    r = I_kl / sqrt(I_kk I_ll) of the information at zero coefficients.
    """
    information = kernel.informations(problem_of(spec, "d_zero"), codes)[0]
    scale = np.sqrt(np.diagonal(information))
    safe = np.where(scale > 0, scale, 1.0)
    correlations = information / np.outer(safe, safe)
    first, second = np.triu_indices(len(scale), k=1)
    order = np.argsort(-np.abs(correlations[first, second]), kind="stable")[:n]
    labels = spec.coding.labels
    return tuple(
        (labels[first[i]], labels[second[i]], float(correlations[first[i], second[i]]))
        for i in order
    )


def _variances(
    spec: DesignSpecification, codes: Int16[np.ndarray, "V T J A"]
) -> Float[np.ndarray, " K"]:
    information = kernel.informations(problem_of(spec, "d_bayesian"), codes)
    k = information.shape[1]
    if np.linalg.matrix_rank(information, hermitian=True).min() < k:
        return np.full(k, np.inf)
    return np.diagonal(np.linalg.inv(information), axis1=1, axis2=2).mean(axis=0)
