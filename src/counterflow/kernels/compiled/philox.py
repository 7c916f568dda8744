"""Philox-4x64-10, word for word the generator of `numpy.random.Philox`, inside compiled loops."""

import numba as nb
import numpy as np

from counterflow.kernels.compiled.bits import double_of
from counterflow.kernels.compiled.elementary import log, sine_and_cosine_of_turn
from counterflow.kernels.compiled.options import ELEMENT, LOOP, VECTOR

MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
LOW_HALF = np.uint64(0xFFFFFFFF)
HALF_WORD = np.uint64(32)
ONE = np.uint64(1)
ELEVEN = np.uint64(11)


@nb.njit(**ELEMENT)
def high_product(a, b):
    """Return the upper 64 bits of the 128-bit product; LLVM turns this into one instruction."""
    a_low, a_high = a & LOW_HALF, a >> HALF_WORD
    b_low, b_high = b & LOW_HALF, b >> HALF_WORD
    low = a_low * b_low
    cross, other = a_high * b_low, a_low * b_high
    middle = (low >> HALF_WORD) + (cross & LOW_HALF) + (other & LOW_HALF)
    return a_high * b_high + (cross >> HALF_WORD) + (other >> HALF_WORD) + (middle >> HALF_WORD)


@nb.njit(**VECTOR)
def fill_words(key, first, unit, sweep, stream, words):
    """Fill `words` with the blocks of four at counters (first + 1, unit, sweep, stream) and on.

    NumPy counts up before it draws, so these are the words of a generator set to `first`.
    """
    for block in range((words.shape[0] + 3) // 4):
        a, b, c, d = first + ONE + np.uint64(block), unit, sweep, stream
        key_0, key_1 = key[0], key[1]
        for _ in range(10):
            high_0, low_0 = high_product(MULTIPLIER_0, a), MULTIPLIER_0 * a
            high_1, low_1 = high_product(MULTIPLIER_1, c), MULTIPLIER_1 * c
            a, b, c, d = high_1 ^ b ^ key_0, low_1, high_0 ^ d ^ key_1, low_0
            key_0 += WEYL_0
            key_1 += WEYL_1
        i = 4 * block
        words[i] = a
        if i + 1 < words.shape[0]:
            words[i + 1] = b
        if i + 2 < words.shape[0]:
            words[i + 2] = c
        if i + 3 < words.shape[0]:
            words[i + 3] = d


@nb.njit(**VECTOR)
def fill_words_of_units(key, first, units, sweep, stream, words):
    """Fill a row of `words` for each word that `fill_words` draws, with a column for each unit."""
    for block in range((words.shape[0] + 3) // 4):
        rows = words[4 * block :]
        for w in range(units.shape[0]):
            a, b, c, d = first + ONE + np.uint64(block), np.uint64(units[w]), sweep, stream
            key_0, key_1 = key[0], key[1]
            for _ in range(10):
                high_0, low_0 = high_product(MULTIPLIER_0, a), MULTIPLIER_0 * a
                high_1, low_1 = high_product(MULTIPLIER_1, c), MULTIPLIER_1 * c
                a, b, c, d = high_1 ^ b ^ key_0, low_1, high_0 ^ d ^ key_1, low_0
                key_0 += WEYL_0
                key_1 += WEYL_1
            rows[0, w] = a
            if rows.shape[0] > 1:
                rows[1, w] = b
            if rows.shape[0] > 2:
                rows[2, w] = c
            if rows.shape[0] > 3:
                rows[3, w] = d


@nb.njit(**ELEMENT)
def uniform_of(word):
    """Return a number between 0 and 1, neither included, from the upper 53 bits of a word."""
    return (np.float64(word >> ELEVEN) + 0.5) * 1.1102230246251565e-16


@nb.njit(**ELEMENT)
def normals_of(word):
    """Return two independent standard normals from the halves of a word (Box and Muller 1958).

    32 bits each: no normal exceeds 6.7, which a thousand million draws would not reach.
    """
    # The bits of a double between 1 and 2, with half a step added so that 0 does not occur.
    u = double_of(np.int64((word & LOW_HALF) << np.uint64(20)) | 0x3FF0000000080000) - 1.0
    turn = double_of(np.int64((word >> HALF_WORD) << np.uint64(20)) | 0x3FF0000000080000) - 1.5
    radius = np.sqrt(-2.0 * log(u))
    sine, cosine = sine_and_cosine_of_turn(turn)
    return radius * sine, radius * cosine


@nb.njit(**VECTOR)
def fill_normals(words, normals):
    """Fill `normals` from half as many words: the sines first, then the cosines."""
    n = (normals.shape[0] + 1) // 2
    sines, cosines = normals[:n], normals[n:]
    for i in range(cosines.shape[0]):
        sines[i], cosines[i] = normals_of(words[i])
    if cosines.shape[0] < n:
        sines[n - 1], _ = normals_of(words[n - 1])


@nb.njit(**LOOP)
def fill_few_normals(words, normals):
    """Fill a short array as `fill_normals` does, by the same instructions wherever it stands.

    Loops are compiled twice, with vectors and without, and take the second way where one array
    begins soon after another. The two round differently, so work is done where nothing is near.
    """
    apart = 128 + normals.shape[0]
    from_words = np.empty(words.shape[0] + 2 * apart, np.uint64)[apart:-apart]
    found = np.empty(normals.shape[0] + 2 * apart)[apart:-apart]
    from_words[:] = words
    fill_normals(from_words, found)
    normals[:] = found


@nb.njit(**LOOP)
def chi_square(degrees, key, unit, sweep, stream):
    """Return a chi-square draw with `degrees` of freedom, 2 or more.

    Twice a gamma draw by Marsaglia and Tsang (ACM TOMS 26, 2000): of d (1 + c z)**3 it rejects
    less than one in twenty, so a short run of words almost always suffices.
    """
    words = np.empty(4, np.uint64)
    d = 0.5 * degrees - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    attempt = np.uint64(0)
    while True:
        fill_words(key, attempt, unit, sweep, stream, words)
        z, _ = normals_of(words[0])
        v = (1.0 + c * z) ** 3
        if v > 0.0 and np.log(uniform_of(words[1])) < 0.5 * z * z + d - d * v + d * np.log(v):
            return 2.0 * d * v
        attempt += ONE
