"""The simulated likelihood of a mixed logit, with draws where each person's posterior lies."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.choice.maximum_likelihood import PanelSlope
from counterflow.choice.mixed_logit_parameters import MixedParameters, Population
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixed_logit import Evaluation, information, simulated_log_likelihood
from counterflow.kernels.mixing import Proposals, prior_proposals
from counterflow.kernels.nodes import (
    Nodes,
    gauss_hermite_nodes,
    halton_nodes,
    mlhs_nodes,
    sobol_nodes,
)
from counterflow.kernels.person_modes import centre_on_modes

MOST_NUMBERS = 4_000_000
"""Units have nodes of their own as far as this many numbers go; then they share and turn them."""

_DRAWN = {"sobol": sobol_nodes, "mlhs": mlhs_nodes, "halton": halton_nodes}


class Choices(NamedTuple):
    """The choices of N units that have coefficients of their own: persons, or single tasks."""

    sets: ChoiceSets
    covariates: Float[np.ndarray, "N Q"]
    respondent_starts: Int[np.ndarray, " respondents_and_one"]
    """The unit at which each respondent begins: scores are added up by respondent."""

    def of_respondents(self, first: int, last: int) -> Choices:
        """Return the choices of a run of respondents."""
        begin, end = self.respondent_starts[first], self.respondent_starts[last]
        starts = self.sets.person_starts[begin : end + 1]
        tasks = self.sets.task_starts[starts[0] : starts[-1] + 1]
        sets = ChoiceSets(
            self.sets.differences[tasks[0] : tasks[-1]], tasks - tasks[0], starts - starts[0]
        )
        units = self.respondent_starts[first : last + 1] - begin
        return Choices(sets, self.covariates[begin:end], units)


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedLikelihood:
    """Log-likelihood, score and Hessian of the choices as a function of P parameters.

    `proposals` are where the draws lie. They are moved by `centre`, and held in between: the
    likelihood is then a smooth function.
    """

    layout: MixedParameters
    choices: Choices
    nodes: Nodes
    proposals: Proposals
    map_blocks: MapBlocks = field(default=map)

    @classmethod
    def of(
        cls, layout: MixedParameters, choices: Choices, nodes: Nodes, map_blocks: MapBlocks
    ) -> MixedLikelihood:
        """Return the likelihood with draws from the population itself."""
        return cls(
            layout=layout,
            choices=choices,
            nodes=nodes,
            proposals=prior_proposals(choices.sets.n_persons, len(layout.varying)),
            map_blocks=map_blocks,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.layout.labels

    def with_nodes(self, nodes: Nodes) -> MixedLikelihood:
        """Return the likelihood with other nodes, at the same proposals."""
        return replace(self, nodes=nodes)

    def means(self, population: Population) -> Float[np.ndarray, "N_or_1 K"]:
        """Return the mean of each unit, in units of the scaled design; one for all if all alike."""
        if not self.layout.n_shifts:
            return population.mean[None, :]
        return population.mean + self.choices.covariates @ population.shifts.T

    def evaluate(self, theta: Float[np.ndarray, " P"]) -> Evaluation:
        """Return what one pass over all units finds."""
        population = self.layout.population(theta)
        return simulated_log_likelihood(
            self.choices.sets,
            population.mixing,
            self.means(population),
            self.nodes,
            self.proposals,
            self.map_blocks,
        )

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each respondent."""
        found = self.evaluate(theta)
        k, layout = self.layout.n_means, self.layout
        scores = found.scores
        if layout.n_shifts:
            known = self.choices.covariates[:, layout.shift_columns]
            shift_scores = scores[:, layout.shift_rows] * known
            scores = np.concatenate([scores[:, :k], shift_scores, scores[:, k:]], axis=1)
        starts = self.choices.respondent_starts[:-1]
        if len(starts) < len(scores):
            by_person = np.add.reduceat(found.log_likelihoods, starts)
            scores = np.add.reduceat(scores, starts)
        else:
            by_person = found.log_likelihoods
        scores *= self.layout.slopes
        return PanelSlope(by_person, scores)

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted log-likelihood."""
        population = self.layout.population(theta)
        inner = information(
            self.choices.sets,
            population.mixing,
            self.means(population),
            self.nodes,
            self.proposals,
            np.repeat(weights, np.diff(self.choices.respondent_starts)),
            self.choices.covariates if self.layout.n_shifts else None,
            self.map_blocks,
        )
        kept = self.layout.positions_with_all_shifts
        return inner[np.ix_(kept, kept)] * np.outer(self.layout.slopes, self.layout.slopes)

    def centre(self, theta: Float[np.ndarray, " P"]) -> None:
        """Move the draws of each unit to where its posterior lies at these parameters."""
        population = self.layout.population(theta)
        centre_on_modes(
            self.choices.sets,
            population.mixing,
            self.means(population),
            self.proposals,
            inflation_for(len(self.layout.varying)),
            self.map_blocks,
        )


def choices_of(sets: ChoiceSets, known: Float[np.ndarray, "N Q"], *, panel: bool) -> Choices:
    """Return the choices by respondent, or with every task a unit of its own."""
    if panel:
        return Choices(sets, known, np.arange(sets.n_persons + 1))
    n_tasks = np.diff(sets.person_starts)
    by_task = ChoiceSets(sets.differences, sets.task_starts, np.arange(sets.n_tasks + 1))
    return Choices(by_task, np.repeat(known, n_tasks, axis=0), np.asarray(sets.person_starts))


def inflation_for(n_random: int) -> float:
    """Return by how much proposals are wider than the posterior's curvature says.

    Tails cost more than gaps. But in D dimensions a spread that is wider by s leaves an effective
    share of (sqrt(2 s^2 - 1) / s^2)^D, so the more dimensions the less: about two thirds are left.
    """
    return 1.0 + min(0.3, 0.6 / max(n_random, 1) ** 0.5)


def nodes_for(n_units: int, n_random: int, kind: str, n_draws: int, seed: int) -> Nodes:
    """Return nodes of N units, different for each as far as memory goes."""
    if kind == "gauss-hermite":
        return gauss_hermite_nodes(max(round(n_draws ** (1.0 / n_random)), 1), n_random)
    groups = max(1, min(n_units, MOST_NUMBERS // max(n_draws * n_random, 1)))
    return _DRAWN[kind](n_draws, n_random, groups, seed)
