"""How well a fitted model predicts choices that it has not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.fitted_model import FittedModel
from counterflow.domain.choice_data import ChoiceData


@dataclass(frozen=True, kw_only=True)
class HoldoutFit:
    """How well the choices of some tasks were predicted; tasks count alike."""

    n_tasks: int
    log_likelihood: float
    """Of all choices of each person together: what is common to them counts."""
    null_log_likelihood: float
    """Of choices at random."""
    log_score: float
    """Mean over tasks of the logarithm of the chosen alternative's probability."""
    hit_rate: float
    """Share of tasks in which the likeliest alternative was chosen; ties share the hit."""
    brier: float
    """Mean over tasks of sum_j (P_j - y_j)^2: 0 for certainty that was right, 2 if wrong."""

    @property
    def per_task(self) -> float:
        """Return the log-likelihood a task."""
        return self.log_likelihood / self.n_tasks

    @property
    def rho_squared(self) -> float:
        """Return 1 - L / L0 out of sample; below 0 is worse than choosing at random."""
        return 1.0 - self.log_likelihood / self.null_log_likelihood

    @classmethod
    def pooled(cls, parts: list[HoldoutFit]) -> HoldoutFit:
        """Return the fit of several holdouts together."""
        n = sum(part.n_tasks for part in parts)
        return cls(
            n_tasks=n,
            log_likelihood=sum(part.log_likelihood for part in parts),
            null_log_likelihood=sum(part.null_log_likelihood for part in parts),
            **{
                name: sum(part.n_tasks * getattr(part, name) for part in parts) / n
                for name in ("log_score", "hit_rate", "brier")
            },
        )

    def as_dict(self) -> dict[str, int | float]:
        """Return the figures by name."""
        return asdict(self)


def holdout(fitted: FittedModel, data: ChoiceData) -> HoldoutFit:
    """Return how well the model predicts choices of people whom it has not seen.

    Notes
    -----
    The Brier score is that of several categories (Brier, Monthly Weather Review 78, 1950). It and
    the logarithmic score are proper: no forecast beats the true probabilities on average.
    """
    log_likelihood = float(np.sum(fitted.person_log_likelihoods(data)))
    return holdout_of(fitted.probabilities(data), data, log_likelihood=log_likelihood)


def holdout_of_known(fitted: FittedModel, data: ChoiceData, history: ChoiceData) -> HoldoutFit:
    """Return how well the model predicts further choices of people whose `history` it knows.

    Raises
    ------
    TypeError
        If the model does not know people; `holdout` is for those.
    """
    of_known = getattr(fitted, "probabilities_of_known", None)
    if of_known is None:
        raise TypeError(
            "expected a model with people of their own (mixed logit, latent class, hierarchical "
            f"Bayes), found {type(fitted).__name__}. Use holdout."
        )
    return holdout_of(of_known(data, history), data)


def holdout_of(
    probabilities: Float[np.ndarray, " rows"],
    data: ChoiceData,
    *,
    log_likelihood: float | None = None,
) -> HoldoutFit:
    """Return how well these probabilities predict; tasks count as independent if not told.

    Examples
    --------
    Who knows nothing: ln 1/2 a task, and of two alternatives alike half are right.

    >>> table = {"who": [1, 1, 2, 2], "price": [1, 2, 2, 1], "took": [1, 0, 1, 0]}
    >>> data = ChoiceData.from_long(table, respondent="who", chosen="took", attributes=["price"])
    >>> found = holdout_of(np.full(4, 0.5), data)
    >>> round(found.per_task, 4), found.hit_rate, found.brier
    (-0.6931, 0.5, 0.5)
    """
    starts, chosen = np.asarray(data.task_starts), np.asarray(data.chosen_rows)
    sizes = np.diff(starts)
    best = np.repeat(np.maximum.reduceat(probabilities, starts[:-1]), sizes)
    # Alternatives alike but for rounding are a tie.
    is_best = probabilities >= best * (1.0 - 1e-12)
    hits = is_best[chosen] / np.add.reduceat(is_best.astype(float), starts[:-1])
    took = np.zeros(data.n_rows)
    took[chosen] = 1.0
    logs = np.log(np.maximum(probabilities[chosen], np.finfo(float).tiny))
    return HoldoutFit(
        n_tasks=data.n_tasks,
        log_likelihood=float(logs.sum()) if log_likelihood is None else log_likelihood,
        null_log_likelihood=float(-np.log(sizes).sum()),
        log_score=float(logs.mean()),
        hit_rate=float(hits.mean()),
        brier=float(np.sum((probabilities - took) ** 2) / data.n_tasks),
    )
