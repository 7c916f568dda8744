"""What one core does at most: multiply-adds and exponentials of doubles a second.

Measured in loops compiled as the kernels are. Multiply-adds twice: of numbers that stay in
registers, which no kernel that reads its data can reach, and of vectors in the first cache, which
is what a sum of weighted vectors is.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from benchmarks.case import best_of
from counterflow.kernels.compiled.elementary import exp
from counterflow.kernels.compiled.options import LOOP, VECTOR

_WIDTH, _CHAINS, _STEPS = 512, 8, 16
_UNCACHED = {"cache": False}


def multiply_adds_in_registers_per_s(repetitions: int = 30) -> float:
    """Return the most multiply-adds a second: eight independent chains in vectors."""
    calls = 1_000
    values = np.ones((_CHAINS, _WIDTH))
    _chains_often(values, 1)
    seconds, _ = best_of(repetitions, lambda: _chains_often(values, calls))
    return calls * _WIDTH * _CHAINS * _STEPS / seconds


def multiply_adds_from_cache_per_s(repetitions: int = 30) -> float:
    """Return the most multiply-adds a second that add four weighted vectors to a vector."""
    calls = 10_000
    vectors, total = np.ones((4, _WIDTH)), np.zeros(_WIDTH)
    _sums_often(vectors, total, 1)
    seconds, _ = best_of(repetitions, lambda: _sums_often(vectors, total, calls))
    return calls * 4 * _WIDTH / seconds


def exponentials_per_s(repetitions: int = 30) -> float:
    """Return the most exponentials a second, by the kernels' own exponential."""
    calls = 2_000
    values, out = np.linspace(-5.0, 5.0, 2 * _WIDTH), np.empty(2 * _WIDTH)
    _exponentials_often(values, out, 1)
    seconds, _ = best_of(repetitions, lambda: _exponentials_often(values, out, calls))
    return calls * len(values) / seconds


@nb.njit(**{**VECTOR, **_UNCACHED})
def _chains(x, factor, term):
    for r in range(x.shape[1]):
        # One chain would wait for itself: a multiply-add takes four cycles, two start in each.
        a, b, c, d = x[0, r], x[1, r], x[2, r], x[3, r]
        e, f, g, h = x[4, r], x[5, r], x[6, r], x[7, r]
        for _ in range(_STEPS):
            a, b, c, d = a * factor + term, b * factor + term, c * factor + term, d * factor + term
            e, f, g, h = e * factor + term, f * factor + term, g * factor + term, h * factor + term
        x[0, r], x[1, r], x[2, r], x[3, r] = a, b, c, d
        x[4, r], x[5, r], x[6, r], x[7, r] = e, f, g, h


@nb.njit(**{**LOOP, **_UNCACHED})
def _chains_often(x, n):
    for _ in range(n):
        _chains(x, 0.999, 1e-3)


@nb.njit(**{**VECTOR, **_UNCACHED})
def _sums(x, a, b, c, d, total):
    for r in range(total.shape[0]):
        total[r] += (a * x[0, r] + b * x[1, r]) + (c * x[2, r] + d * x[3, r])


@nb.njit(**{**LOOP, **_UNCACHED})
def _sums_often(x, total, n):
    for _ in range(n):
        _sums(x, 0.1, -0.2, 0.3, -0.2, total)


@nb.njit(**{**VECTOR, **_UNCACHED})
def _exponentials(x, out):
    for r in range(x.shape[0]):
        out[r] = exp(x[r])


@nb.njit(**{**LOOP, **_UNCACHED})
def _exponentials_often(x, out, n):
    for _ in range(n):
        _exponentials(x, out)
