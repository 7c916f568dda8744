"""The compiled Philox is NumPy's, word for word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import iti0k0

from counterflow.kernels.compiled.philox import chi_square
from counterflow.kernels.philox import philox_normals, philox_words
from reference import philox as reference

words = st.integers(0, 2**64 - 1)
KEY = np.array([20251014, 7], dtype=np.uint64)


@given(st.tuples(words, words), st.tuples(words, words, words, words), st.integers(0, 13))
def test_words_are_those_of_numpy_at_any_key_and_counter(key, counter, n):
    packed = np.array(key, dtype=np.uint64)
    known = np.random.Philox(key=packed, counter=np.array(counter, dtype=np.uint64))
    if counter[0] < 2**64 - 5:  # NumPy carries into the next word; our blocks are never so many
        assert philox_words(packed, counter, n).tolist() == known.random_raw(n).tolist()


@pytest.mark.parametrize(
    ("key", "counter", "block"),
    [
        # Random123 1.14, tests/kat_vectors, philox4x64 with 10 rounds.
        (
            (0, 0),
            (0, 0, 0, 0),
            (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
        ),
        (
            (2**64 - 1, 2**64 - 1),
            (2**64 - 1, 2**64 - 1, 2**64 - 1, 2**64 - 1),
            (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
        ),
    ],
)
def test_words_are_those_that_its_authors_publish(key, counter, block):
    assert reference.philox_block(key, counter) == block
    before = ((counter[0] - 1) % 2**64, *counter[1:])
    found = philox_words(np.array(key, dtype=np.uint64), before, 4)
    assert tuple(map(int, found)) == block


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_normals_are_those_of_box_and_muller(unit, n):
    found = philox_normals(KEY, (0, unit, 3, 1), n)
    known = reference.normals(reference.words(KEY, unit, 3, 1, (n + 1) // 2), n)
    np.testing.assert_allclose(found, known, rtol=1e-10, atol=1e-11)


def test_normals_pass_for_normal_to_the_tails():
    found = philox_normals(KEY, (0, 0, 0, 0), 400_000)
    assert stats.kstest(found, "norm").pvalue > 0.01
    assert stats.kstest(found[:200_000] * found[200_000:], _product_of_normals).pvalue > 0.01
    beyond = np.abs(found) > 4.0
    assert beyond.sum() == pytest.approx(400_000 * 2 * stats.norm.sf(4.0), abs=20)


@pytest.mark.parametrize("degrees", [2.0, 5.5, 300.0])
def test_chi_squares_pass_for_chi_square(degrees):
    stream = np.uint64(1)
    found = [chi_square(degrees, KEY, np.uint64(u), np.uint64(2), stream) for u in range(4000)]
    assert stats.kstest(found, "chi2", args=(degrees,)).pvalue > 0.01
    known = [reference.chi_square(degrees, KEY, unit, 2, 1) for unit in range(50)]
    np.testing.assert_allclose(found[:50], known, rtol=1e-9)


def _product_of_normals(x):
    """Return the distribution function of the product of two independent standard normals."""
    # The density is K0(|x|) / pi, and iti0k0 integrates K0 from 0.
    return 0.5 + np.sign(x) * iti0k0(np.abs(x))[1] / np.pi
