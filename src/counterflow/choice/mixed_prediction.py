"""What a mixed logit says about choices: of people not met before, and of those it knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.individual import IndividualPartWorths
from counterflow.choice.mixed_likelihood import MixedLikelihood, choices_of, nodes_for
from counterflow.choice.mixed_logit_parameters import MixedParameters
from counterflow.choice.price_coefficient import price_position
from counterflow.choice.respondent_design import respondent_design
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.random_streams import random_stream
from counterflow.domain.utility import Utility
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import ChoiceSets, choice_sets
from counterflow.kernels.mixed_posteriors import person_posteriors, posterior_draws
from counterflow.kernels.mixed_predictions import Predictions, Tasks, predictions
from counterflow.kernels.mixing import Proposals
from counterflow.kernels.nodes import Nodes, sobol_nodes

PREDICTION_DRAWS = 1024
"""Scrambled Sobol draws of the population behind predictions."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedPredictor:
    """What predictions of a mixed logit need besides its parameters."""

    utility: Utility
    layout: MixedParameters
    covariate_names: tuple[str, ...]
    """Columns about respondents that shift some mean."""
    panel: bool
    is_centred: bool
    kind: str
    """Of the draws behind likelihoods and posteriors ..."""
    n_draws: int
    """... how many ..."""
    seed: int
    """... and where they start."""


def predicted(
    predictor: MixedPredictor,
    data: ChoiceData,
    theta: Float[np.ndarray, " P"],
    *,
    history: ChoiceData | None = None,
    price: str | None = None,
) -> Predictions:
    """Return probabilities, logsums and surpluses, averaged over people.

    Over the population; or, of respondents with a `history` of choices, over their posterior.
    """
    layout = predictor.layout
    money = -1 if price is None else price_position(layout.coefficients, price)
    population = layout.population(theta)
    _, known = respondent_design(data, predictor.covariate_names)
    means = population.mean[None, :]
    if layout.n_shifts:
        means = population.mean + known @ population.shifts.T
    tasks = Tasks(
        predictor.utility.design(data) / layout.scales,
        np.asarray(data.task_starts),
        np.asarray(data.respondent_starts),
    )
    found = predictions(
        tasks,
        population.mixing,
        means,
        _prediction_nodes(predictor),
        known=None if history is None else _posteriors(predictor, data, history, theta),
        price_index=money,
    )
    if price is None:
        return found
    return found._replace(surpluses=found.surpluses * layout.scales[money])


def likelihood_of(
    predictor: MixedPredictor,
    data: ChoiceData,
    theta: Float[np.ndarray, " P"],
    map_blocks: MapBlocks = map,
) -> MixedLikelihood:
    """Return the likelihood of other choices, with draws where their posteriors lie."""
    layout = predictor.layout
    _, known = respondent_design(data, predictor.covariate_names)
    choices = choices_of(_sets(predictor, data), known, panel=predictor.panel)
    n_units, n_random = choices.sets.n_persons, len(layout.varying)
    drawn = nodes_for(n_units, n_random, predictor.kind, predictor.n_draws, predictor.seed)
    likelihood = MixedLikelihood.of(layout, choices, drawn, map_blocks)
    if predictor.is_centred:
        likelihood.centre(theta)
    return likelihood


def individual_part_worths(
    predictor: MixedPredictor,
    data: ChoiceData,
    theta: Float[np.ndarray, " P"],
    *,
    n_draws: int,
    seed: int,
    map_blocks: MapBlocks,
) -> IndividualPartWorths:
    """Return each respondent's posterior at these parameters, in the units of the data.

    In willingness-to-pay space they are willingness to pay, and the price coefficient.
    """
    _check_has_people(predictor)
    likelihood = likelihood_of(predictor, data, theta, map_blocks)
    population = predictor.layout.population(theta)
    kernel_inputs = (
        likelihood.choices.sets,
        population.mixing,
        likelihood.means(population),
        likelihood.nodes,
        likelihood.proposals,
    )
    moments = person_posteriors(*kernel_inputs, map_blocks)
    n, k = data.n_respondents, predictor.layout.n_means
    draws = np.empty((0, n, k))
    if n_draws:
        uniforms = random_stream(seed, "person posteriors").random((n, n_draws))
        draws = posterior_draws(*kernel_inputs, uniforms, map_blocks)
    units = predictor.layout.units
    return IndividualPartWorths(
        respondent_ids=tuple(map(str, data.respondent_ids)),
        labels=predictor.layout.coefficients,
        mean=moments.means / units,
        sd=moments.sds / units,
        draws=(draws / units).astype(np.float32),
    )


def _posteriors(
    predictor: MixedPredictor,
    data: ChoiceData,
    history: ChoiceData,
    theta: Float[np.ndarray, " P"],
) -> tuple[ChoiceSets, Proposals]:
    """Return past choices and proposals of the respondents of `data`, in their order."""
    _check_has_people(predictor)
    position = {name: i for i, name in enumerate(history.respondent_ids)}
    if any(name not in position for name in data.respondent_ids):
        raise LabelMismatchError(
            "respondents of the history", expected=data.respondent_ids, found=position
        )
    past = history.take_respondents(np.array([position[name] for name in data.respondent_ids]))
    likelihood = likelihood_of(predictor, past, theta)
    return likelihood.choices.sets, likelihood.proposals


def _check_has_people(predictor: MixedPredictor) -> None:
    if not predictor.panel:
        raise ValueError(
            "expected a model with panel=True, found panel=False: there every task has "
            "coefficients of its own, so past choices say nothing about a person"
        )


def _sets(predictor: MixedPredictor, data: ChoiceData) -> ChoiceSets:
    return choice_sets(
        predictor.utility.design(data) / predictor.layout.scales,
        np.asarray(data.task_starts),
        np.asarray(data.respondent_starts),
        np.asarray(data.chosen_rows),
    )


def _prediction_nodes(predictor: MixedPredictor) -> Nodes:
    n_random = len(predictor.layout.varying)
    return sobol_nodes(PREDICTION_DRAWS, n_random, 1, predictor.seed)
