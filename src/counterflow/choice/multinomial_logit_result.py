"""A fitted multinomial logit: its parameters, its fit, and its predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from counterflow.choice.estimator import Estimator
from counterflow.choice.fitted import Fitted
from counterflow.choice.logit_likelihood import LogitLikelihood
from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.choice.parameter_estimates import (
    CovarianceKind,
    ParameterEstimates,
    matrix_root,
)
from counterflow.choice.price_coefficient import price_coefficient
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.combination import combination_in_words
from counterflow.domain.estimate import Coefficient
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.random_streams import random_stream
from counterflow.domain.scaled_utility import ScaledUtility
from counterflow.domain.utility import Utility, utilities_at
from counterflow.kernels.logit import choice_probabilities, logsums

Status = Literal["converged", "iteration_limit", "stalled", "not_identified", "separated"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MultinomialLogitResult(Fitted):
    """A fitted multinomial logit, in the units of the data.

    `status` is "converged", "iteration_limit", "stalled", "not_identified" (along `flat`, a
    combination of parameters, the likelihood does not change), or "separated": some combination
    of coefficients predicts choices so well that the likelihood rises without end as it grows;
    `separating` names it, in units of typical differences within a task, and its coefficients mean
    nothing.
    """

    model: Estimator
    utility: Utility
    parameters: ParameterEstimates
    log_likelihood: float
    null_log_likelihood: float
    hit_rate: float
    gradient_norm: float
    """The gradient in the metric of the information: distance to the maximum in standard errors."""
    n_iterations: int
    status: Status
    separating: Mapping[str, float] = field(default_factory=dict)
    flat: Mapping[str, float] = field(default_factory=dict)
    n_respondents: int
    n_tasks: int
    n_alternatives: int
    data_hash: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.parameters.labels

    @property
    def coefficients(self) -> Float[np.ndarray, " P"]:
        """Return the estimate of each parameter."""
        return self.parameters.values

    def covariance(self, kind: CovarianceKind = "clustered") -> Float[np.ndarray, "P P"]:
        """Return the covariance of the estimator."""
        return self.parameters.covariance(kind)

    def standard_errors(self, kind: CovarianceKind = "clustered") -> Float[np.ndarray, " P"]:
        """Return the standard error of each parameter."""
        return self.parameters.standard_errors(kind)

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return the probability of each alternative; at the estimate if no parameters are given.

        `data` are other choices or the same, with the columns that utility needs.
        """
        return choice_probabilities(self._utilities(data, parameters), data.task_starts)

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each respondent of `data`."""
        utilities = self._utilities(data, parameters)
        by_task = utilities[data.chosen_rows] - logsums(utilities, data.task_starts)
        return np.add.reduceat(by_task, data.respondent_starts[:-1])

    def person_scores(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> PanelSlope:
        """Return the log-likelihood of each respondent of `data` and its gradient."""
        return LogitLikelihood(self.utility, data).slope(self.parameters.or_given(parameters))

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative of each task, up to a constant."""
        return logsums(self._utilities(data, parameters), data.task_starts)

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum in units of `price`, up to a constant: differences mean money.

        `price` is the coefficient of money, per unit of it: utility must be linear in money.

        Raises
        ------
        InputError
            If `price` is no coefficient, or one that does not deter.

        Notes
        -----
        log sum_j exp(V_j) / -b_price (Small and Rosen, Econometrica 49, 1981; Train 2009, section
        3.5), times the inverse of its scale where groups have one.
        """
        theta = self.parameters.or_given(parameters)
        worth = self.logsums(data, parameters) / -price_coefficient(self.labels, theta, price)
        if isinstance(self.utility, ScaledUtility):
            worth /= self.utility.scales(data, theta)[data.task_starts[:-1]]
        return worth

    def part_worths(self, n_draws: int, seed: int) -> PartWorths:
        """Return draws from the estimator's normal distribution, one set for the whole market.

        Their spread is what the sample leaves unknown, not how people differ. The clustered
        covariance is used, or the classical one where respondents are too few for it.

        Raises
        ------
        TypeError
            If utility is not coded by attribute, as the steps after this one need it.
        """
        if not isinstance(self.utility, UtilityCoding):
            raise TypeError("part-worths need a UtilityCoding, as products are coded by attribute")
        kind = self.parameters.default
        normals = random_stream(seed, "multinomial logit").standard_normal(
            (n_draws, len(self.labels))
        )
        draws = self.coefficients + normals @ matrix_root(self.covariance(kind)).T
        return PartWorths(
            draws=draws[:, None, :],
            coding=self.utility,
            respondent_ids=("",),
            weights=np.ones(1),
            provenance={
                "model": "mnl",
                "status": self.status,
                "seed": seed,
                "data": self.data_hash,
                "use_weights": self.model.get_params()["use_weights"],
                "covariance": kind,
            },
        )

    def coefficient_table(self) -> tuple[Coefficient, ...]:
        """Return each parameter with the 90 % interval of the clustered standard error."""
        ends = self.parameters.intervals(0.9, "clustered")
        return tuple(
            Coefficient(
                label=label,
                mean=float(value),
                low=float(low),
                high=float(high),
                sd_over_people=0.0,
            )
            for label, value, (low, high) in zip(self.labels, self.coefficients, ends, strict=True)
        )

    def summary(self) -> str:
        """Return the fit and the parameters as text."""
        errors, clustered = self.standard_errors("classical"), self.standard_errors("clustered")
        z = np.divide(
            self.coefficients, clustered, out=np.zeros_like(clustered), where=clustered > 0.0
        )
        rows = zip(self.labels, self.coefficients, errors, clustered, z, strict=True)
        return "\n".join(
            (
                f"Multinomial logit: {self._status()} after {self.n_iterations} iterations",
                f"{self.n_respondents} respondents, {self.n_tasks} tasks, "
                f"{self.n_alternatives} alternatives",
                f"log-likelihood {self.log_likelihood:.3f} (equal shares "
                f"{self.null_log_likelihood:.3f}), rho2 {self.rho_squared:.4f}, "
                f"hit rate {self.hit_rate:.3f}",
                text_table(
                    ("coefficient", "estimate", "s.e.", "clustered s.e.", "z"),
                    [(row[0], *map(float, row[1:])) for row in rows],
                ),
            )
        )

    def _status(self) -> str:
        for word, combination in (("separated", self.separating), ("not identified", self.flat)):
            if combination:
                named = combination_in_words(combination)
                return f"{word} by {named}" if word == "separated" else f"{word} along {named}"
        return self.status

    def _utilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None
    ) -> Float[np.ndarray, " rows"]:
        return utilities_at(self.utility, data, self.parameters.or_given(parameters))
