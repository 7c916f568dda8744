"""Compiled loops of `kernels.choice_design`: from levels to columns."""

from typing import NamedTuple

import numba as nb
import numpy as np

from counterflow.kernels.compiled.options import LOOP


class PackedTerms(NamedTuple):
    """The terms of S parts of the utility, one after the other; a term's numbers lie flat."""

    attributes: np.ndarray
    """(S, 2), -1 where there is none."""
    is_at: np.ndarray
    """(S, J): at which places the term counts."""
    n_second: np.ndarray
    """(S,): levels of the second attribute, 1 without."""
    first_column: np.ndarray
    """(S + 1,)"""
    first_number: np.ndarray
    """(S + 1,)"""
    numbers: np.ndarray


@nb.njit(**LOOP)
def fill_row(terms, codes, place, row):
    """Set `row` to the columns of a profile at a place."""
    for s in range(terms.attributes.shape[0]):
        begin, end = terms.first_column[s], terms.first_column[s + 1]
        a, b = terms.attributes[s, 0], terms.attributes[s, 1]
        level = 0 if a < 0 else codes[a]
        second = 0 if b < 0 else codes[b]
        if terms.is_at[s, place] and level >= 0 and second >= 0:
            number = terms.first_number[s] + (level * terms.n_second[s] + second) * (end - begin)
            for k in range(begin, end):
                row[k] = terms.numbers[number + k - begin]
        else:
            for k in range(begin, end):
                row[k] = 0.0


@nb.njit(**LOOP)
def fill_columns(terms, codes, columns):
    """Set columns[q, j] to those of alternative j of task q."""
    for q in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            fill_row(terms, codes[q, j], j, columns[q, j])
