"""Wald tests: how many standard errors the estimates lie from a hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from counterflow.choice.inference.hypothesis_test import HypothesisTest
from counterflow.choice.inference.restrictions import LinearRestrictions, Restrictions
from counterflow.choice.parameter_estimates import CovarianceKind, ParameterEstimates

_DEPENDENT = 1e-10


def wald_test(
    estimates: ParameterEstimates,
    restrictions: Restrictions,
    *,
    kind: CovarianceKind | None = None,
) -> HypothesisTest:
    """Return the Wald test of linear restrictions on parameters.

    Parameters
    ----------
    estimates
        The parameters of a fitted model: `fitted.parameters`.
    restrictions
        By label, `{"hiperf - medhiperf": 0}` or `["hiperf = medhiperf", "ev = 2 hybrid"]`; or a
        matrix and the values of its product with the parameters.
    kind
        Which covariance of the estimator; its default if absent.

    Raises
    ------
    InputError
        If a restriction cannot be read; the error lists the labels.
    ValueError
        If restrictions repeat one another, or say nothing about a parameter that was estimated.

    Notes
    -----
    W = (R b - r)' (R V R')^-1 (R b - r) is chi-squared with as many degrees of freedom as
    restrictions (Greene, Econometric Analysis, 7th ed. 2012, section 14.6.2).

    Examples
    --------
    Two independent coefficients of standard error 0.3 and 0.4 that differ by 1, so that their
    difference is 1 / 0.5 = 2 standard errors:

    >>> estimates = ParameterEstimates(labels=("a", "b"), values=np.array([1.5, 0.5]),
    ...     covariances={"clustered": np.diag([0.09, 0.16])}, free_labels=("a", "b"))
    >>> round(wald_test(estimates, {"a - b": 0}).statistic, 10)
    4.0
    """
    asked = LinearRestrictions.of(restrictions, estimates.labels)
    distance = asked.matrix @ estimates.values - asked.values
    covariance = asked.matrix @ estimates.covariance(kind) @ asked.matrix.T
    scales = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scales, scales) if scales.all() else covariance * 0.0
    if np.linalg.eigvalsh(correlation)[0] < _DEPENDENT:
        raise ValueError(
            "expected restrictions that are independent and say something about parameters that "
            f"were estimated ({', '.join(estimates.free_labels)}), found {asked.words}"
        )
    standard = distance / scales
    statistic = float(standard @ np.linalg.solve(correlation, standard))
    return HypothesisTest(
        name="Wald",
        hypothesis=asked.words,
        statistic=statistic,
        degrees_of_freedom=len(asked.values),
        p_value=float(chdtrc(len(asked.values), statistic)),
    )


def equality_test(
    estimates: ParameterEstimates, labels: Sequence[str], *, kind: CovarianceKind | None = None
) -> HypothesisTest:
    """Return the Wald test that these parameters are all the same.

    Examples
    --------
    >>> estimates = ParameterEstimates(labels=("a", "b"), values=np.array([1.5, 0.5]),
    ...     covariances={"clustered": np.diag([0.09, 0.16])}, free_labels=("a", "b"))
    >>> print(equality_test(estimates, ["a", "b"]))
    Wald test of a = b: chi2(1) = 4, p = 0.0455
    """
    if len(labels) < 2:
        raise ValueError(f"expected two parameters or more, found {list(labels)}")
    first = labels[0]
    return wald_test(estimates, [f"`{first}` = `{other}`" for other in labels[1:]], kind=kind)
