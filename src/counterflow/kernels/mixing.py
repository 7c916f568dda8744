"""How the coefficients of people come from standard normals, and where their draws lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int

from counterflow.kernels.aligned import aligned_zeros
from counterflow.kernels.compiled import mixing_distributions as compiled
from counterflow.kernels.logit import ChoiceSets
from counterflow.kernels.nodes import Nodes

KINDS = {
    "normal": compiled.NORMAL,
    "lognormal": compiled.LOGNORMAL,
    "negative lognormal": compiled.NEGATIVE_LOGNORMAL,
    "uniform": compiled.UNIFORM,
    "triangular": compiled.TRIANGULAR,
    "truncated normal": compiled.TRUNCATED,
    "negative truncated normal": compiled.NEGATIVE_TRUNCATED,
}
"""Distributions over people, by name."""


EXPONENTIAL = 20
"""Multiply-adds that take as long as an exponential."""


class Mixing(NamedTuple):
    """How the K coefficients of a person come from D independent standard normals z.

    With mean m and row f of the factor, coefficient k is

        normal                      m + f z
        lognormal                   exp(m + f z)
        negative lognormal          -exp(m + f z)
        uniform                     m + c (2 Phi(z_d) - 1): between m - c and m + c
        triangular                  between m - c and m + c, with its peak at m
        truncated normal            normal with mean m and standard deviation |c|, above zero
        negative truncated normal   the same, below zero

    where the last four have one entry c in their row, in column d, and are the quantile of their
    distribution at Phi(z_d). A row of zeros makes a coefficient that is the same for all. In
    willingness-to-pay space, minus the coefficient `scale_index` multiplies all others.
    """

    factor: Float[np.ndarray, "K D"]
    kinds: Int[np.ndarray, " K"]
    """Values of `KINDS`."""
    rows: Int[np.ndarray, " P"]
    """Which entries of `factor` are estimated: their rows ..."""
    columns: Int[np.ndarray, " P"]
    """... and their columns; all others are zero."""
    scale_index: int = -1
    """-1 in preference space."""


def mixing_of(
    kinds: Sequence[str],
    rows: Sequence[int] | Int[np.ndarray, " P"],
    columns: Sequence[int] | Int[np.ndarray, " P"],
    n_random: int,
    scale_index: int = -1,
) -> Mixing:
    """Return a mixing with a factor of zeros, whose entries `with_entries` fills.

    Raises
    ------
    ValueError
        If a kind is unknown, an entry lies outside the factor or is named twice, or a coefficient
        that is uniform, triangular or truncated has not exactly one entry.

    Examples
    --------
    A normal coefficient and a lognormal one that is correlated with it:

    >>> mixing = mixing_of(["normal", "lognormal"], [0, 1, 1], [0, 0, 1], n_random=2)
    >>> with_entries(mixing, np.array([1.0, 0.5, 2.0])).factor
    array([[1. , 0. ],
           [0.5, 2. ]])
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ValueError(f"unknown distributions {unknown}; known are {sorted(KINDS)}")
    entries = list(zip(np.asarray(rows).tolist(), np.asarray(columns).tolist(), strict=True))
    if wrong := [e for e in entries if not (0 <= e[0] < len(kinds) and 0 <= e[1] < n_random)]:
        raise ValueError(f"entries {wrong} lie outside a factor of {len(kinds)} x {n_random}")
    if len(set(entries)) < len(entries):
        raise ValueError("an entry of the factor is named twice")
    for k, kind in enumerate(kinds):
        n_entries = sum(row == k for row, _ in entries)
        if KINDS[kind] >= compiled.UNIFORM and n_entries != 1:
            raise ValueError(
                f"coefficient {k} is {kind} and takes exactly one entry of the factor, "
                f"its spread; found {n_entries}"
            )
    return Mixing(
        factor=np.zeros((len(kinds), n_random)),
        kinds=np.array([KINDS[kind] for kind in kinds], dtype=np.int64),
        rows=np.array([row for row, _ in entries], dtype=np.int64),
        columns=np.array([column for _, column in entries], dtype=np.int64),
        scale_index=scale_index,
    )


