"""From levels to design columns: main effects, interactions and the outside constant."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.coding import LevelTerm, Term, UtilityCoding
from counterflow.domain.columns import Column, Numeric, coded
from counterflow.kernels import choice_design as kernel


@dataclass(frozen=True, eq=False)
class DesignCoding:
    """What each level of each attribute adds to a design row.

    Parameters
    ----------
    labels
        Label of each of the K coefficients: those of the utility, then of interactions, and the
        constant of the outside option last.
    tables
        Design columns of each attribute by level, with a last row of zeros that the code -1 of a
        level that is not shown leads to.
    interactions
        Pairs of attributes, by position, whose columns are also multiplied.
    has_outside
        Whether a respondent may choose none.

    Examples
    --------
    >>> from counterflow.domain.coding import LinearTerm
    >>> utility = UtilityCoding((LevelTerm("trim", ("base", "plus"), "base"),
    ...     LinearTerm("price", 11.0)), levels=(("price", (("10", 10.0), ("12", 12.0))),))
    >>> levels = {"trim": ("base", "plus"), "price": ("10", "12")}
    >>> coding = DesignCoding.of(utility, levels, interactions=[("trim", "price")])
    >>> coding.labels
    ('trim[plus]', 'price', 'trim[plus]:price')
    >>> coding.terms[2].rows.tolist()
    [[[0.0], [0.0]], [[-1.0], [1.0]]]
    """

    labels: tuple[str, ...]
    tables: tuple[Float[np.ndarray, "_ _"], ...]
    interactions: tuple[tuple[int, int], ...]
    has_outside: bool

    @classmethod
    def of(
        cls,
        utility: UtilityCoding,
        levels: Mapping[str, Sequence[str]],
        interactions: Sequence[Sequence[str]] = (),
    ) -> DesignCoding:
        """Return the coding of a utility that has a term for each of the attributes."""
        terms = {term.attribute: term for term in utility.terms}
        values = {name: dict(pairs) for name, pairs in utility.levels}
        names = list(levels)
        pairs = tuple((names.index(a), names.index(b)) for a, b in interactions)
        main = [label for name in names for label in terms[name].labels]
        crossed = [
            f"{a}:{b}"
            for i, j in pairs
            for a, b in itertools.product(terms[names[i]].labels, terms[names[j]].labels)
        ]
        outside = utility.labels[-1:] if utility.has_outside else ()
        return cls(
            labels=(*main, *crossed, *outside),
            tables=tuple(_table(terms[name], levels[name], values.get(name, {})) for name in names),
            interactions=pairs,
            has_outside=utility.has_outside,
        )

    @property
    def n_coefficients(self) -> int:
        """Return K."""
        return len(self.labels)

    def columns_of(self, attribute: int) -> slice:
        """Return which design columns are the main effects of the attribute at this position."""
        start = sum(table.shape[1] for table in self.tables[:attribute])
        return slice(start, start + self.tables[attribute].shape[1])

    @property
    def terms(self) -> tuple[kernel.Term, ...]:
        """Return the columns as the kernel takes them: of attributes, of pairs, and of outside."""
        shown = [table[:-1] for table in self.tables]
        main = [kernel.Term(rows, (a,)) for a, rows in enumerate(shown)]
        crossed = [kernel.Term(_products(shown[a], shown[b]), (a, b)) for a, b in self.interactions]
        outside = [kernel.Term(np.zeros(1))] if self.has_outside else []
        return (*main, *crossed, *outside)

    @property
    def outside(self) -> Float[np.ndarray, " K"] | None:
        """Return the design row of choosing none, its constant and zeros; None if nobody may."""
        if not self.has_outside:
            return None
        row = np.zeros(self.n_coefficients)
        row[-1] = 1.0
        return row


def _products(
    one: Float[np.ndarray, "l k"], other: Float[np.ndarray, "m j"]
) -> Float[np.ndarray, "l m kj"]:
    return np.einsum("lk,mj->lmkj", one, other).reshape(len(one), len(other), -1)


def _table(
    term: Term, levels: Sequence[str], values: Mapping[str, float]
) -> Float[np.ndarray, "levels_and_hidden k"]:
    column: Column
    if isinstance(term, LevelTerm):
        column = coded(np.arange(len(levels)), tuple(levels))
    else:
        column = Numeric(np.array([values[level] for level in levels]))
    shown = term.encode(column)
    return np.concatenate([shown, np.zeros((1, shown.shape[1]))])
