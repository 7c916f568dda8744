"""What given classes would do with choices that were not fitted: shares, probabilities, logsums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import softmax

from counterflow.choice.latent_class_likelihood import LatentClassLikelihood
from counterflow.choice.latent_class_parameters import ClassParameters
from counterflow.choice.latent_class_traits import traits_of
from counterflow.choice.price_coefficient import price_position
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.utility import Utility
from counterflow.kernels.blocks import MapBlocks
from counterflow.kernels.logit import choice_probabilities, choice_sets


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassPrediction:
    """G classes with parameters `theta`, in the units of the data."""

    utility: Utility
    layout: ClassParameters
    membership: tuple[str, ...]
    """What is known of respondents on which belonging to a class depends."""
    theta: Float[np.ndarray, " P"]

    @property
    def coefficients(self) -> Float[np.ndarray, "G K"]:
        """Return the coefficients of each class."""
        return self.layout.classes(self.theta).coefficients

    def shares(self, data: ChoiceData) -> Float[np.ndarray, "N G"]:
        """Return the probability of each class for people of whom only traits are known."""
        traits = traits_of(data, self.membership, self.layout.traits)
        return softmax(traits @ self.layout.classes(self.theta).memberships.T, axis=1)

    def likelihood(self, data: ChoiceData, map_blocks: MapBlocks = map) -> LatentClassLikelihood:
        """Return the likelihood of these choices, as a function of any parameters."""
        return LatentClassLikelihood(
            parameters=self.layout,
            sets=choice_sets(
                self.utility.design(data),
                np.asarray(data.task_starts),
                np.asarray(data.respondent_starts),
                np.asarray(data.chosen_rows),
            ),
            scales=np.ones(len(self.layout.coefficients)),
            traits=traits_of(data, self.membership, self.layout.traits),
            map_blocks=map_blocks,
        )

    def probabilities(
        self, data: ChoiceData, shares: Float[np.ndarray, "N G"]
    ) -> Float[np.ndarray, " rows"]:
        """Return the mean over classes of the choice probabilities, by each person's shares."""
        starts = np.asarray(data.task_starts)
        return self._over_classes(
            data,
            shares,
            lambda utilities: choice_probabilities(utilities, starts),
            np.diff(starts[data.respondent_starts]),
        )

    def logsums(
        self, data: ChoiceData, units: Float[np.ndarray, " G"]
    ) -> Float[np.ndarray, " tasks"]:
        """Return the mean over classes of the logsum, each in units of its own."""
        begins = np.asarray(data.task_starts)[:-1]
        return self._over_classes(
            data,
            self.shares(data) * units,
            lambda utilities: np.logaddexp.reduceat(utilities, begins),
            np.diff(data.respondent_starts),
        )

    def price_coefficients(self, price: str) -> Float[np.ndarray, " G"]:
        """Return the coefficient of money in each class; InputError if it does not deter one."""
        money = self.coefficients[:, price_position(self.layout.coefficients, price)]
        problems = [
            Problem(
                expected=f"a {price} coefficient below 0 in every class",
                found=f"{value:.4g} in class {g + 1}",
                key="price",
                advice=f'Fit with Constraints(upper={{"{price}": ...}}) or share {price}.',
            )
            for g, value in enumerate(money)
            if not value < 0.0
        ]
        if problems:
            raise InputError(problems)
        return money

    def _over_classes(
        self,
        data: ChoiceData,
        shares: Float[np.ndarray, "N G"],
        of_utilities: Callable[[Float[np.ndarray, " rows"]], np.ndarray],
        sizes: Int[np.ndarray, " N"],
    ) -> np.ndarray:
        """Return what follows from utilities, summed over classes by shares.

        A person has `sizes` entries of it.
        """
        design = self.utility.design(data)
        parts = (
            np.repeat(share, sizes) * of_utilities(design @ b)
            for share, b in zip(shares.T, self.coefficients, strict=True)
        )
        return sum(parts, np.zeros(sizes.sum()))


def mean_shares(
    layout: ClassParameters,
    theta: Float[np.ndarray, " P"],
    traits: Float[np.ndarray, "N traits"],
    weights: Float[np.ndarray, " N"],
) -> tuple[Float[np.ndarray, " G"], Float[np.ndarray, "G P"]]:
    """Return the weighted mean shares of the classes, and their derivatives by the parameters."""
    each = softmax(traits @ layout.classes(theta).memberships.T, axis=1)
    relative = weights / weights.sum()
    # d share_g / d logit_h = share_g (1[g = h] - share_h), times the trait.
    by_logit = -np.einsum("n,ng,nh,nt->ght", relative, each, each, traits)
    by_logit[np.diag_indices(layout.n_classes)] += np.einsum("n,ng,nt->gt", relative, each, traits)
    slope = np.zeros((layout.n_classes, len(theta)))
    first = layout.n_classes * len(layout.coefficients)
    slope[:, first:] = by_logit[:, 1:].reshape(layout.n_classes, -1)
    return np.einsum("n,ng->g", relative, each), slope