def with_entries(mixing: Mixing, entries: Float[np.ndarray, " P"]) -> Mixing:
    """Return the mixing with other values of the estimated entries of its factor."""
    factor = np.zeros(mixing.factor.shape)
    factor[mixing.rows, mixing.columns] = entries
    return mixing._replace(factor=factor)


class Proposals(NamedTuple):
    """Where the draws of each person lie: z = centre + spread e for the nodes e."""

    centres: Float[np.ndarray, "N D"]
    spreads: Float32[np.ndarray, "N D_triangle"]
    """Lower triangles, row by row. Single precision: a proposal need only be what it is."""
    log_determinants: Float[np.ndarray, " N"]
    """Logarithms of the determinants of the spreads."""


def prior_proposals(n_persons: int, n_random: int) -> Proposals:
    """Return the proposals of plain simulation: the population itself.

    Examples
    --------
    >>> prior_proposals(1, 2).spreads
    array([[1., 0., 1.]], dtype=float32)
    """
    triangle = np.eye(n_random, dtype=np.float32)[np.tril_indices(n_random)]
    return Proposals(
        np.zeros((n_persons, n_random)),
        np.tile(triangle, (n_persons, 1)),
        np.zeros(n_persons),
    )


class MixingLists(NamedTuple):
    """A mixing as compiled loops take it: entries that are not zero, listed row by row.

    Shapes are what a mean or an entry of the factor is multiplied by, draw by draw, in the
    derivative of a latent value: 1, the D normals, then one for each coefficient with a
    distribution of its own.
    """

    kinds: Int[np.ndarray, " K"]
    places: Int[np.ndarray, " n_entries"]
    values: Float[np.ndarray, " n_entries"]
    ends: Int[np.ndarray, " K"]
    spreads: Float[np.ndarray, " K"]
    """The one entry of a coefficient with a distribution of its own."""
    own_columns: Int[np.ndarray, " K"]
    """Where it stands."""
    own_rows: Int[np.ndarray, " K"]
    """Its row among the shapes."""
    entries: Int[np.ndarray, " K_plus_P"]
    """The coefficient of each parameter: the means, then the entries of the factor ..."""
    sources: Int[np.ndarray, " K_plus_P"]
    """... and the row of its shape."""
    spread_places: Int[np.ndarray, " D_triangle"]
    spread_ends: Int[np.ndarray, " D"]
    scale_index: int


def lists_of(mixing: Mixing) -> MixingLists:
    """Return a mixing as compiled loops take it."""
    k, d = mixing.factor.shape
    is_own = mixing.kinds >= compiled.UNIFORM
    listed = (mixing.factor != 0.0) & ~is_own[:, None]
    spreads, own_columns, own_rows = np.zeros(k), np.zeros(k, np.int64), np.zeros(k, np.int64)
    sources = mixing.columns + 1
    for place, row in enumerate(np.flatnonzero(is_own)):
        own_rows[row] = 1 + d + place
        own_columns[row] = mixing.columns[mixing.rows == row][0]
        spreads[row] = mixing.factor[row, own_columns[row]]
        sources = np.where(mixing.rows == row, own_rows[row], sources)
    lower = np.tril_indices(d)
    return MixingLists(
        kinds=mixing.kinds,
        places=np.nonzero(listed)[1].astype(np.int64),
        values=mixing.factor[listed].astype(float),
        ends=np.cumsum(listed.sum(axis=1)).astype(np.int64),
        spreads=spreads,
        own_columns=own_columns,
        own_rows=own_rows,
        entries=np.concatenate([np.arange(k), mixing.rows]).astype(np.int64),
        sources=np.concatenate([np.zeros(k), sources]).astype(np.int64),
        spread_places=lower[1].astype(np.int64),
        spread_ends=np.cumsum(np.arange(1, d + 1)).astype(np.int64),
        scale_index=mixing.scale_index,
    )


