"""What every fitted choice model can be asked, whatever its kind."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from counterflow.choice.parameter_estimates import ParameterEstimates
from counterflow.domain.choice_data import ChoiceData


@runtime_checkable
class FittedModel(Protocol):
    """A fitted choice model: its parameters, its fit, and its predictions."""

    @property
    def model(self) -> Any:
        """Return the specification that was fitted."""
        ...

    @property
    def parameters(self) -> ParameterEstimates:
        """Return the P parameters with the covariance of their estimator."""
        ...

    @property
    def log_likelihood(self) -> float:
        """Return the log-likelihood at the estimate."""
        ...

    @property
    def null_log_likelihood(self) -> float:
        """Return the log-likelihood of choices at random."""
        ...

    @property
    def status(self) -> str:
        """Return "converged", or what went wrong."""
        ...

    @property
    def n_respondents(self) -> int:
        """Return how many people's choices were used."""
        ...

    @property
    def n_tasks(self) -> int:
        """Return how many choices were used."""
        ...

    @property
    def data_hash(self) -> str:
        """Return the hash of the choices that were used."""
        ...

    def probabilities(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " rows"]:
        """Return choice probabilities of people not met before; at the estimate if None given."""
        ...

    def person_log_likelihoods(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " N"]:
        """Return the log-likelihood of all choices of each person."""
        ...

    def logsums(
        self, data: ChoiceData, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the expected utility of the best alternative of each task, up to a constant."""
        ...

    def consumer_surplus(
        self, data: ChoiceData, price: str, parameters: Float[np.ndarray, " P"] | None = None
    ) -> Float[np.ndarray, " tasks"]:
        """Return the logsum in units of `price`, up to a constant."""
        ...

    def predict_proba(self, data: ChoiceData) -> Float[np.ndarray, " rows"]:
        """Return `probabilities` at the estimate."""
        ...

    def score(self, data: ChoiceData) -> float:
        """Return the mean log-likelihood of a task."""
        ...

    def summary(self) -> str:
        """Return the fit and the parameters as text."""
        ...
