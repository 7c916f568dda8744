"""Philox: random numbers that are a function of key and counter, whatever the order of work."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt64

from counterflow.kernels.compiled import philox as compiled

Key = UInt64[np.ndarray, " two"]
Counter = tuple[int, int, int, int]


def philox_words(key: Key, counter: Counter, n: int) -> UInt64[np.ndarray, " n"]:
    """Return n words of 64 random bits: those of `numpy.random.Philox` at this key and counter.

    Notes
    -----
    Philox-4x64-10 (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3,
    SC 2011). The compiled loops draw it at counters (block, unit, sweep, stream); every such
    place has numbers of its own, so nothing depends on which thread came there first.

    Examples
    --------
    >>> key = np.array([7, 11], dtype=np.uint64)
    >>> numpy_words = np.random.Philox(key=key, counter=[0, 5, 0, 1]).random_raw(6)
    >>> bool((philox_words(key, (0, 5, 0, 1), 6) == numpy_words).all())
    True
    """
    words = np.empty(n, dtype=np.uint64)
    compiled.fill_words(key, *(np.uint64(word) for word in counter), words)
    return words


def philox_normals(key: Key, counter: Counter, n: int) -> Float[np.ndarray, " n"]:
    """Return n standard normals from half as many words at this key and counter.

    Notes
    -----
    Box and Muller (1958) with the lower half of a word for the radius and the upper half for the
    angle: sqrt(-2 ln u) times sine and cosine; first all sines, then the cosines.

    Examples
    --------
    >>> normals = philox_normals(np.array([7, 11], dtype=np.uint64), (0, 0, 0, 0), 100_000)
    >>> bool(abs(normals.mean()) < 0.01 and abs(normals.var() - 1.0) < 0.02)
    True
    """
    normals = np.empty(n)
    compiled.fill_normals(philox_words(key, counter, (n + 1) // 2), normals)
    return normals
