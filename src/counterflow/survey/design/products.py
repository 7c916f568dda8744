"""What an alternative may be: products that the rules allow, at the place where they may stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int16

from counterflow.domain.attributes import Attribute
from counterflow.domain.buildable import buildable_codes
from counterflow.domain.choice_design import NOT_SHOWN
from counterflow.domain.columns import Numeric
from counterflow.domain.configuration import Rule
from counterflow.domain.programme import Programme
from counterflow.survey.showable_products import showable_products


@dataclass(frozen=True, eq=False)
class Products:
    """U distinct products by level of every attribute, and which may stand at which place."""

    codes: Int16[np.ndarray, "U A"]
    may_stand: Bool[np.ndarray, "J U"]

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, place: int) -> Int[np.ndarray, " some"]:
        """Return the positions of the products that may stand at a place."""
        return np.flatnonzero(self.may_stand[place])

    def showing(self, attributes: Int[np.ndarray, " shown"]) -> Products:
        """Return what is left to tell apart when only these attributes are shown."""
        codes = np.full_like(self.codes, NOT_SHOWN)
        codes[:, attributes] = self.codes[:, attributes]
        distinct, position = np.unique(codes, axis=0, return_inverse=True)
        may_stand = np.zeros((len(self.may_stand), len(distinct)), dtype=bool)
        place, product = np.nonzero(self.may_stand)
        may_stand[place, position.ravel()[product]] = True
        return Products(distinct, may_stand)


def products_of(
    levels: Mapping[str, Sequence[str]],
    rules: Sequence[Rule],
    *,
    labelled_by: str | None,
    only_for: Mapping[str, Sequence[str]],
    n_alternatives: int,
) -> Products:
    """Return the combinations of levels that all rules allow, the last attribute fastest.

    Raises
    ------
    NothingBuildableError
        If the rules allow none.

    Examples
    --------
    A train has no parking, so its products differ in price only:

    >>> found = products_of(
    ...     {"mode": ("train", "car"), "parking": ("free", "paid"), "price": ("5", "9")}, [],
    ...     labelled_by="mode", only_for={"parking": ["car"]}, n_alternatives=2)
    >>> found.codes[found.at(0)].tolist()
    [[0, -1, 0], [0, -1, 1]]
    """
    codes = buildable_codes(levels, rules).astype(np.int16)
    names = list(levels)
    for name, labels in only_for.items():
        if labelled_by is not None:
            label = codes[:, names.index(labelled_by)]
            owners = [levels[labelled_by].index(owner) for owner in labels]
            codes[~np.isin(label, owners), names.index(name)] = NOT_SHOWN
    if only_for:
        codes = np.unique(codes, axis=0)
    label_at = None if labelled_by is None else names.index(labelled_by)
    return placed(codes, label_at, n_alternatives)


def products_of_programme(programme: Programme, n_alternatives: int) -> Products:
    """Return what a programme's rules allow, at each price level that fits it."""
    columns = showable_products(programme).columns
    codes = np.stack(
        [
            _codes_of(programme.attributes[name], column.values)
            if isinstance(column, Numeric)
            else column.codes
            for name, column in columns.items()
        ],
        axis=1,
    ).astype(np.int16)
    by = programme.survey.design.labelled_by
    label_at = list(columns).index(by) if by in columns else None
    return placed(codes, label_at, n_alternatives)


def placed(codes: Int16[np.ndarray, "U A"], label_at: int | None, n_alternatives: int) -> Products:
    """Return the products, each at every place or at that of its label alone."""
    if label_at is None:
        return Products(codes, np.ones((n_alternatives, len(codes)), dtype=bool))
    return Products(codes, codes[:, label_at] == np.arange(n_alternatives)[:, None])


def _codes_of(attribute: Attribute, values: np.ndarray) -> Int[np.ndarray, " U"]:
    position = {value: code for code, value in enumerate(attribute.values)}
    return np.array([position[value] for value in values.tolist()])
