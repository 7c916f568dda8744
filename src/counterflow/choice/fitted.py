"""What follows for every fitted model from its likelihood and its predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float

from counterflow.choice.diagnostics import rho_squared
from counterflow.choice.fitted_model import FittedModel
from counterflow.domain.choice_data import ChoiceData


class Fitted(ABC):
    """The base of our fitted models, which are to keep to the protocol `FittedModel`.

    Not the protocol itself: its properties would stand in the way of frozen fields.
    """

    @property
    def is_converged(self: FittedModel) -> bool:
        """Return whether the estimate can be trusted numerically; `status` says what is wrong."""
        return self.status == "converged"

    @property
    def rho_squared(self: FittedModel) -> float:
        """Return McFadden's 1 - L / L0 against equal shares."""
        return rho_squared(self.log_likelihood, self.null_log_likelihood)

    def predict_proba(self: FittedModel, data: ChoiceData) -> Float[np.ndarray, " rows"]:
        """Return `probabilities` at the estimate."""
        return self.probabilities(data)

    def score(self: FittedModel, data: ChoiceData) -> float:
        """Return the mean log-likelihood of a task, of people not met before."""
        return float(self.person_log_likelihoods(data).sum() / data.n_tasks)

    @abstractmethod
    def summary(self) -> str:
        """Return the fit and the parameters as text."""
