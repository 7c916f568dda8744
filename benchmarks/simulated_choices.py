"""A survey of any size whose answers are simulated from part-worths that are known.

Like a retailer's conjoint study: 8 tasks of 3 products a person, 15 coefficients (price, two
other numbers, four attributes of four levels). Block b of people is drawn by Philox under the key
(seed, b), so a smaller survey is the beginning of a larger one.
"""

from __future__ import annotations

import numpy as np

from benchmarks.choices import Choices

N_TASKS, N_ALTERNATIVES = 8, 3
NUMBERS = {"price": (-1.0, -0.5, 0.0, 0.5, 1.0), "range": (-1.0, 0.0, 1.0), "power": (-1.0, 1.0)}
ATTRIBUTES = ("body", "brand", "battery", "contract")
N_LEVELS = 4
LABELS = (*NUMBERS, *(f"{name} {level}" for name in ATTRIBUTES for level in range(1, N_LEVELS)))
MEANS = np.array(
    [-1.2, 0.6, 0.3, *(0.5, -0.4, 0.2), *(0.8, 0.3, -0.3), *(0.6, 1.0, 1.2), 0.0, -0.5, 0.4]
)
SDS = np.array([0.8, 0.5, 0.4] + 12 * [0.7])

_BLOCK = 5_000


def simulated_choices(n_people: int, seed: int = 1) -> Choices:
    """Return choices that maximise x'b + e: b normal over people (MEANS, SDS), e Gumbel."""
    rows_each = N_TASKS * N_ALTERNATIVES
    design = np.empty((n_people * rows_each, len(LABELS)), order="F")
    chosen = np.zeros(n_people * rows_each, dtype=bool)
    for first in range(0, n_people, _BLOCK):
        last = min(first + _BLOCK, n_people)
        rows = slice(first * rows_each, last * rows_each)
        x, taken = _block(seed, first // _BLOCK)
        design[rows] = x[: (last - first) * rows_each]
        chosen[rows] = taken[: (last - first) * rows_each]
    tasks = np.repeat(np.arange(n_people * N_TASKS), N_ALTERNATIVES)
    return Choices(LABELS, design, chosen, tasks, tasks // N_TASKS)


def _block(seed: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.Generator(np.random.Philox(key=[seed, block]))
    n_rows = _BLOCK * N_TASKS * N_ALTERNATIVES
    design = np.zeros((n_rows, len(LABELS)))
    for k, levels in enumerate(NUMBERS.values()):
        design[:, k] = np.array(levels)[random.integers(len(levels), size=n_rows)]
    for i in range(len(ATTRIBUTES)):
        level = random.integers(N_LEVELS, size=n_rows)
        first = len(NUMBERS) + i * (N_LEVELS - 1)
        # The first level is the base and has no column.
        for step in range(1, N_LEVELS):
            design[:, first + step - 1] = level == step
    people = MEANS + SDS * random.standard_normal((_BLOCK, len(LABELS)))
    each = design.reshape(_BLOCK, N_TASKS * N_ALTERNATIVES, len(LABELS))
    utility = (each @ people[:, :, None]).reshape(-1, N_ALTERNATIVES)
    best = (utility + random.gumbel(size=utility.shape)).argmax(axis=1)
    return design, (best[:, None] == np.arange(N_ALTERNATIVES)).ravel()
