"""The bootstrap: refits to people drawn again from those who answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import CounterflowError
from counterflow.domain.progress import Report
from counterflow.domain.random_streams import random_stream
from counterflow.kernels.blocks import MapBlocks


class Failure(NamedTuple):
    """A replication that gave no estimate, and why."""

    replication: int
    reason: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Bootstrap:
    """Estimates of refits to resampled people; those that failed are listed, not hidden."""

    fitted: FittedModel
    """The fit to the people themselves."""
    replications: Float[np.ndarray, "S P"]
    """Parameters of the S refits that converged, in order."""
    failures: tuple[Failure, ...]
    seed: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.fitted.parameters.labels

    @property
    def covariance(self) -> Float[np.ndarray, "P P"]:
        """Return the covariance of the refits."""
        return np.atleast_2d(np.cov(self.replications.T))

    @property
    def parameters(self) -> ParameterEstimates:
        """Return the estimates of the fit with covariance "bootstrap" as the default."""
        return self.fitted.parameters.with_covariance("bootstrap", self.covariance)

    def standard_errors(self) -> Float[np.ndarray, " P"]:
        """Return the standard deviation of each parameter over refits."""
        return np.sqrt(np.diag(self.covariance))

    def intervals(self, level: float = 0.9) -> Float[np.ndarray, "P 2"]:
        """Return percentile intervals (Efron and Tibshirani, An Introduction ..., 1993, ch. 13)."""
        ends = [0.5 - level / 2.0, 0.5 + level / 2.0]
        return np.quantile(self.replications, ends, axis=0).T

    def summary(self) -> str:
        """Return the standard errors beside those of the fit, and what failed, as text."""
        n = len(self.replications) + len(self.failures)
        table = text_table(
            ("parameter", "estimate", "s.e.", "bootstrap s.e.", "5 %", "95 %"),
            [
                (label, *map(float, row))
                for label, *row in zip(
                    self.labels,
                    self.fitted.parameters.values,
                    self.fitted.parameters.standard_errors(),
                    self.standard_errors(),
                    *self.intervals().T,
                    strict=True,
                )
            ],
        )
        failed = [f"replication {i} failed: {reason}" for i, reason in self.failures]
        return "\n".join((f"Bootstrap of people: {len(self.replications)} of {n}", table, *failed))


def bootstrap(
    model: Estimator,
    data: ChoiceData,
    *,
    n_replications: int = 200,
    seed: int = 0,
    map_blocks: MapBlocks = map,
    report: Report | None = None,
) -> Bootstrap:
    """Return refits of `model` to as many people, drawn with replacement from those of `data`.

    People are drawn, not choices: all choices of a person stay together, as in the clustered
    standard errors. Where the model has a parameter `start`, refits start from the estimate.

    Parameters
    ----------
    model
        A specification; it is copied, and remembers nothing of this.
    data
        Choices.
    n_replications
        Refits; 200 are enough for standard errors, 1,000 for percentile intervals.
    seed
        Where the random numbers start. Replication i is the same whatever their number.
    map_blocks
        Where refits run: `ThreadRunner().map` for threads.
    report
        Told of progress.

    Raises
    ------
    ValueError
        If fewer than two refits converge; the message counts the reasons.

    Notes
    -----
    Efron (Annals of Statistics 7, 1979); over clusters, Cameron and Miller (Journal of Human
    Resources 50, 2015), section VI.
    """
    fitted = model.copy().fit(data)
    again = model.copy(**_warm(model, fitted))
    work = partial(_refit, again, data, fitted.parameters.labels, seed)
    found = list(_told(map_blocks(work, list(range(n_replications))), n_replications, report))
    good = [estimate for estimate in found if not isinstance(estimate, Failure)]
    failures = tuple(failure for failure in found if isinstance(failure, Failure))
    if len(good) < 2:
        reasons = sorted({failure.reason for failure in failures})
        raise ValueError(
            f"expected two refits or more to converge, found {len(good)} of {n_replications}: "
            + "; ".join(reasons)
        )
    return Bootstrap(fitted=fitted, replications=np.array(good), failures=failures, seed=seed)


def resampled(n_people: int, seed: int, replication: int) -> Int[np.ndarray, " N"]:
    """Return whom a replication takes: as many as there are, drawn with replacement.

    Examples
    --------
    >>> resampled(5, seed=1, replication=0).shape
    (5,)
    """
    return random_stream(seed, "bootstrap", replication).integers(0, n_people, n_people)


def _refit(
    model: Estimator, data: ChoiceData, labels: tuple[str, ...], seed: int, replication: int
) -> Float[np.ndarray, " P"] | Failure:
    sample = data.take_respondents(resampled(data.n_respondents, seed, replication))
    try:
        # A copy, because the specification remembers its latest fit and threads would share it.
        fitted = model.copy().fit(sample)
    except (CounterflowError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Failure(replication, f"{type(error).__name__}: {error}")
    if fitted.status != "converged":
        return Failure(replication, f"status {fitted.status}")
    if fitted.parameters.labels != labels:
        return Failure(replication, "other parameters: a level that nobody was shown")
    return fitted.parameters.values


def _warm(model: Estimator, fitted: FittedModel) -> dict[str, Any]:
    """Return the estimate as the start, where the model takes one."""
    if "start" not in model.get_params(deep=False):
        return {}
    return {"start": fitted.parameters.as_dict()}


def _told(results: Any, n: int, report: Report | None) -> Iterator[Any]:
    for i, result in enumerate(results, start=1):
        if report is not None:
            report(i / n, f"replication {i} of {n}")
        yield result
