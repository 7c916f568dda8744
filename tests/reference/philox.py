"""Philox-4x64-10 in whole numbers of any size, and what is made of its words."""

import numpy as np

_MASK = 2**64 - 1


def philox_block(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, ...]:
    """Return the four words at a counter (Salmon et al. 2011, section 3.3 and table 2)."""
    (a, b, c, d), (k0, k1) = counter, key
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
        a, b, c, d = (
            (second >> 64) ^ b ^ k0,
            second & _MASK,
            (first >> 64) ^ d ^ k1,
            first & _MASK,
        )
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & _MASK, (k1 + 0xBB67AE8584CAA73B) & _MASK
    return a, b, c, d


def words(key: np.ndarray, unit: int, sweep: int, stream: int, n: int, first: int = 0):
    """Return n words at counters (first + 1, unit, sweep, stream) and on."""
    counter = np.array([first, unit, sweep, stream], dtype=np.uint64)
    return np.random.Philox(key=key, counter=counter).random_raw(n)


def normals(some_words: np.ndarray, n: int) -> np.ndarray:
    """Return n normals of the first words: sines first, then cosines (Box and Muller)."""
    pairs = some_words[: (n + 1) // 2]
    radius = np.sqrt(-2.0 * np.log(((pairs & 0xFFFFFFFF) + 0.5) / 2.0**32))
    angle = 2.0 * np.pi * (((pairs >> np.uint64(32)) + 0.5) / 2.0**32 - 0.5)
    return np.concatenate([radius * np.sin(angle), radius * np.cos(angle)])[:n]


def uniform(word: np.uint64) -> float:
    """Return a number between 0 and 1."""
    return (float(word >> np.uint64(11)) + 0.5) / 2.0**53


def chi_square(degrees: float, key: np.ndarray, unit: int, sweep: int, stream: int) -> float:
    """Return a chi-square draw (Marsaglia and Tsang 2000)."""
    d = degrees / 2.0 - 1.0 / 3.0
    for attempt in range(1000):
        found = words(key, unit, sweep, stream, 4, first=attempt)
        z = normals(found[:1], 1)[0]
        v = (1.0 + z / np.sqrt(9.0 * d)) ** 3
        if v > 0.0 and np.log(uniform(found[1])) < 0.5 * z * z + d - d * v + d * np.log(v):
            return 2.0 * d * v
    raise AssertionError("a thousand rejections in a row")
