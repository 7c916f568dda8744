"""How willingness to pay differs between people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.choice.answers.uncertain import Uncertain
from counterflow.choice.text_table import text_table
from counterflow.domain.errors import LabelMismatchError
from counterflow.domain.part_worths import PartWorths


@dataclass(frozen=True, eq=False, kw_only=True)
class WorthOverPeople:
    """Quantiles over people of what a unit of each column is worth to them, in units of price."""

    price: str
    labels: tuple[str, ...]
    shares: tuple[float, ...]
    """Shares of people, such as 0.5 ..."""
    quantiles: Uncertain
    """... who would pay this or less; axes are labels and shares."""
    share_positive: Uncertain
    """Share of people who would pay anything; one a label."""
    share_undeterred: float
    """Share of people whom a higher price does not deter: they would pay anything."""

    def __str__(self) -> str:
        """Return the quantiles at the posterior median as a table."""
        rows = zip(self.labels, self.quantiles.value.tolist(), strict=True)
        return text_table(
            (f"in {self.price}", *(f"{100 * share:g} %" for share in self.shares)),
            [(label, *values) for label, values in rows],
        )


def worth_over_people(
    part_worths: PartWorths,
    price: str,
    *,
    labels: Sequence[str] | None = None,
    shares: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
    level: float = 0.9,
) -> WorthOverPeople:
    """Return the distribution over people of -b / p, with intervals over draws.

    Parameters
    ----------
    part_worths
        Draws of everybody's coefficients: `fitted.part_worths(...)`.
    price
        Label of the price coefficient.
    labels
        Coefficients that are valued; all others if absent.
    shares
        Shares of people, each counting by weight, at which quantiles are taken.
    level
        Probability of the intervals.

    Notes
    -----
    Quantiles, for a ratio has no mean where the price coefficient of some people may lie near
    zero (Daly, Hess and Train, Transportation 39, 2012). Who is not deterred by a price would pay
    anything for what they like and nothing for what they do not: their ratio is infinite, with
    the sign of b, and so are the quantiles that fall to them. In each draw people are lined up
    again, so the interval of a quantile says how sure it is, not how people differ.

    Examples
    --------
    Two people who would pay 1 and 3 for a unit of range:

    >>> from counterflow.domain.coding import LinearTerm, UtilityCoding
    >>> people = PartWorths(draws=np.array([[[2.0, -2.0], [3.0, -1.0]]]),
    ...     coding=UtilityCoding((LinearTerm("range"), LinearTerm("price"))),
    ...     respondent_ids=("ada", "bo"), weights=np.ones(2))
    >>> worth_over_people(people, "price", shares=(0.5, 1.0)).quantiles.value
    array([[1., 3.]])
    """
    if price not in part_worths.labels:
        raise LabelMismatchError("price", expected=part_worths.labels, found=[price])
    wanted = tuple(labels or (label for label in part_worths.labels if label != price))
    at = [part_worths.labels.index(label) for label in wanted]
    cost = -part_worths.draws[:, :, part_worths.labels.index(price)].astype(float)
    weights = part_worths.weights / part_worths.weights.sum()
    quantiles = np.empty((part_worths.n_draws, len(wanted), len(shares)))
    positive = np.empty((part_worths.n_draws, len(wanted)))
    for i, k in enumerate(at):
        worth = _ratio(part_worths.draws[:, :, k].astype(float), cost)
        quantiles[:, i] = _quantiles(worth, weights, np.asarray(shares, dtype=float))
        positive[:, i] = (worth > 0.0) @ weights
    return WorthOverPeople(
        price=price,
        labels=wanted,
        shares=tuple(shares),
        quantiles=_of(quantiles, level),
        share_positive=_of(positive, level),
        share_undeterred=float(((cost <= 0.0) @ weights).mean()),
    )


def _ratio(b: Float[np.ndarray, "S N"], cost: Float[np.ndarray, "S N"]) -> Float[np.ndarray, "S N"]:
    unlimited = np.where(b == 0.0, 0.0, np.copysign(np.inf, b))
    return np.divide(b, cost, out=unlimited, where=cost > 0.0)


def _quantiles(
    worth: Float[np.ndarray, "S N"],
    weights: Float[np.ndarray, " N"],
    shares: Float[np.ndarray, " shares"],
) -> Float[np.ndarray, "S shares"]:
    """Return for each draw the smallest worth that these shares of the weight do not exceed."""
    order = np.argsort(worth, axis=1, kind="stable")
    sorted_worth = np.take_along_axis(worth, order, axis=1)
    reached = np.cumsum(weights[order], axis=1)
    # Sums of weights that should be exactly a share may fall short by rounding.
    first = np.array([np.searchsorted(row, shares - 1e-12) for row in reached])
    return np.take_along_axis(sorted_worth, np.minimum(first, worth.shape[1] - 1), axis=1)


def _of(draws: Float[np.ndarray, "S ..."], level: float) -> Uncertain:
    # The lower of two middle draws where their number is even, as infinities have no mean.
    middle = np.quantile(draws, 0.5, axis=0, method="lower")
    return Uncertain(value=np.asarray(middle), draws=draws, level=level)
