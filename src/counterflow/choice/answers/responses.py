"""How demand for each alternative responds to an attribute of each: elasticities and diversion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from counterflow.choice.answers.alternatives import Alternatives
from counterflow.choice.answers.uncertain import Parameters, Uncertain, parameter_draws
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.text_table import text_table
from counterflow.domain.choice_data import ChoiceData, Numeric
from counterflow.domain.errors import LabelMismatchError
from counterflow.kernels.blocks import MapBlocks

_STEP = 2e-5
"""Relative step of central differences: off by (b x)^2 h^2 / 6, below 1e-6 for |b x| up to 100, and
by rounding of about 1e-16 / h."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Responses:
    """A table of A x A responses, by name of the alternative.

    Of elasticities, a row is whose demand changes and a column whose attribute does. Of diversion
    ratios, a row is who loses demand and a column where it goes.
    """

    measure: Literal["elasticity", "diversion ratio"]
    attribute: str
    alternatives: tuple[str, ...]
    table: Uncertain

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """Return the entry of a row and a column at the estimate."""
        row, column = (self.alternatives.index(name) for name in pair)
        return float(self.table.value[row, column])

    @property
    def own(self) -> dict[str, float]:
        """Return the diagonal at the estimate, by alternative."""
        return dict(zip(self.alternatives, np.diag(self.table.value).tolist(), strict=True))

    def __str__(self) -> str:
        """Return the table at the estimate as text."""
        rows = zip(self.alternatives, self.table.value.tolist(), strict=True)
        return text_table(
            (f"{self.measure}, {self.attribute}", *self.alternatives),
            [(name, *values) for name, values in rows],
        )


def elasticities(
    fitted: FittedModel,
    data: ChoiceData,
    attribute: str,
    *,
    by: str | None = None,
    level: float = 0.9,
    n_draws: int = 100,
    seed: int = 0,
    map_blocks: MapBlocks = map,
) -> Responses:
    """Return by how many percent demand changes for one percent more of an attribute.

    Parameters
    ----------
    fitted
        What `fit` of any model returned.
    data
        The choice tasks of the market.
    attribute
        An attribute of numbers.
    by
        An attribute whose levels tell alternatives apart, such as a brand; their names if absent,
        or where they have none the position in the task.
    level, n_draws, seed
        Intervals are quantiles over draws of the parameters; none with `n_draws=0`. Of A
        alternatives each draw takes 2 A + 1 predictions.
    map_blocks
        Where draws are evaluated: `ThreadRunner().map` for threads. The answer is the same.

    Returns
    -------
    A table whose row is the alternative in demand and whose column is the alternative of which the
    attribute changes, in all tasks at once.

    Raises
    ------
    LabelMismatchError
        If there is no such attribute.
    ValueError
        If it has levels instead of numbers.

    Notes
    -----
    E_ij = (dS_i / d ln x_j) / S_i with S the weighted sum of probabilities over tasks: so an
    elasticity of one task counts by the probability of the alternative there (Train 2009, sections
    2.6 and 3.6). Derivatives are central differences, exact to about 1e-6, whatever the model and
    however the attribute enters it.
    """
    alternatives = Alternatives.of(data, by)
    slopes, levels = _slopes(
        fitted,
        data,
        attribute,
        alternatives,
        _in_proportion,
        n_draws=n_draws,
        seed=seed,
        map_blocks=map_blocks,
    )
    return Responses(
        measure="elasticity",
        attribute=attribute,
        alternatives=alternatives.names,
        table=_uncertain(slopes / levels[:, :, None], level),
    )


