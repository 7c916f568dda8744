"""Fitted models as ArviZ InferenceData, for its diagnostics, comparisons and plots."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.hierarchical_bayes_result import HierarchicalBayesResult
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.utility import Utility
from counterflow.kernels.logit import choice_probabilities


def to_arviz(
    fitted: FittedModel | HierarchicalBayesResult,
    data: ChoiceData | None = None,
    *,
    n_draws: int = 1_000,
    seed: int = 0,
) -> Any:
    """Return the draws of a fitted model as an `arviz.InferenceData`.

    Of hierarchical Bayes, the group `posterior` holds the kept draws by chain: `mean` and `sd` of
    each latent value over people (of a coefficient with a known sign, of its logarithm), their
    `correlation`, their `slopes` by covariates, and the `part_worths` of each respondent. Of models
    fitted by maximum likelihood it holds `parameters` drawn from the normal distribution of their
    estimator (Krinsky and Robb 1986), in one chain: quantiles and plots mean what they say, R-hat
    does not apply.

    Parameters
    ----------
    fitted
        What `fit` returned.
    data
        The choices that were fitted, or none. With them come the group `log_likelihood`, of each
        respondent at each draw, and its sum as `lp` in `sample_stats`. Of hierarchical Bayes it is
        taken at the respondent's own coefficients, so that leave-one-out figures speak of further
        people of the same kind only with caution.
    n_draws, seed
        Draws of models without chains.

    Raises
    ------
    ModuleNotFoundError
        If ArviZ is not installed.
    LabelMismatchError
        If `data` have other respondents than the model.
    """
    arviz = _arviz()
    if isinstance(fitted, HierarchicalBayesResult):
        return arviz.from_dict(**_of_chains(fitted, data))
    return arviz.from_dict(**_of_estimator(fitted, data, n_draws, seed))


def _arviz() -> Any:
    try:
        with warnings.catch_warnings():
            # Once a day it tells of its next version, which the pins of this project decide on.
            warnings.filterwarnings("ignore", r"\s*ArviZ is undergoing", FutureWarning)
            return import_module("arviz")
    except ModuleNotFoundError as error:
        message = "this needs the package arviz: pip install 'counterflow[arviz]'"
        raise ModuleNotFoundError(message, name="arviz") from error


def _of_chains(fitted: HierarchicalBayesResult, data: ChoiceData | None) -> dict[str, Any]:
    n_chains = len(fitted.log_likelihood_path)
    population = fitted.population
    units = np.einsum("sk,sl->skl", population.sds, population.sds)
    posterior = {
        "mean": population.means,
        "sd": population.sds,
        "correlation": population.covariances / units,
    }
    if fitted.covariate_names:
        posterior["slopes"] = population.slopes
    if len(fitted.draws):
        posterior["part_worths"] = fitted.draws
    latents = list(fitted.latent_labels)
    found: dict[str, Any] = {
        "posterior": {name: _by_chain(draws, n_chains) for name, draws in posterior.items()},
        "coords": {
            "latent": latents,
            "other": latents,
            "covariate": list(population.covariates.labels),
            "coefficient": list(fitted.labels),
            "respondent": list(fitted.respondent_ids),
        },
        "dims": {
            "mean": ["latent"],
            "sd": ["latent"],
            "correlation": ["latent", "other"],
            "slopes": ["covariate", "latent"],
            "part_worths": ["respondent", "coefficient"],
        },
        "attrs": _attributes(fitted),
    }
    if data is not None and len(fitted.draws):
        _check_respondents(data, fitted.respondent_ids)
        of_draws = _individual_log_likelihoods(fitted.utility, fitted.draws, data)
        found |= _log_likelihoods(_by_chain(of_draws, n_chains))
        found["dims"] = {**found["dims"], "choices": ["respondent"]}
    return found


def _of_estimator(
    fitted: FittedModel, data: ChoiceData | None, n_draws: int, seed: int
) -> dict[str, Any]:
    draws = fitted.parameters.draws(n_draws, seed)
    found: dict[str, Any] = {
        "posterior": {"parameters": draws[None]},
        "coords": {"parameter": list(fitted.parameters.labels)},
        "dims": {"parameters": ["parameter"]},
        "attrs": _attributes(fitted),
    }
    if data is not None:
        of_draws = np.stack([fitted.person_log_likelihoods(data, theta) for theta in draws])
        found |= _log_likelihoods(of_draws[None])
        found["coords"] = {**found["coords"], "respondent": list(data.respondent_ids)}
        found["dims"] = {**found["dims"], "choices": ["respondent"]}
    return found


def _attributes(fitted: Any) -> dict[str, Any]:
    return {
        "model": type(fitted).__name__.removesuffix("Result"),
        "status": fitted.status,
        "data_hash": fitted.data_hash,
    }


def _log_likelihoods(draws: Float[np.ndarray, "C S N"]) -> dict[str, Any]:
    return {
        "log_likelihood": {"choices": draws},
        "sample_stats": {"lp": draws.sum(axis=2)},
    }


def _by_chain(draws: np.ndarray, n_chains: int) -> np.ndarray:
    """Return draws that stand chain after chain by chain; each as long as the shortest."""
    edges = np.linspace(0, len(draws), n_chains + 1).astype(int)
    n = int(np.diff(edges).min())
    return np.stack([draws[edge : edge + n] for edge in edges[:-1]])


def _individual_log_likelihoods(
    utility: Utility, draws: Float32[np.ndarray, "S N K"], data: ChoiceData
) -> Float[np.ndarray, "S N"]:
    """Return the log-likelihood of each person's choices at the person's own coefficients."""
    design, starts = utility.design(data), np.asarray(data.task_starts)
    people = np.repeat(np.arange(data.n_respondents), np.diff(starts[data.respondent_starts]))
    found = np.empty(draws.shape[:2])
    for s, coefficients in enumerate(draws):
        utilities = np.einsum("rk,rk->r", design, coefficients[people].astype(float))
        chosen = choice_probabilities(utilities, starts)[data.chosen_rows]
        logs = np.log(np.maximum(chosen, np.finfo(float).tiny))
        found[s] = np.add.reduceat(logs, data.respondent_starts[:-1])
    return found


def _check_respondents(data: ChoiceData, known: tuple[str, ...]) -> None:
    if tuple(data.respondent_ids) != tuple(known):
        raise LabelMismatchError("respondents", expected=known, found=data.respondent_ids)
