"""How many classes: latent class logits with one class, two, and so on, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Int

from counterflow.choice.latent_class import LatentClassLogit
from counterflow.choice.latent_class_result import LatentClassResult
from counterflow.choice.respondent_design import respondent_weights
from counterflow.choice.text_table import text_table
from counterflow.choice.validation import folds_of
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks

Criterion = Literal["aic", "bic", "caic", "holdout_log_likelihood"]


@dataclass(frozen=True, kw_only=True)
class ClassCount:
    """How a latent class logit with so many classes fits."""

    n_classes: int
    log_likelihood: float
    n_parameters: int
    aic: float
    bic: float
    caic: float
    entropy_r2: float
    """How well respondents are told apart: 1 if surely, 0 if not at all."""
    smallest_share: float
    holdout_log_likelihood: float
    """Of all choices of people that a fit to others had not seen; NaN if that was not asked for."""
    n_at_best: int
    """How many of the starts that were followed to the end reached this maximum."""
    status: str

    def as_dict(self) -> dict[str, float | str]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassCounts:
    """Latent class logits that differ in the number of classes, fewest first."""

    counts: tuple[ClassCount, ...]
    fits: tuple[LatentClassResult, ...]

    def best(self, by: Criterion = "bic") -> LatentClassResult:
        """Return the fit that is best by a criterion, among those that converged.

        BIC and CAIC are the usual ones; AIC tends to too many classes. A fit whose status is
        not "converged" is none to choose: look at its message.

        Raises
        ------
        ValueError
            If none converged, or no log-likelihood of people left out was asked for.
        """
        sign = -1.0 if by == "holdout_log_likelihood" else 1.0
        values = [
            sign * getattr(count, by) if count.status == "converged" else np.inf
            for count in self.counts
        ]
        if np.isnan(values).any() or not np.isfinite(values).any():
            raise ValueError(
                f"expected a {by} of some number of classes whose fit converged, found none: "
                + "; ".join(f"{c.n_classes} {c.status}" for c in self.counts)
            )
        return self.fits[int(np.argmin(values))]

    def summary(self) -> str:
        """Return the table, and in words what is wrong with fits that did not converge."""
        header = (
            "classes", "log-likelihood", "parameters", "AIC", "BIC", "CAIC", "entropy R2",
            "smallest share", "left out", "starts", "status",
        )  # fmt: skip
        rows = [
            (
                f"{c.n_classes}",
                f"{c.log_likelihood:.2f}",
                f"{c.n_parameters}",
                f"{c.aic:.1f}",
                f"{c.bic:.1f}",
                f"{c.caic:.1f}",
                f"{c.entropy_r2:.3f}",
                f"{c.smallest_share:.3f}",
                "" if np.isnan(c.holdout_log_likelihood) else f"{c.holdout_log_likelihood:.2f}",
                f"{c.n_at_best} of {len(fit.search.maxima)}",
                c.status,
            )
            for c, fit in zip(self.counts, self.fits, strict=True)
        ]
        wrong = [f"{x.n_classes} classes: {x.message}" for x in self.fits if x.message]
        return "\n".join((text_table(header, rows), *wrong))


def choose_n_classes(
    data: ChoiceData,
    n_classes: Sequence[int] = range(1, 6),
    model: LatentClassLogit | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
    report: Report | None = None,
    map_blocks: MapBlocks = map,
) -> ClassCounts:
    """Return fits with these numbers of classes, with the usual criteria to choose by.

    Parameters
    ----------
    data
        Choices.
    n_classes
        Numbers of classes to compare.
    model
        The specification but for the number of classes; `LatentClassLogit()` if absent.
    n_folds
        Parts into which respondents are cut; each is predicted by a fit to the others that starts
        from the fit to all. 0 leaves this out.
    seed
        Says who is in which part.
    report, map_blocks
        As for `LatentClassLogit.fit`.

    Raises
    ------
    InputError
        If `n_folds` is 1, or more than there are respondents, or no number of classes is given.

    Notes
    -----
    Likelihood-ratio tests do not apply: under fewer classes a share lies on the edge of what it
    can be (McLachlan and Peel, Finite Mixture Models, 2000, section 6.4).
    """
    _check(data, n_classes, n_folds)
    base = replace(model or LatentClassLogit(), start=None)
    numbers = sorted(set(n_classes))
    folds = (
        folds_of(data.n_respondents, n_folds=n_folds, seed=seed, purpose="latent class folds")
        if n_folds
        else []
    )
    counts, fits = [], []
    for i, number in enumerate(numbers):
        if report is not None:
            report(i / len(numbers), f"{number} classes")
        fit = replace(base, n_classes=number).fit(data, map_blocks=map_blocks)
        left_out = _holdout(replace(base, n_classes=number), fit, data, folds, map_blocks)
        fits.append(fit)
        counts.append(_count(fit, left_out))
    return ClassCounts(counts=tuple(counts), fits=tuple(fits))


def _check(data: ChoiceData, n_classes: Sequence[int], n_folds: int) -> None:
    problems = []
    if not n_classes:
        problems.append(Problem(expected="numbers of classes", found="none", key="n_classes"))
    if n_folds != 0 and not 2 <= n_folds <= data.n_respondents:
        expected = f"0, or 2 to {data.n_respondents} parts of the respondents"
        problems.append(Problem(expected=expected, found=str(n_folds), key="n_folds"))
    if problems:
        raise InputError(problems)


def _holdout(
    model: LatentClassLogit,
    fit: LatentClassResult,
    data: ChoiceData,
    folds: Sequence[Int[np.ndarray, ...]],
    map_blocks: MapBlocks,
) -> float:
    """Return the log-likelihood of everybody's choices, each predicted without them."""
    if not folds:
        return float("nan")
    again = replace(model, start=fit.parameters.as_dict())
    return sum(_left_out(again, data, folds, map_blocks))


def _left_out(
    model: LatentClassLogit,
    data: ChoiceData,
    folds: Sequence[Int[np.ndarray, ...]],
    map_blocks: MapBlocks,
) -> Iterator[float]:
    for part in folds:
        others = np.setdiff1d(np.arange(data.n_respondents), part)
        fit = model.fit(data.take_respondents(others), map_blocks=map_blocks)
        seen_first = data.take_respondents(part)
        weights = respondent_weights(seen_first, use_weights=model.use_weights)
        yield float(np.sum(weights * fit.person_log_likelihoods(seen_first)))


def _count(fit: LatentClassResult, left_out: float) -> ClassCount:
    return ClassCount(
        n_classes=fit.n_classes,
        log_likelihood=fit.log_likelihood,
        n_parameters=fit.parameters.n_free,
        aic=fit.aic,
        bic=float(fit.bic),
        caic=float(fit.caic),
        entropy_r2=fit.entropy_r2,
        smallest_share=float(fit.class_shares.min()),
        holdout_log_likelihood=left_out,
        n_at_best=fit.search.n_at_best,
        status=fit.status,
    )
