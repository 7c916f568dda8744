"""A fitted mixed logit: its parameters, the population, every respondent, and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted import Fitted
from counterflow.choice.individual import IndividualPartWorths
from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.choice.mixed_population import Moments, covariance, moments
from counterflow.choice.mixed_prediction import (
    MixedPredictor,
    individual_part_worths,
    likelihood_of,
    predicted,
)
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.choice.simulation_error import SimulationError
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.combination import combination_in_words
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.utility import Utility
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.mixed_predictions import Predictions

MOMENT_DRAWS = 1_000
"""Draws of the parameters behind intervals of moments over people."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedLogitResult(Fitted):
    """A mixed logit in the units of the data.

    `status` is "converged", "iteration_limit" or "stalled"; "not_identified" where the choices say
    nothing about the combination `flat` of parameters; or "separated" where the combination
    `separating` of coefficients, in units of typical differences within a task, predicts choices so
    well that the likelihood rises without end as it grows. Their figures then mean nothing.
    """

    model: Estimator
    predictor: MixedPredictor
    parameters: ParameterEstimates
    log_likelihood: float
    multinomial_log_likelihood: float
    """Of the multinomial logit, where everybody has the same coefficients."""
    null_log_likelihood: float
    simulation_error: SimulationError
    start_log_likelihoods: tuple[float, ...]
    """Of the maximum that was reached from each start."""
    gradient_norm: float
    n_iterations: int
    status: Literal["converged", "iteration_limit", "stalled", "not_identified", "separated"]
    flat: Mapping[str, float]
    separating: Mapping[str, float]
    n_respondents: int
    n_tasks: int
    n_alternatives: int
    data_hash: str

    @property
    def utility(self) -> Utility:
        """Return how attributes enter utility."""
        return self.predictor.utility

    @property
    def layout(self) -> MixedParameters:
        """Return what each parameter stands for."""
        return self.predictor.layout

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.layout.labels

    def moments(self, parameters: Float[np.ndarray, " P"] | None = None) -> Moments:
        """Return mean, sd, median and share above 0 of each coefficient over people."""
        return moments(self.layout, self.parameters.or_given(parameters))

    def correlation(
        self, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, "D D"]:
        """Return the correlation over people of the normals behind the D random coefficients."""
        varying = self.layout.varying
        whole = covariance(self.layout, self.parameters.or_given(parameters))
        found = whole[np.ix_(varying, varying)]
        scales = np.sqrt(np.diag(found))
        return found / np.outer(scales, scales)

    def moment_intervals(self, level: float = 0.9, seed: int = 0) -> tuple[Moments, Moments]:
        """Return low and high ends of the intervals of the moments (Krinsky and Robb 1986)."""
        draws = [moments(self.layout, x) for x in self.parameters.draws(MOMENT_DRAWS, seed)]
        tails = ((1.0 - level) / 2.0, (1.0 + level) / 2.0)
        low, high = (
            Moments(
                *(
                    np.quantile(np.stack(values), tail, axis=0)
                    for values in zip(*draws, strict=True)
                )
            )
            for tail in tails
        )
        return low, high

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities of people not met before: the mean over the population."""
        return self._predicted(data, parameters).probabilities

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative, the mean over the population."""
        return self._predicted(data, parameters).logsums

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum over minus the coefficient of `price`, person by person, then the mean.

        Infinite where a share of people has a price coefficient of zero: give it a distribution
        that stays below zero ("negative lognormal").

        Raises
        ------
        InputError
            If `price` is no coefficient.
        """
        return self._predicted(data, parameters, price).surpluses

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each respondent of `data`."""
        theta = self.parameters.or_given(parameters)
        return likelihood_of(self.predictor, data, theta).slope(theta).by_person

    def individual(
        self,
        data: ChoiceData,
        n_draws: int = 0,
        seed: int = 0,
        parameters: Float[np.ndarray, " P"] | None = None,
        map_blocks: MapBlocks = map,
    ) -> IndividualPartWorths:
        """Return the posterior of each respondent's coefficients, given the choices in `data`.

        Notes
        -----
        The density of a person's coefficients given the choices is proportional to
        P(choices | beta) f(beta) (Revelt and Train 2000; Train 2009, section 11.3).
        """
        return individual_part_worths(
            self.predictor,
            data,
            self.parameters.or_given(parameters),
            n_draws=n_draws,
            seed=seed,
            map_blocks=map_blocks,
        )

    def probabilities_of_known(
        self, data: ChoiceData, history: ChoiceData
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities in `data` of people whose choices in `history` are known.

        Respondents are matched by their ids; LabelMismatchError if some have no history.
        """
        return predicted(
            self.predictor, data, self.parameters.values, history=history
        ).probabilities

    def part_worths(
        self, data: ChoiceData, n_draws: int, seed: int, map_blocks: MapBlocks = map
    ) -> PartWorths:
        """Return S draws of every respondent's coefficients, for markets and lines of products.

        Each draw takes other parameters from their estimator's distribution, then coefficients
        from each person's posterior at these: what the sample leaves unknown of the population
        and of every person.
        """
        draws = np.empty((n_draws, data.n_respondents, self.layout.n_means), dtype=np.float32)
        for s, theta in enumerate(self.parameters.draws(n_draws, seed)):
            found = self.individual(data, 1, seed + s, theta, map_blocks)
            draws[s] = found.draws[0]
        if self.layout.money >= 0:
            others = np.arange(self.layout.n_means) != self.layout.money
            draws[:, :, others] *= -draws[:, :, [self.layout.money]]
        return PartWorths(
            draws=draws,
            coding=self.utility,  # type: ignore[arg-type]
            respondent_ids=tuple(map(str, data.respondent_ids)),
            weights=np.array(data.weights, dtype=float),
            provenance={
                "model": "mixed_logit",
                "status": self.status,
                "seed": seed,
                "data": self.data_hash,
                "use_weights": bool(self.model.get_params()["use_weights"]),
            },
        )

    def summary(self) -> str:
        """Return the fit, the parameters and the population as text."""
        return "\n".join((*self._headline(), self._parameter_table(), "", self._moment_table()))

    def _predicted(
        self,
        data: ChoiceData,
        parameters: Float[np.ndarray, " P"] | None,
        price: str | None = None,
    ) -> Predictions:
        theta = self.parameters.or_given(parameters)
        return predicted(self.predictor, data, theta, price=price)

    def _headline(self) -> list[str]:
        error = self.simulation_error
        flat = combination_in_words(self.flat)
        endless = combination_in_words(self.separating)
        lines = [
            f"Mixed logit: {self.status} after {self.n_iterations} iterations, "
            f"{self.gradient_norm:.1e} standard errors from the maximum",
            *([f"the choices say nothing about {flat}"] if flat else []),
            *([f"separated by {endless}: figures mean nothing"] if endless else []),
            f"{self.n_respondents} respondents, {self.n_tasks} tasks, "
            f"{self.n_alternatives} alternatives",
            f"log-likelihood {self.log_likelihood:.3f} (simulation error "
            f"{error.log_likelihood_error:.2f}; multinomial logit "
            f"{self.multinomial_log_likelihood:.3f}, equal shares "
            f"{self.null_log_likelihood:.3f}), rho2 {self.rho_squared:.4f}",
            f"{error.n_draws} {error.kind} draws a person; other draws would move the estimate by "
            f"{error.shift:.2f} standard errors (root mean square)",
        ]
        if not error.is_small:
            lines.append(f"more draws are needed for the {error.wanted_shift:g} asked for")
        if self.parameters.at_bound:
            lines.append(f"on a bound: {', '.join(self.parameters.at_bound)}")
        if len(self.start_log_likelihoods) > 1:
            found = ", ".join(f"{value:.2f}" for value in self.start_log_likelihoods)
            lines.append(f"log-likelihoods from {len(self.start_log_likelihoods)} starts: {found}")
        return lines

    def _parameter_table(self) -> str:
        estimates = self.parameters
        errors, clustered = estimates.standard_errors("classical"), estimates.standard_errors()
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(clustered > 0.0, estimates.values / clustered, np.nan)
        rows = zip(estimates.labels, estimates.values, errors, clustered, z, strict=True)
        return text_table(
            ("parameter", "estimate", "s.e.", "clustered s.e.", "z"),
            [(row[0], *map(float, row[1:])) for row in rows],
        )

    def _moment_table(self) -> str:
        found = self.moments()
        rows = zip(self.layout.coefficients, *found, strict=True)
        return text_table(
            ("over people", "mean", "sd", "median", "share above 0"),
            [(row[0], *map(float, row[1:])) for row in rows],
        )
