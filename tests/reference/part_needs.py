"""The bill of materials explosion as its formula, one number at a time."""

import numpy as np


def part_needs(volumes, quantity):
    n_draws, n_variants, n_periods = volumes.shape
    n_parts = quantity.shape[1]
    needs = np.zeros((n_draws, n_parts, n_periods))
    for s in range(n_draws):
        for p in range(n_parts):
            for q in range(n_periods):
                needs[s, p, q] = sum(quantity[v, p] * volumes[s, v, q] for v in range(n_variants))
    return needs
