"""Likelihood ratio tests: how much fit a restriction costs."""

from __future__ import annotations

import re

import numpy as np
from scipy.special import chdtrc

from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.inference.hypothesis_test import HypothesisTest

_SPREAD = re.compile(r"^(?:sd|span)\(.+\)$|^factor\((.+), \1\)$")
"""How parameters are called that say how much a coefficient varies over people."""


def likelihood_ratio_test(
    restricted: FittedModel, full: FittedModel, *, n_variances_at_zero: int | None = None
) -> HypothesisTest:
    """Return the test that the restrictions of one model, as against the other, are true.

    Parameters
    ----------
    restricted, full
        Two models fitted to the same choices, the first a special case of the second.
    n_variances_at_zero
        How many of the restrictions set a variance to zero, its lowest possible value. Counted
        from the labels of the parameters, `sd(price)` and so on, if absent.

    Raises
    ------
    ValueError
        If the models saw different choices or weighted them differently, are no maxima of a
        likelihood, or the full one has no more parameters.

    Notes
    -----
    2 (L_full - L_restricted) is chi-squared with as many degrees of freedom as restrictions q
    (Train 2009, section 3.8.2). A variance of zero lies on the boundary: in half of the samples in
    which it is zero, so is its estimate. With one such restriction the statistic is chi-squared of
    q - 1 and of q degrees of freedom in equal parts (Self and Liang, JASA 82, 1987, case 5; Stram
    and Lee, Biometrics 50, 1994). With more than one the weights depend on the model. The p-value
    is then that of chi-squared of q degrees of freedom, which is too high if anything.
    """
    _check_comparable(restricted, full)
    statistic = 2.0 * (full.log_likelihood - restricted.log_likelihood)
    q = full.parameters.n_free - restricted.parameters.n_free
    n_variances = n_variances_at_zero
    if n_variances is None:
        n_variances = _n_spreads(full) - _n_spreads(restricted)
    reached = max(statistic, 0.0)
    p_value = _mixed(q, reached) if n_variances == 1 else float(chdtrc(q, reached))
    return HypothesisTest(
        name="likelihood ratio",
        hypothesis=f"{_name(restricted)} within {_name(full)}",
        statistic=statistic,
        degrees_of_freedom=q,
        p_value=p_value,
        notes=tuple(_notes(restricted, full, statistic, n_variances, q)),
    )


def _mixed(q: int, statistic: float) -> float:
    below = float(chdtrc(q - 1, statistic)) if q > 1 else float(statistic <= 0.0)
    return 0.5 * (below + float(chdtrc(q, statistic)))


def _check_comparable(restricted: FittedModel, full: FittedModel) -> None:
    for fitted in (restricted, full):
        if np.isnan(getattr(fitted, "gradient_norm", 0.0)):
            raise ValueError(
                "expected models fitted by maximum likelihood, found a "
                f"{type(fitted).__name__}, whose log-likelihood is a mean over draws"
            )
    if restricted.data_hash != full.data_hash:
        raise ValueError(
            "expected two models of the same choices, found different data "
            f"({restricted.data_hash[:8]} and {full.data_hash[:8]}). Fit both to the same data."
        )
    weighted = [getattr(fitted.model, "use_weights", False) for fitted in (restricted, full)]
    if weighted[0] != weighted[1]:
        raise ValueError(
            "expected both models with weights or both without, found use_weights "
            f"{weighted[0]} and {weighted[1]}"
        )
    few, many = restricted.parameters.n_free, full.parameters.n_free
    if few >= many:
        raise ValueError(
            f"expected the second model to have more parameters, found {few} and {many}. "
            "The restricted model comes first."
        )


def _notes(
    restricted: FittedModel, full: FittedModel, statistic: float, n_variances: int, q: int
) -> list[str]:
    notes = [
        f"{_name(fitted)} is {fitted.status}: its log-likelihood is not the maximum."
        for fitted in (restricted, full)
        if fitted.status != "converged"
    ]
    if statistic < 0.0:
        notes.append("The full model fits worse: it was not maximised, or is not the wider one.")
    if n_variances == 1:
        notes.append(
            f"A variance of zero is on the boundary: p is of half chi2({q - 1}), half chi2({q})."
        )
    if n_variances > 1:
        notes.append(
            f"{n_variances} variances of zero are on the boundary: the true p is lower than this."
        )
    if held := full.parameters.at_bound:
        notes.append(f"On a bound in the full model: {', '.join(held)}. The p-value is not exact.")
    if any(getattr(fitted.model, "use_weights", False) for fitted in (restricted, full)):
        notes.append("With sampling weights the statistic is not chi-squared: use wald_test.")
    return notes


def _n_spreads(fitted: FittedModel) -> int:
    return sum(_SPREAD.match(label) is not None for label in fitted.parameters.labels)


def _name(fitted: FittedModel) -> str:
    n_free = fitted.parameters.n_free
    return f"{type(fitted.model).__name__} with {n_free} parameter{'' if n_free == 1 else 's'}"