def diversion_ratios(
    fitted: FittedModel,
    data: ChoiceData,
    attribute: str,
    *,
    by: str | None = None,
    level: float = 0.9,
    n_draws: int = 100,
    seed: int = 0,
    map_blocks: MapBlocks = map,
) -> Responses:
    """Return where the demand goes that an alternative loses as its attribute (its price) rises.

    Rows sum to 1; the diagonal is 0, for what is lost does not come back. Rows of alternatives
    that nothing can lose, such as the outside option, are NaN. Parameters are as of `elasticities`.

    Notes
    -----
    D_ij = -(dS_j / dx_i) / (dS_i / dx_i) for the same small change of x in all tasks (Conlon and
    Mortimer, RAND Journal of Economics 52, 2021, equation 1).
    """
    alternatives = Alternatives.of(data, by)
    slopes, _ = _slopes(
        fitted,
        data,
        attribute,
        alternatives,
        _by_the_same,
        n_draws=n_draws,
        seed=seed,
        map_blocks=map_blocks,
    )
    lost = -np.diagonal(slopes, axis1=1, axis2=2)[:, :, None]
    ratios = np.swapaxes(slopes, 1, 2) / np.where(lost == 0.0, np.nan, lost)
    own = np.arange(len(alternatives))
    ratios[:, own, own] = np.where(np.isnan(ratios[:, own, own]), np.nan, 0.0)
    return Responses(
        measure="diversion ratio",
        attribute=attribute,
        alternatives=alternatives.names,
        table=_uncertain(ratios, level),
    )


Moved = Callable[
    [Float[np.ndarray, " rows"], Bool[np.ndarray, " rows"], float], Float[np.ndarray, " rows"]
]
"""From an attribute, the rows of one alternative and a small number to the changed attribute."""


def _in_proportion(
    values: Float[np.ndarray, " rows"], rows: Bool[np.ndarray, " rows"], h: float
) -> Float[np.ndarray, " rows"]:
    return np.where(rows, values * (1.0 + h), values)


def _by_the_same(
    values: Float[np.ndarray, " rows"], rows: Bool[np.ndarray, " rows"], h: float
) -> Float[np.ndarray, " rows"]:
    """Return the values, those of `rows` greater by h times what is a large change."""
    large = max(np.nanmean(np.abs(values)), np.nanstd(values)) or 1.0
    return np.where(rows, values + h * large, values)


def _slopes(
    fitted: FittedModel,
    data: ChoiceData,
    attribute: str,
    alternatives: Alternatives,
    moved: Moved,
    *,
    n_draws: int,
    seed: int,
    map_blocks: MapBlocks,
) -> tuple[Float[np.ndarray, "S_and_one A A"], Float[np.ndarray, "S_and_one A"]]:
    """Return by how much shares (second axis) change with each alternative's attribute (third).

    The first entry is at the estimate, the others at draws of the parameters.
    """
    values = _numbers(data, attribute)
    sets = [None, *parameter_draws(fitted, n_draws=n_draws, seed=seed)]

    def shares(at: ChoiceData) -> Float[np.ndarray, "S_and_one A"]:
        def of(parameters: Parameters) -> Float[np.ndarray, " A"]:
            return alternatives.shares(fitted.probabilities(at, parameters))

        return np.stack(list(map_blocks(of, sets)))

    slopes = np.empty((len(sets), len(alternatives), len(alternatives)))
    for a in range(len(alternatives)):
        rows = alternatives.rows(a)
        ahead, behind = (
            shares(_with(data, attribute, moved(values, rows, h))) for h in (_STEP, -_STEP)
        )
        slopes[:, :, a] = (ahead - behind) / (2.0 * _STEP)
    return slopes, shares(data)


def _with(data: ChoiceData, attribute: str, values: Float[np.ndarray, " rows"]) -> ChoiceData:
    return replace(data, columns={**data.columns, attribute: Numeric(values)})


def _numbers(data: ChoiceData, attribute: str) -> Float[np.ndarray, " rows"]:
    if attribute not in data.columns:
        raise LabelMismatchError("attribute", expected=data.columns, found=[attribute])
    column = data.columns[attribute]
    if not isinstance(column, Numeric):
        raise ValueError(
            f"expected an attribute of numbers, found {attribute}, which has levels. "
            "Compare shares of data with one level and with another instead."
        )
    return column.values


def _uncertain(found: Float[np.ndarray, "S_and_one A A"], level: float) -> Uncertain:
    return Uncertain(value=found[0], draws=found[1:], level=level)