class Room(NamedTuple):
    """Where compiled loops put what they need for one person and one block of draws."""

    mean: Float[np.ndarray, " K"]
    centre: Float[np.ndarray, " D"]
    spread: Float[np.ndarray, " D_triangle"]
    spread_places: Int[np.ndarray, " D_triangle"]
    log_determinant: Float[np.ndarray, " 1"]
    row_places: Int[np.ndarray, " K_times_rows"]
    row_values: Float[np.ndarray, " K_times_rows"]
    row_ends: Int[np.ndarray, " rows"]
    column_places: Int[np.ndarray, " K_times_rows"]
    column_values: Float[np.ndarray, " K_times_rows"]
    column_ends: Int[np.ndarray, " K"]
    zeros: Float[np.ndarray, " K_or_rows"]
    shapes: Float[np.ndarray, "n_shapes width"]
    unscaled: Float[np.ndarray, "K width"]
    """Coefficients; in willingness-to-pay space, before they are multiplied by the scale."""
    coefficients: Float[np.ndarray, "K width"]
    slopes: Float[np.ndarray, "K width"]
    """Derivative of a coefficient with a distribution of its own by its mean ..."""
    bends: Float[np.ndarray, "K width"]
    """... and its second derivative, over the first."""
    gradient: Float[np.ndarray, "K width"]
    probabilities: Float[np.ndarray, "rows width"]
    totals: Float[np.ndarray, " width"]
    mantissas: Float[np.ndarray, " width"]
    exponents: Float[np.ndarray, " width"]
    log_ratios: Float[np.ndarray, " width"]
    """Logarithm of likelihood times population density over the density of the proposal."""
    weights: Float[np.ndarray, " width"]


def room_for(mixing: Mixing, n_rows: int, nodes: Nodes) -> Room:
    """Return room for persons with up to `n_rows` rows."""
    k, d = mixing.factor.shape
    n_shapes = 1 + d + int(np.sum(mixing.kinds >= compiled.UNIFORM))
    n_listed = k * n_rows + 1
    # One piece of memory: a dozen took longer to get than a small block of persons to work on.
    sizes = [n_shapes, k, k if mixing.scale_index >= 0 else 0, k, k, k, n_rows, 5]
    lanes = aligned_zeros(sum(sizes), nodes.values.shape[3])
    shapes, unscaled, coefficients, slopes, bends, gradient, probabilities, vectors = np.split(
        lanes, np.cumsum(sizes)[:-1]
    )
    shapes[0] = 1.0
    return Room(
        mean=np.empty(k),
        centre=np.empty(d),
        spread=np.empty(d * (d + 1) // 2),
        spread_places=np.empty(d * (d + 1) // 2, dtype=np.int64),
        log_determinant=np.empty(1),
        row_places=np.empty(n_listed, dtype=np.int64),
        row_values=np.empty(n_listed),
        row_ends=np.empty(n_rows, dtype=np.int64),
        column_places=np.empty(n_listed, dtype=np.int64),
        column_values=np.empty(n_listed),
        column_ends=np.empty(k, dtype=np.int64),
        zeros=np.zeros(max(k, n_rows)),
        shapes=shapes,
        unscaled=unscaled,
        coefficients=coefficients if mixing.scale_index >= 0 else unscaled,
        slopes=slopes,
        bends=bends,
        gradient=gradient,
        probabilities=probabilities,
        totals=vectors[0],
        mantissas=vectors[1],
        exponents=vectors[2],
        log_ratios=vectors[3],
        weights=vectors[4],
    )


def work_of(sets: ChoiceSets, nodes: Nodes) -> float:
    """Return about how many multiply-adds one pass over all persons and draws takes."""
    rows = len(sets.differences)
    return nodes.weights.size * (rows * (2.0 * sets.n_coefficients + EXPONENTIAL) + sets.n_persons)


def most_rows(sets: ChoiceSets, first: int, last: int) -> int:
    """Return the largest number of rows of a person among `first` to `last`, at least 1."""
    rows = np.diff(sets.task_starts[sets.person_starts[first : last + 1]])
    return max(1, int(rows.max(initial=1)))
