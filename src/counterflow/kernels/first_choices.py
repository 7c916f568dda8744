"""First choices: what each person would take of each candidate, and how much they prefer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from counterflow.kernels.compiled import first_choices as compiled


class FirstChoices(NamedTuple):
    """What a line needs to know of each candidate and each person who takes the best."""

    advantage: Float32[np.ndarray, "people C"]
    """Utility of the candidate's best variant above that of the best of the rest of the market."""
    earned: Float32[np.ndarray, "people C"]
    """What one vehicle of that variant earns from this person."""
    variant: Int32[np.ndarray, "people C"]
    """Which variant that is."""


def first_choices(
    part_worths: Float[np.ndarray, "people K"],
    rows: Float[np.ndarray, "variants K"],
    starts: Int[np.ndarray, " candidates_and_one"],
    values: Float[np.ndarray, " variants"],
    rest: Float[np.ndarray, " people"],
) -> FirstChoices:
    """Return what people think of candidates against the best of the rest of the market.

    Candidate c has the variants `starts[c]` to `starts[c + 1]` of the rows; of equal ones the
    first is taken.

    Notes
    -----
    advantage = max over v of x_v'beta - rest: the maximum rule (Green and Krieger, Marketing
    Science 4(1), 1985).

    Examples
    --------
    Two colours that earn 10 and 20, of which the person likes the second better:

    >>> first_choices(np.array([[2.0]]), np.array([[1.0], [1.5]]), np.array([0, 2]),
    ...               np.array([10.0, 20.0]), np.array([2.5]))
    FirstChoices(advantage=array([[0.5]], dtype=float32), earned=array([[20.]], dtype=float32), \
variant=array([[1]], dtype=int32))
    """
    shape = (part_worths.shape[0], starts.shape[0] - 1)
    found = FirstChoices(
        np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.int32)
    )
    compiled.first_choices(
        np.ascontiguousarray(part_worths, np.float64),
        np.ascontiguousarray(rows.T, np.float64),
        starts.astype(np.int64),
        np.ascontiguousarray(values, np.float64),
        np.ascontiguousarray(rest, np.float64),
        *found,
    )
    return found


def places_taken(choices: FirstChoices, line: Sequence[int]) -> Int[np.ndarray, " people"]:
    """Return which place of the line each person takes; -1 where nothing of it is good enough.

    Examples
    --------
    >>> two = FirstChoices(np.array([[1.0, 2.0], [-1.0, -2.0]], np.float32),
    ...     np.ones((2, 2), np.float32), np.zeros((2, 2), np.int32))
    >>> places_taken(two, (0, 1)).tolist()
    [1, -1]
    """
    place = np.empty(len(choices.advantage), np.int64)
    compiled.taken(choices.advantage, np.array(line, np.int64), place)
    return place
