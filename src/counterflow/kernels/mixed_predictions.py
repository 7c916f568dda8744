"""What people would choose, on average over their coefficients."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.aligned import aligned_zeros
from counterflow.kernels.blocks import MapBlocks, person_blocks
from counterflow.kernels.compiled import mixed_predictions as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.mixing import (
    EXPONENTIAL,
    Mixing,
    Proposals,
    lists_of,
    most_rows,
    prior_proposals,
    room_for,
)
from counterflow.kernels.nodes import Nodes


class Tasks(NamedTuple):
    """Choice tasks of N persons, all alternatives included, whatever was chosen."""

    design: Float[np.ndarray, "rows K"]
    task_starts: Int[np.ndarray, " tasks_and_one"]
    person_starts: Int[np.ndarray, " persons_and_one"]


class Predictions(NamedTuple):
    """Means over people, or over what each person may want."""

    probabilities: Float[np.ndarray, " rows"]
    logsums: Float[np.ndarray, " tasks"]
    """Expected maximum utility, up to a constant."""
    surpluses: Float[np.ndarray, " tasks"]
    """The same in money; not a number where no price was named."""


def predictions(
    tasks: Tasks,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    *,
    known: tuple[ChoiceSets, Proposals] | None = None,
    price_index: int = -1,
    map_blocks: MapBlocks = map,
) -> Predictions:
    """Return what people choose in these tasks, averaged over people.

    `known` are past choices of the same N persons, in the same order, and where their draws lie:
    averages are then over each person's posterior. `price_index` is the coefficient by which
    logsums are divided, with its sign changed, draw by draw; -1 for none.

    Notes
    -----
    Probabilities are means of logit probabilities (Train 2009, equation 6.1); with past choices,
    over the distribution of coefficients given these (Train 2009, equation 11.6). The surplus is
    the mean of the logsum over the coefficient of income (Train 2009, equation 3.10).

    Examples
    --------
    >>> from counterflow.kernels.mixing import mixing_of, with_entries
    >>> from counterflow.kernels.nodes import gauss_hermite_nodes
    >>> tasks = Tasks(np.array([[1.0], [0.0]]), np.array([0, 2]), np.array([0, 1]))
    >>> mixing = with_entries(mixing_of(["normal"], [0], [0], n_random=1), np.ones(1))
    >>> predictions(tasks, mixing, np.zeros((1, 1)), gauss_hermite_nodes(9, 1)).probabilities
    array([0.5, 0.5])
    """
    n, k = len(tasks.person_starts) - 1, len(mixing.kinds)
    if known is None:
        nothing = ChoiceSets(np.empty((0, k)), np.zeros(1, np.int64), np.zeros(n + 1, np.int64))
        known = nothing, prior_proposals(n, nodes.n_random)
    given = Tasks(
        np.ascontiguousarray(tasks.design, dtype=float),
        np.asarray(tasks.task_starts, dtype=np.int64),
        np.asarray(tasks.person_starts, dtype=np.int64),
    )
    found = Predictions(
        np.zeros(len(given.design)),
        np.zeros(len(given.task_starts) - 1),
        np.zeros(len(given.task_starts) - 1),
    )
    fixed = np.ascontiguousarray(means, dtype=float)
    work = partial(_predict, given, *known, mixing, fixed, nodes, price_index, found)
    multiply_adds = float(nodes.weights.size * len(given.design) * (k + EXPONENTIAL))
    for _ in map_blocks(work, person_blocks(n, multiply_adds)):
        pass
    if price_index < 0:
        found.surpluses[:] = np.nan
    return found


class _TaskRoom(NamedTuple):
    places: Int[np.ndarray, " K_times_alternatives"]
    values: Float[np.ndarray, " K_times_alternatives"]
    ends: Int[np.ndarray, " alternatives"]
    zeros: Float[np.ndarray, " alternatives"]
    odds: Float[np.ndarray, "alternatives width"]
    logsums: Float[np.ndarray, " width"]
    inverse_totals: Float[np.ndarray, " width"]


def _predict(
    tasks: Tasks,
    sets: ChoiceSets,
    proposals: Proposals,
    mixing: Mixing,
    means: Float[np.ndarray, "N_or_1 K"],
    nodes: Nodes,
    price_index: int,
    found: Predictions,
    block: tuple[int, int],
) -> None:
    k, width = len(mixing.kinds), nodes.values.shape[3]
    begin, end = tasks.person_starts[block[0]], tasks.person_starts[block[1]]
    widest = int(np.diff(tasks.task_starts[begin : end + 1]).max(initial=1))
    task_room = _TaskRoom(
        places=np.empty(k * widest + 1, dtype=np.int64),
        values=np.empty(k * widest + 1),
        ends=np.empty(widest, dtype=np.int64),
        zeros=np.zeros(widest),
        odds=aligned_zeros(widest, width),
        logsums=aligned_zeros(width),
        inverse_totals=aligned_zeros(width),
    )
    compiled.predict(
        tasks,
        sets,
        lists_of(mixing),
        means,
        nodes,
        proposals,
        price_index,
        room_for(mixing, most_rows(sets, *block), nodes),
        task_room,
        np.empty(nodes.weights.shape),
        *block,
        found,
    )
