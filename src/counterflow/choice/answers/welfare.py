"""What a change of the market is worth to those who choose in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.answers.uncertain import Parameters, Uncertain, over_draws
from counterflow.choice.fitted_model import FittedModel
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.errors import LabelMismatchError
from counterflow.kernels.blocks import MapBlocks


@dataclass(frozen=True, eq=False, kw_only=True)
class WelfareChange:
    """The change of consumer surplus in units of `price`, a choice."""

    price: str
    by_task: Float[np.ndarray, " tasks"]
    """At the estimate."""
    mean: Uncertain
    """Over tasks, each counting by the weight of its respondent; no axis."""

    def __str__(self) -> str:
        """Return the mean and its interval as a line."""
        mean = self.mean
        return (
            f"{float(mean.value):.4g} {self.price} a choice "
            f"({100 * mean.level:g} %: {float(mean.low):.4g} to {float(mean.high):.4g})"
        )


def welfare_change(
    fitted: FittedModel,
    before: ChoiceData,
    after: ChoiceData,
    price: str,
    *,
    level: float = 0.9,
    n_draws: int = 200,
    seed: int = 0,
    map_blocks: MapBlocks = map,
) -> WelfareChange:
    """Return by how much consumer surplus rises, a choice, from one market to the other.

    Parameters
    ----------
    fitted
        What `fit` of a model returned whose utility is linear in the price.
    before, after
        The same tasks of the same respondents with other attributes, or other alternatives.
    price
        The attribute that is money.
    level, n_draws, seed
        The interval is that of quantiles over draws of the parameters.
    map_blocks
        Where draws are evaluated: `ThreadRunner().map` for threads.

    Raises
    ------
    LabelMismatchError
        If respondents differ.
    ValueError
        If numbers of tasks differ.

    Notes
    -----
    E(CS) = E(max_j U_j) / -b_price + C, and the constant drops out of the difference (Small and
    Rosen, Econometrica 49, 1981; Train 2009, section 3.5). Where the price coefficient varies over
    people, the division is done person by person.
    """
    _check_same_tasks(before, after)
    by_task = np.repeat(np.asarray(before.weights), np.diff(before.respondent_starts))
    weights = by_task / by_task.sum()

    def gains(parameters: Parameters) -> Float[np.ndarray, " tasks"]:
        ends = (fitted.consumer_surplus(data, price, parameters) for data in (before, after))
        first, second = ends
        return second - first

    mean = over_draws(
        fitted,
        lambda parameters: np.asarray(np.sum(weights * gains(parameters))),
        level=level,
        n_draws=n_draws,
        seed=seed,
        map_blocks=map_blocks,
    )
    return WelfareChange(price=price, by_task=gains(None), mean=mean)


def _check_same_tasks(before: ChoiceData, after: ChoiceData) -> None:
    if before.respondent_ids != after.respondent_ids:
        raise LabelMismatchError(
            "respondents after the change",
            expected=before.respondent_ids,
            found=after.respondent_ids,
        )
    if not np.array_equal(before.respondent_starts, after.respondent_starts):
        raise ValueError(
            "expected the same tasks of each respondent before and after, found "
            f"{before.n_tasks} and {after.n_tasks}"
        )
