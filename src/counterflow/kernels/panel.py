"""The choices of each person, laid out so that their likelihood takes a tenth of a microsecond."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt64

from counterflow.kernels.compiled import panel as compiled
from counterflow.kernels.logit import ChoiceSets

LANE = 8
"""Tasks of a person are filled up to a multiple of this: the width of a vector of doubles."""
LEFT_OUT = -1e3
"""Added to the utility of columns that stand for nothing; odds of e**-300 change no sum."""


class Panel(NamedTuple):
    """The choices of each person, laid out so that compiled loops vectorise.

    Person n has a design of K rows and `starts[n + 1] - starts[n]` columns: lane after lane, where
    lane j holds the j-th alternative of each task that was not chosen, less the chosen one. Lanes
    are filled up with columns of zeros, whose offset takes them out of every sum.
    """

    columns: Float[np.ndarray, " K_times_columns"]
    offsets: Float[np.ndarray, " columns"]
    starts: Int[np.ndarray, " persons_and_one"]
    lanes: Int[np.ndarray, " N"]
    """Columns in each lane of a person."""
    signs: Float[np.ndarray, " K"]
    """-1 or 1 where a coefficient's sign is known, else 0."""
    signed: Int[np.ndarray, " n_signed"]
    """Where it is known."""

    @property
    def n_persons(self) -> int:
        """Return N."""
        return len(self.lanes)

    @property
    def n_coefficients(self) -> int:
        """Return K."""
        return len(self.signs)


class Room(NamedTuple):
    """Where compiled loops put what they need in passing, and a proposed move of everyone."""

    odds: Float[np.ndarray, " most_columns"]
    totals: Float[np.ndarray, " most_tasks"]
    coefficients: Float[np.ndarray, " K"]
    vectors: Float[np.ndarray, "9 K"]
    matrices: Float[np.ndarray, "3 K K"]
    words: UInt64[np.ndarray, " most_words"]
    centred: Float[np.ndarray, "N K"]
    standardised: Float[np.ndarray, "N 1+K"]
    """A column of ones, then each person's latent values in units of the population."""
    latents: Float[np.ndarray, "N K"]
    log_likelihoods: Float[np.ndarray, " N"]
    gradients: Float[np.ndarray, "N K"]


def panel_of(sets: ChoiceSets, signs: Float[np.ndarray, " K"]) -> Panel:
    """Return the choice sets laid out for the chain.

    Examples
    --------
    One person with a set of two alternatives besides the chosen one, and a set of one:

    >>> sets = ChoiceSets(np.array([[1.0], [2.0], [3.0]]), np.array([0, 2, 3]), np.array([0, 2]))
    >>> panel = panel_of(sets, np.zeros(1))
    >>> panel.columns.reshape(2, 8)[:, :2]
    array([[1., 3.],
           [2., 0.]])
    """
    k, sizes = sets.n_coefficients, np.diff(sets.task_starts)
    n_tasks = np.diff(sets.person_starts)
    lanes = -(-n_tasks // LANE) * LANE
    starts = np.append(0, np.cumsum(lanes * np.maximum.reduceat(sizes, sets.person_starts[:-1])))
    task = np.repeat(np.arange(sets.n_tasks), sizes)
    person = np.repeat(np.arange(sets.n_persons), n_tasks)[task]
    lane, place = np.arange(len(task)) - sets.task_starts[task], task - sets.person_starts[person]
    column = lane * lanes[person] + place
    offsets = np.full(starts[-1], LEFT_OUT)
    offsets[starts[person] + column] = 0.0
    columns = np.zeros(k * starts[-1])
    first, width = k * starts[person] + column, np.diff(starts)[person]
    columns[first[:, None] + width[:, None] * np.arange(k)] = sets.differences
    signs = np.array(signs, dtype=float)
    return Panel(columns, offsets, starts, lanes, signs, np.flatnonzero(signs))


def room_for(panel: Panel) -> Room:
    """Return room for the loops over this panel."""
    n, k = panel.n_persons, panel.n_coefficients
    return Room(
        odds=np.empty(np.diff(panel.starts).max()),
        totals=np.empty(panel.lanes.max()),
        coefficients=np.empty(k),
        vectors=np.empty((9, k)),
        matrices=np.empty((3, k, k)),
        words=np.empty(k * (k + 1), dtype=np.uint64),
        centred=np.empty((n, k)),
        standardised=np.ones((n, k + 1)),
        latents=np.empty((n, k)),
        log_likelihoods=np.empty(n),
        gradients=np.empty((n, k)),
    )


def person_log_likelihoods(
    panel: Panel, latents: Float[np.ndarray, "N K"]
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "N K"]]:
    """Return each person's log-likelihood at the person's latent values, and its gradient.

    Notes
    -----
    As `logit.log_likelihood`, with coefficients theta or, where a sign s is known, s exp(theta);
    the gradient by theta then has the factor s exp(theta).

    Examples
    --------
    Odds of 3 to 1 against the choice, for a coefficient that is known to be positive:

    >>> sets = ChoiceSets(np.array([[1.0]]), np.array([0, 1]), np.array([0, 1]))
    >>> found = person_log_likelihoods(panel_of(sets, np.ones(1)), np.log(np.log([[3.0]])))
    >>> [values.round(4) for values in found]
    [array([-1.3863]), array([[-0.824]])]
    """
    log_likelihoods, gradients = np.empty(len(latents)), np.empty(latents.shape)
    compiled.evaluate(panel, room_for(panel), latents.copy(), log_likelihoods, gradients)
    return log_likelihoods, gradients


def person_informations(
    panel: Panel, latents: Float[np.ndarray, "N K"]
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, "K K"]]:
    """Return the trace of each person's information about latent values, and the sum of all."""
    traces, summed = np.empty(len(latents)), np.zeros((latents.shape[1], latents.shape[1]))
    compiled.add_informations(panel, room_for(panel), latents.copy(), traces, summed)
    return traces, summed
