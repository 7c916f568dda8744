"""Random responders: fit the population to the answers, then try each respondent against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from counterflow.choice.hierarchical_bayes import HierarchicalBayes, HierarchicalBayesResult
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import CounterflowError
from counterflow.domain.programme import Programme
from counterflow.domain.questionnaire import QualityLimits
from counterflow.domain.random_streams import random_stream
from counterflow.domain.settings import HierarchicalEstimation
from counterflow.survey.quality.random_answers import RandomAnswers, likelihood_test

FEWEST_RESPONDENTS = 50
"""Of fewer people no population is learnt that could tell one of them from chance."""
_MOST_FITTED = 1_000
_LIKELY = 0.5
_N_PEOPLE = 512
"""Drawn from the population, for the likelihood and for trying the test."""


@dataclass(frozen=True, eq=False)
class RandomResponders:
    """The verdict of the likelihood test, or the reason why there is none."""

    is_flagged: Bool[np.ndarray, " N"]
    probability: Float[np.ndarray, " N"]
    test: RandomAnswers | None
    not_done: str = ""
    population: dict[str, Any] = field(default_factory=dict)

    def reason(self, n: int) -> str:
        """Return in words what is said of respondent n."""
        assert self.test is not None, "only a test flags somebody"
        p, probability = self.test.p_values[n], self.probability[n]
        return (
            f"of those who answer at random {p:.0%} do as well or better; "
            f"random with probability {probability:.2f}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what was found over all respondents as JSON values."""
        if self.test is None:
            return {"status": "not_done", "reason": self.not_done}
        return {"status": "done", **self.test.as_dict(), "population": self.population}


def find_random_responders(
    programme: Programme,
    data: ChoiceData,
    is_flagged: Bool[np.ndarray, " N"],
    limits: QualityLimits,
) -> RandomResponders:
    """Return who answers as if at random, by a population that is learnt from the unflagged.

    The population is a normal over people with a full covariance (lognormal where a sign is
    known), by a short run of hierarchical Bayes on at most 1,000 respondents. A rough fit is
    enough: it decides how many honest respondents pass, and not how many random ones do. Where
    some answers are likelier random than not, the population is learnt again without them: as part
    of it they would make it look as if anything could be preferred.
    """
    try:
        found = _against_population(programme, data, ~is_flagged, limits)
        careful = ~is_flagged & (found.probability <= _LIKELY)
        if careful.sum() < (~is_flagged).sum():
            found = _against_population(programme, data, careful, limits)
    except (CounterflowError, _TooFewError) as error:
        n = data.n_respondents
        return RandomResponders(np.zeros(n, dtype=bool), np.zeros(n), None, not_done=str(error))
    return found


class _TooFewError(ValueError):
    """There are not enough respondents to learn a population from."""


def _against_population(
    programme: Programme,
    data: ChoiceData,
    is_learnt_from: Bool[np.ndarray, " N"],
    limits: QualityLimits,
) -> RandomResponders:
    """Return how everybody's answers look beside a population learnt from some."""
    learnt_from = np.flatnonzero(is_learnt_from)
    if len(learnt_from) < FEWEST_RESPONDENTS:
        raise _TooFewError(
            f"{len(learnt_from)} respondents to learn from, {FEWEST_RESPONDENTS} needed"
        )
    evenly = np.linspace(0, len(learnt_from) - 1, min(len(learnt_from), _MOST_FITTED))
    sample = data.take_respondents(learnt_from[evenly.astype(np.int64)])
    coding = UtilityCoding.of(programme.attributes, has_outside=data.has_outside)
    seed = programme.seeds.estimation
    fitted = _model(programme, coding, seed).fit(sample)
    test = likelihood_test(
        data,
        coding,
        _people(fitted, seed),
        level=limits.random_responder_level,
        seed=seed,
    )
    about = {
        "model": "hb",
        "n_respondents": sample.n_respondents,
        "log_likelihood": fitted.log_likelihood,
        "null_log_likelihood": fitted.null_log_likelihood,
        "seed": seed,
    }
    return RandomResponders(test.is_flagged, test.probability, test, population=about)


def _model(programme: Programme, coding: UtilityCoding, seed: int) -> HierarchicalBayes:
    settings = programme.estimation
    signs = settings.signs if isinstance(settings, HierarchicalEstimation) else {}
    return HierarchicalBayes(
        coding,
        signs=signs,
        n_chains=1,
        n_burn_in=500,
        n_sweeps=500,
        n_draws=_N_PEOPLE // 8,
        seed=seed,
    )


def _people(fitted: HierarchicalBayesResult, seed: int) -> Float[np.ndarray, "R K"]:
    """Return the coefficients of people whom nobody has met, some from each draw."""
    population = fitted.population
    factors = np.linalg.cholesky(population.covariances)
    each = _N_PEOPLE // len(factors)
    z = random_stream(seed, "people of the likelihood test").standard_normal(
        (each, *factors.shape[:2])
    )
    latents = population.means + np.einsum("skl,esl->esk", factors, z)
    return population.coefficients_of(latents).reshape(each * len(factors), -1)
