"""The conditional logit in plain NumPy, as anybody might bring a model of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from counterflow.choice.constraints import Constraints
from counterflow.choice.estimator import Estimator
from counterflow.choice.maximum_likelihood import PanelSlope, maximise_likelihood
from counterflow.choice.parameter_estimates import ParameterEstimates, estimates_of
from counterflow.domain.choice_data import ChoiceData


@dataclass(frozen=True, kw_only=True)
class ConditionalLogit(Estimator):
    """A logit whose utility is a weighted sum of numeric attributes."""

    attributes: tuple[str, ...]
    constraints: Constraints | None = None
    start: object = None

    def fit(self, data, report=None, map_blocks=map):
        likelihood = _Likelihood(data, self.attributes)
        weights = np.ones(data.n_respondents)
        start = np.array([(self.start or {}).get(label, 0.0) for label in self.attributes])
        found = maximise_likelihood(
            likelihood, start, weights=weights, constraints=self.constraints
        )
        result = ConditionalLogitResult(
            model=self,
            parameters=estimates_of(found, weights),
            log_likelihood=found.log_likelihood,
            null_log_likelihood=-float(np.log(np.diff(data.task_starts)).sum()),
            gradient_norm=found.gradient_norm,
            status=found.status,
            n_respondents=data.n_respondents,
            n_tasks=data.n_tasks,
            data_hash=data.content_hash,
        )
        self._remember(result)
        return result


@dataclass(frozen=True, eq=False, kw_only=True)
class ConditionalLogitResult:
    """The fitted model."""

    model: ConditionalLogit
    parameters: ParameterEstimates
    log_likelihood: float
    null_log_likelihood: float
    gradient_norm: float
    status: str
    n_respondents: int
    n_tasks: int
    data_hash: str

    def probabilities(self, data, parameters=None):
        return _probabilities(data, self._utilities(data, parameters))

    def person_log_likelihoods(self, data, parameters=None):
        logs = np.log(self.probabilities(data, parameters)[data.chosen_rows])
        return np.add.reduceat(logs, data.respondent_starts[:-1])

    def logsums(self, data, parameters=None):
        utilities = self._utilities(data, parameters)
        return np.logaddexp.reduceat(utilities, data.task_starts[:-1])

    def consumer_surplus(self, data, price, parameters=None):
        theta = self.parameters.values if parameters is None else parameters
        return self.logsums(data, parameters) / -theta[self.model.attributes.index(price)]

    def predict_proba(self, data):
        return self.probabilities(data)

    def score(self, data):
        return float(self.person_log_likelihoods(data).sum() / data.n_tasks)

    def summary(self):
        return f"Conditional logit: {self.status}, {self.parameters.as_dict()}"

    def _utilities(self, data, parameters):
        theta = self.parameters.values if parameters is None else parameters
        return _design(data, self.model.attributes) @ theta


class _Likelihood:
    def __init__(self, data: ChoiceData, labels: tuple[str, ...]) -> None:
        self.data, self.labels, self.design = data, labels, _design(data, labels)

    def slope(self, theta):
        p, chosen = _probabilities(self.data, self.design @ theta), self.data.chosen_rows
        means = np.add.reduceat(p[:, None] * self.design, self.data.task_starts[:-1])
        people = self.data.respondent_starts[:-1]
        return PanelSlope(
            np.add.reduceat(np.log(p[chosen]), people),
            np.add.reduceat(self.design[chosen] - means, people),
        )

    def information(self, theta, weights):
        p, starts = _probabilities(self.data, self.design @ theta), self.data.task_starts
        means = np.add.reduceat(p[:, None] * self.design, starts[:-1])
        by_task = np.repeat(weights, np.diff(self.data.respondent_starts))
        centred = self.design - np.repeat(means, np.diff(starts), axis=0)
        scale = p * np.repeat(by_task, np.diff(starts))
        return np.einsum("r,rk,rl->kl", scale, centred, centred)


def _design(data: ChoiceData, labels: tuple[str, ...]) -> np.ndarray:
    return np.nan_to_num(np.stack([data.columns[label].values for label in labels], axis=1))


def _probabilities(data: ChoiceData, utilities: np.ndarray) -> np.ndarray:
    logsums = np.logaddexp.reduceat(utilities, data.task_starts[:-1])
    return np.exp(utilities - np.repeat(logsums, np.diff(data.task_starts)))
