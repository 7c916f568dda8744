"""A first, tiny fit of every model, so that everything they need is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from counterflow.choice.cross_nested_logit import CrossNestedLogit
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.hierarchical_bayes import HierarchicalBayes
from counterflow.choice.latent_class import LatentClassLogit
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.choice.nested_logit import NestedLogit
from counterflow.domain.choice_data import ChoiceData

_N_RESPONDENTS, _N_TASKS = 24, 6
_NAMES = ("bus", "train", "car")


def fit_every_model() -> Iterator[str]:
    """Fit each model to a few simulated choices and predict with it; yield what was done."""
    data = few_choices()
    for name, fit in _fits().items():
        fitted = fit(data)
        fitted.probabilities(data)
        fitted.logsums(data)
        yield name


def _fits() -> dict[str, Callable[[ChoiceData], FittedModel]]:
    nests = {"public": ("bus", "train"), "car": ("car",)}
    crossed = {"public": ("bus", "train"), "fast": ("train", "car")}
    return {
        "multinomial logit": MultinomialLogit().fit,
        "nested logit": NestedLogit(nests=nests, max_iterations=5).fit,
        "cross-nested logit": CrossNestedLogit(nests=crossed, max_iterations=5).fit,
        "mixed logit": _mixed,
        "latent class logit": LatentClassLogit(n_classes=2, n_starts=2).fit,
        "hierarchical Bayes": HierarchicalBayes(n_burn_in=20, n_sweeps=20, n_draws=4).fit,
    }


def _mixed(data: ChoiceData) -> FittedModel:
    random = {"price": "negative lognormal", "time": "normal"}
    fitted = MixedLogit(random=random, n_draws=64, max_iterations=2).fit(data)
    fitted.individual(data, n_draws=2)
    return fitted


def few_choices() -> ChoiceData:
    """Return choices of 24 simulated people among three ways to travel."""
    random = np.random.default_rng(0)
    shape = (_N_RESPONDENTS, _N_TASKS, len(_NAMES))
    price, time = random.uniform(1.0, 3.0, shape), random.uniform(1.0, 3.0, shape)
    utility = -price - time + random.gumbel(size=shape)
    table = {
        "who": np.repeat(np.arange(_N_RESPONDENTS), _N_TASKS * len(_NAMES)),
        "task": np.tile(np.repeat(np.arange(_N_TASKS), len(_NAMES)), _N_RESPONDENTS),
        "way": np.tile(_NAMES, _N_RESPONDENTS * _N_TASKS),
        "chosen": (utility == utility.max(axis=2, keepdims=True)).astype(int).ravel(),
        "price": price.ravel(),
        "time": time.ravel(),
    }
    return ChoiceData.from_long(
        table,
        respondent="who",
        task="task",
        alternative="way",
        chosen="chosen",
        attributes=["price", "time"],
    )
