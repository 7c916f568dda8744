"""A fitted nested or cross-nested logit: its parameters, its fit, and its predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.fitted import Fitted
from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.choice.nest_parameters import NestLayout
from counterflow.choice.nested_likelihood import NestedLikelihood, predicted
from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.choice.price_coefficient import price_coefficient
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.combination import combination_in_words
from counterflow.domain.utility import Utility


@dataclass(frozen=True, eq=False, kw_only=True)
class NestedFit(Fitted):
    """What fitted nested and cross-nested logits have in common, in the units of the data.

    `status` is "converged", "iteration_limit", "stalled", "not_identified" (the choices say
    nothing about the combination `flat` of parameters), or "separated": some combination of
    coefficients predicts choices so well that the likelihood rises without end as it grows.
    `separating` names it; parameters then mean nothing, and nests were not estimated.
    """

    model: Any
    utility: Utility
    layout: NestLayout
    parameters: ParameterEstimates
    log_likelihood: float
    multinomial_log_likelihood: float
    """Of the multinomial logit, in which every dissimilarity is 1."""
    null_log_likelihood: float
    start_log_likelihoods: tuple[float, ...]
    """Of the maximum that was reached from each start."""
    gradient_norm: float
    """The distance to the maximum in standard errors."""
    n_iterations: int
    status: Literal["converged", "iteration_limit", "stalled", "not_identified", "separated"]
    separating: Mapping[str, float]
    flat: Mapping[str, float]
    n_respondents: int
    n_tasks: int
    n_alternatives: int
    data_hash: str

    @property
    def lambdas(self) -> dict[str, float]:
        """Return the dissimilarity of each nest: 1 for no correlation, near 0 for a lot."""
        return self.layout.lambdas(self.parameters.values)

    @property
    def inconsistent_nests(self) -> tuple[str, ...]:
        """Return the nests whose dissimilarity is above that of the nest around them, or above 1.

        Without any, the choices are those of people who maximise a random utility, whatever the
        attributes (McFadden 1978). With one they still may be in a range of the data
        (Börsch-Supan, Journal of Econometrics 43, 1990).
        """
        return self.layout.inconsistent(self.parameters.values)

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return the probability of each alternative; at the estimate if no parameters are given.

        Raises
        ------
        LabelMismatchError
            If `data` have alternatives that are in no nest.
        """
        return self._predicted(data, parameters)[0]

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative of each task, up to a constant."""
        return self._predicted(data, parameters)[1]

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum over minus the coefficient of `price`: in its unit, up to a constant.

        Raises
        ------
        InputError
            If `price` is no coefficient of utility, or is one that does not deter.
        """
        of_utility = self.parameters.or_given(parameters)[: len(self.layout.utility_labels)]
        money = price_coefficient(self.layout.utility_labels, of_utility, price)
        return self.logsums(data, parameters) / -money

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each respondent of `data`."""
        return self.person_scores(data, parameters).by_person

    def person_scores(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> PanelSlope:
        """Return the log-likelihood of each respondent of `data` and its gradient."""
        likelihood = NestedLikelihood.of(self.layout, self.utility, data)
        return likelihood.slope(self.parameters.or_given(parameters))

    def _predicted(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " tasks"]]:
        return predicted(self.layout, self.utility, data, self.parameters.or_given(parameters))

    def _headline(self, name: str) -> list[str]:
        lines = [
            f"{name}: {self.status} after {self.n_iterations} iterations",
            f"{self.n_respondents} respondents, {self.n_tasks} tasks, "
            f"{self.n_alternatives} alternatives",
            f"log-likelihood {self.log_likelihood:.3f} (multinomial logit "
            f"{self.multinomial_log_likelihood:.3f}, equal shares "
            f"{self.null_log_likelihood:.3f}), rho2 {self.rho_squared:.4f}",
        ]
        if self.separating:
            lines.append(f"choices are separated by {combination_in_words(self.separating)}")
        elif self.flat:
            lines.append(f"the choices say nothing about {combination_in_words(self.flat)}")
        if self.parameters.at_bound:
            lines.append(f"on a bound: {', '.join(self.parameters.at_bound)}")
        if len(self.start_log_likelihoods) > 1:
            found = ", ".join(f"{value:.3f}" for value in self.start_log_likelihoods)
            lines.append(f"log-likelihoods from {len(self.start_log_likelihoods)} starts: {found}")
        return lines

    def _parameter_table(self) -> str:
        estimates = self.parameters
        errors, default = estimates.standard_errors("classical"), estimates.standard_errors()
        rows = zip(estimates.labels, estimates.values, errors, default, strict=True)
        return text_table(
            ("parameter", "estimate", "s.e.", f"{estimates.default} s.e.", "z"),
            [(row[0], *map(float, row[1:]), _ratio(row[1], row[3])) for row in rows],
        )

    def _nest_table(self) -> str:
        """Return the nests in both ways of writing their parameter, and how far each is from 1."""
        errors, first = self.parameters.standard_errors(), len(self.layout.utility_labels)
        rows = []
        for nest, i in zip(self.layout.nests.names, self.layout.lambda_of, strict=True):
            value = self.lambdas[nest]
            apart = "-" if i is None else _ratio(value - 1.0, errors[first + i])
            holds = ", ".join(self.layout.nests.holds(nest))
            rows.append((nest, value, 1.0 / value, 1.0 - value**2, apart, holds))
        return text_table(
            ("nest", "lambda", "mu = 1/lambda", "1 - lambda2", "z of lambda = 1", "holds"), rows
        )

    def _consistency(self) -> str:
        wrong = self.inconsistent_nests
        if not wrong:
            return "consistent with random utility: no lambda is above that of the nest around it"
        return (
            f"not consistent with random utility everywhere: lambda of {', '.join(wrong)} is above "
            "that of the nest around it"
        )


def _ratio(value: float, error: float) -> str | float:
    return float(value / error) if error > 0.0 else "-"
