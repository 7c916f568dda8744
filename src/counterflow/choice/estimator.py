"""Model specifications in scikit-learn's manner: named parameters, fit, predict_proba, score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float

from counterflow.choice.fitted_model import FittedModel
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.progress import Report
from counterflow.kernels.blocks import MapBlocks

# Not typing.Self, which Beartype refuses on methods.
Model = TypeVar("Model", bound="Estimator")


class Estimator(ABC):
    """What every model specification can do; the specification itself is a frozen dataclass.

    `fit` returns the fitted model, a value of its own. The specification also remembers the latest
    one, for tools that call `fit` for its effect, as scikit-learn's do.

    Examples
    --------
    >>> from counterflow.choice.multinomial_logit import MultinomialLogit
    >>> model = MultinomialLogit(max_iterations=20)
    >>> model.get_params()["max_iterations"], model.set_params(max_iterations=9).max_iterations
    (20, 9)
    """

    @abstractmethod
    def fit(
        self, data: ChoiceData, report: Report | None = None, map_blocks: MapBlocks = map
    ) -> FittedModel:
        """Return the model fitted to `data`; `report` is told of progress, if it is given."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters of the specification by name, the very objects it was given."""
        if not is_dataclass(self):
            raise TypeError(f"{type(self).__name__} must be a dataclass to have parameters")
        return {item.name: getattr(self, item.name) for item in fields(self) if item.init}

    def copy(self: Model, **changed: Any) -> Model:
        """Return the same specification, but for parameters given by name; nothing is fitted.

        What fits on several threads fits a copy in each, as a specification remembers its latest.
        """
        return type(self)(**{**self.get_params(deep=False), **changed})

    def set_params(self: Model, **params: Any) -> Model:
        """Set parameters by name and return the specification; ValueError for unknown names.

        Forgets what was fitted, which no longer is what the specification says.
        """
        known = self.get_params()
        if unknown := [name for name in params if name not in known]:
            raise ValueError(
                f"expected parameters among {', '.join(known)}, found {', '.join(unknown)}"
            )
        checked = self.copy(**params)
        for name in params:
            object.__setattr__(self, name, getattr(checked, name))
        self.__dict__.pop("_latest", None)
        return self

    @property
    def latest(self) -> FittedModel:
        """Return the model that was fitted last; AttributeError before any was."""
        if "_latest" not in self.__dict__:
            raise AttributeError(f"this {type(self).__name__} was not fitted yet: call fit first")
        return self.__dict__["_latest"]

    def predict_proba(self, data: ChoiceData) -> Float[np.ndarray, " rows"]:
        """Return the probability of each alternative of `data` under the latest fit."""
        return self.latest.predict_proba(data)

    def score(self, data: ChoiceData) -> float:
        """Return the mean log-likelihood of a task of `data` under the latest fit."""
        return self.latest.score(data)

    def _remember(self, fitted: FittedModel) -> None:
        object.__setattr__(self, "_latest", fitted)
