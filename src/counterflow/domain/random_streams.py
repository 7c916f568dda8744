"""Random streams: the same numbers for the same seed, purpose and unit, wherever they are drawn."""

from __future__ import annotations

import hashlib

import numpy as np


def random_stream(seed: int, purpose: str, unit: int = 0) -> np.random.Generator:
    """Return the generator that belongs to a seed of the programme, a purpose and a unit of work.

    Streams of different purposes or units are independent, so a block of work depends on nothing
    but its own numbers: not on the blocks before it, nor on the thread that it runs on. Each unit
    has 2**192 numbers.

    Notes
    -----
    Philox-4x64-10, a counter-based generator (Salmon, Moraes, Dror and Shaw, SC 2011): seed and
    purpose make the key, the unit is the highest word of the counter.

    Examples
    --------
    >>> first, again = random_stream(3, "awareness"), random_stream(3, "awareness")
    >>> first.random() == again.random()
    True
    >>> random_stream(3, "awareness", 1).random() == random_stream(3, "awareness", 2).random()
    False
    """
    digest = hashlib.sha256(purpose.encode()).digest()
    key = np.array([seed, int.from_bytes(digest[:8], "little")], dtype=np.uint64)
    counter = np.array([0, 0, 0, unit], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
