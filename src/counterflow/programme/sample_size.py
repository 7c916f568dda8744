"""Sample size: how many respondents a stated precision takes, by simulating and refitting them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.errors import InputError, NotIdentifiedError, Problem
from counterflow.domain.mismatch import quoted
from counterflow.domain.random_streams import random_stream
from counterflow.survey.design.check import check_same_levels
from counterflow.survey.design.precision import NEVER, respondents_for
from counterflow.survey.design.simulated_choices import simulated_choices, utility_of_columns
from counterflow.survey.design.specification import DesignSpecification

_MOST_ROUNDS = 6


@dataclass(frozen=True)
class Trial:
    """What refits of so many simulated respondents came to."""

    n_respondents: int
    standard_errors: Mapping[str, float]
    """Standard deviation of the fitted coefficient over replications."""
    n_not_fitted: int
    """Replications whose choices could not tell all coefficients apart."""


@dataclass(frozen=True, kw_only=True)
class SampleSize:
    """How many respondents bring each standard error down to what is wanted.

    Parameters
    ----------
    n_respondents
        The smallest number tried that does.
    status
        "found", or "not reached" where even the most that was allowed does not.
    by_information
        The number that the design's information promises without simulation, for comparison.
    trials
        What was tried, in order.
    relative_error
        Standard error of a simulated standard error, relative: 1 / sqrt(2 (B - 1)) of B
        replications.
    method
        What was simulated, in words.
    """

    n_respondents: int
    status: str
    wanted: Mapping[str, float]
    by_information: int
    trials: tuple[Trial, ...]
    relative_error: float
    method: str

    def as_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return asdict(self)


def sample_size(
    design: ChoiceDesign,
    spec: DesignSpecification,
    *,
    standard_errors: Mapping[str, float],
    people_differ: bool = True,
    n_replications: int = 50,
    most_respondents: int = 20_000,
    seed: int = 1,
) -> SampleSize:
    """Return how many respondents give the standard errors that are wanted, by simulation.

    Respondents are drawn from the prior, answer the design, and a multinomial logit is fitted to
    their choices, anew in each replication; the standard error is the spread of the fits. Numbers
    are tried from what the design's information promises, until one is enough.

    Parameters
    ----------
    design, spec
        The design, and what it is for.
    standard_errors
        What is wanted, by coefficient label.
    people_differ
        Whether each respondent is a draw of the prior (tastes that differ), or all have its mean.
    n_replications
        Fits for each number of respondents.
    most_respondents
        Numbers beyond this are not tried.
    seed
        Where the random numbers start.

    Raises
    ------
    InputError
        If a label is unknown, a precision is not above 0, or a design cannot tell coefficients
        apart at all.
    """
    check_same_levels(design, spec)
    _check_wanted(standard_errors, spec.coding.labels)
    by_information = respondents_for(spec, design.codes, standard_errors)
    _check_identified(by_information)
    tried = _Simulation(design, spec, people_differ, n_replications, seed)
    trials: list[Trial] = []
    n, status = max(by_information, 2), "not reached"
    while len(trials) < _MOST_ROUNDS and n <= most_respondents:
        trials.append(tried.trial(n, len(trials)))
        shortfall = _shortfall(trials[-1], standard_errors)
        if shortfall <= 1.0:
            status = "found"
            break
        n = max(n + 1, math.ceil(n * shortfall))
    enough = [t.n_respondents for t in trials if _shortfall(t, standard_errors) <= 1.0]
    return SampleSize(
        n_respondents=min(enough) if enough else min(n, most_respondents),
        status=status,
        wanted=dict(standard_errors),
        by_information=by_information,
        trials=tuple(trials),
        relative_error=1.0 / math.sqrt(2.0 * (n_replications - 1)),
        method=f"{n_replications} times: respondents who "
        f"{'differ as the prior says' if people_differ else 'all have the mean of the prior'}, "
        "their choices, and a multinomial logit fitted to them",
    )


class _Simulation:
    """Replications of the same survey, each a pure function of the seed and its number."""

    def __init__(
        self,
        design: ChoiceDesign,
        spec: DesignSpecification,
        people_differ: bool,
        n_replications: int,
        seed: int,
    ) -> None:
        if n_replications < 10:
            problem = Problem("10 replications or more", str(n_replications), key="n_replications")
            raise InputError([problem])
        self._design, self._spec, self._seed = design, spec, seed
        self._people_differ, self._n_replications = people_differ, n_replications
        self._model = MultinomialLogit(utility=utility_of_columns(spec))

    def trial(self, n_respondents: int, number: int) -> Trial:
        fits = []
        for b in range(self._n_replications):
            try:
                fits.append(self._fit(n_respondents, number * self._n_replications + b))
            except NotIdentifiedError:
                continue
        labels = self._spec.coding.labels
        spread = np.std(fits, axis=0, ddof=1) if len(fits) > 1 else np.full(len(labels), np.inf)
        n_not_fitted = self._n_replications - len(fits)
        return Trial(
            n_respondents, dict(zip(labels, map(float, spread), strict=True)), n_not_fitted
        )

    def _fit(self, n_respondents: int, number: int) -> Float[np.ndarray, " K"]:
        prior = self._spec.prior
        stream = random_stream(self._seed, "sample size: people", number)
        people = (
            prior.draws[stream.integers(len(prior.draws), size=n_respondents)]
            if self._people_differ
            else np.tile(prior.mean, (n_respondents, 1))
        )
        choices = simulated_choices(
            self._design, self._spec, people, seed=int(stream.integers(2**62))
        )
        result = self._model.fit(choices)
        if not result.is_converged:
            raise NotIdentifiedError(dict.fromkeys(result.labels, 0.0))
        return result.coefficients


def _shortfall(trial: Trial, wanted: Mapping[str, float]) -> float:
    """Return by which factor more respondents are needed; any failed fit asks for half more."""
    found = max((trial.standard_errors[label] / error) ** 2 for label, error in wanted.items())
    return max(found, 1.5) if trial.n_not_fitted else found


def _check_wanted(wanted: Mapping[str, float], labels: tuple[str, ...]) -> None:
    problems = [
        Problem(
            expected=f"a coefficient of the design, one of {', '.join(labels)}",
            found=quoted(label),
            key="standard_errors",
        )
        for label in wanted
        if label not in labels
    ]
    problems += [
        Problem("a standard error above 0", f"{error:g}", key=f"standard_errors.{label}")
        for label, error in wanted.items()
        if not error > 0
    ]
    if not wanted:
        problems.append(Problem("at least one coefficient", "none", key="standard_errors"))
    if problems:
        raise InputError(problems)


def _check_identified(by_information: int) -> None:
    if by_information >= NEVER:
        problem = Problem(
            expected="a design that tells all coefficients apart",
            found="one that does not, whoever answers",
            key="design",
            advice="Make it with more tasks or versions, or fewer interactions.",
        )
        raise InputError([problem])
