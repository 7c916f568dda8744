"""The log-likelihood of nested and cross-nested logits, as a function of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.choice.maximum_likelihood import PanelSlope, information_by_differences
from counterflow.choice.nest_parameters import NestLayout
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.utility import Utility, is_linear, linearised_at
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.nested_logit import (
    NestedChoices,
    choice_probabilities,
    log_likelihood,
    nested_choices,
)

UtilitiesAt = Callable[
    [Float[np.ndarray, " K"]], tuple[Float[np.ndarray, " rows"], Float[np.ndarray, "rows K"]]
]
"""Utilities of the rows of some data and their derivatives, by the parameters of utility."""


@dataclass(frozen=True, eq=False, kw_only=True)
class NestedLikelihood:
    """The choices of N persons under a nested or cross-nested logit."""

    layout: NestLayout
    choices: NestedChoices
    utilities_at: UtilitiesAt
    map_blocks: MapBlocks = map

    @classmethod
    def of(
        cls, layout: NestLayout, utility: Utility, data: ChoiceData, map_blocks: MapBlocks = map
    ) -> NestedLikelihood:
        """Return the likelihood of the choices in `data`."""
        return cls(
            layout=layout,
            choices=nested_choices(
                layout.nests.kinds_of_rows(data),
                np.asarray(data.task_starts),
                np.asarray(data.respondent_starts),
                np.asarray(data.chosen_rows),
                layout.nests.network,
            ),
            utilities_at=utilities_of(utility, data),
            map_blocks=map_blocks,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return self.layout.labels

    def slope(self, theta: Float[np.ndarray, " P"]) -> PanelSlope:
        """Return the log-likelihood and score of each person."""
        of_utility, of_nests = self.layout.split(theta)
        found = log_likelihood(
            self.choices,
            self.layout.nests.network,
            of_nests,
            *self.utilities_at(of_utility),
            with_allocations=bool(self.layout.shares),
            map_blocks=self.map_blocks,
        )
        return PanelSlope(found.by_person, self.layout.scores(theta, found))

    def information(
        self, theta: Float[np.ndarray, " P"], weights: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, "P P"]:
        """Return minus the Hessian of the weighted sum of the persons' log-likelihoods."""
        return information_by_differences(self, theta, weights)


def utilities_of(utility: Utility, data: ChoiceData) -> UtilitiesAt:
    """Return the utilities of the rows of `data` as a function of their parameters."""
    if not is_linear(utility):
        return lambda theta: linearised_at(utility, data, theta)
    design = np.ascontiguousarray(utility.design(data), dtype=float)
    # BLAS would leave the order of sums to its threads.
    return lambda theta: (np.einsum("rk,k->r", design, theta), design)


def predicted(
    layout: NestLayout, utility: Utility, data: ChoiceData, theta: Float[np.ndarray, " P"]
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " tasks"]]:
    """Return the probability of each row of `data` and the logsum of each task."""
    of_utility, of_nests = layout.split(theta)
    utilities, _ = utilities_of(utility, data)(of_utility)
    return choice_probabilities(
        utilities,
        layout.nests.kinds_of_rows(data),
        np.asarray(data.task_starts),
        layout.nests.network,
        of_nests,
    )


def most_members_met(layout: NestLayout, choices: NestedChoices) -> Int[np.ndarray, " nests"]:
    """Return the most members of each nest that a task has; below two, its parameter is idle."""
    network = layout.nests.network
    n_nests, n_kinds = network.n_nests, len(layout.nests.kinds)
    n_tasks = len(choices.task_starts) - 1
    task = np.repeat(np.arange(n_tasks), np.diff(choices.entries.task_starts))
    nest = network.nests[choices.entries.memberships]
    members = np.bincount(task * n_nests + nest, minlength=n_tasks * n_nests)
    members = members.reshape(n_tasks, n_nests)
    for m in range(n_nests - 1):
        for e in range(network.starts[n_kinds + m], network.starts[n_kinds + m + 1]):
            members[:, network.nests[e]] += members[:, m] > 0
    return members.max(axis=0)
