"""Random numbers one after the other, for searches whose course depends on what they find."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import ELEMENT

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


@nb.njit(**ELEMENT)
def next_word(state):
    """Return 64 random bits and move on: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

    A search takes an unknown number of words at a time, one by one; a counter-based generator
    makes them in blocks of four, which would have to be kept. Its seed comes from one.
    """
    state[0] += _STEP
    word = state[0]
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


@nb.njit(**ELEMENT)
def below(state, n):
    """Return an integer from 0 to n - 1; n is far below 2**32, so the bias is too."""
    return np.int64(((next_word(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))


@nb.njit(**ELEMENT)
def uniform(state):
    """Return a number from 0 to 1, 1 not included."""
    return np.float64(next_word(state) >> np.uint64(11)) * 1.1102230246251565e-16


@nb.njit(**ELEMENT)
def shuffle(state, values):
    """Bring `values` into random order (Fisher and Yates)."""
    for i in range(values.shape[0] - 1, 0, -1):
        other = below(state, i + 1)
        values[i], values[other] = values[other], values[i]
