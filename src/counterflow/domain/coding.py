"""From levels to design columns: how each attribute enters utility, and what the columns mean."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from counterflow.domain.attributes import Attribute
from counterflow.domain.choice_data import Categorical, ChoiceData, Column, Numeric
from counterflow.domain.errors import LabelMismatchError

OUTSIDE = "outside"
"""Label of the constant of the outside option."""


@dataclass(frozen=True)
class LevelTerm:
    """One 0/1 column for each level but the base: `trim[plus]`."""

    attribute: str
    levels: tuple[str, ...]
    base: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Return `attribute[level]` for each level but the base."""
        return tuple(f"{self.attribute}[{level}]" for level in self.levels if level != self.base)

    def encode(self, column: Column) -> Float[np.ndarray, "rows k"]:
        """Return the 0/1 columns."""
        if not isinstance(column, Categorical):
            raise TypeError(f"{self.attribute} is coded by level, its column holds numbers")
        _check_known(self.attribute, column.levels, self.levels)
        others = [level for level in self.levels if level != self.base]
        position = np.full(len(column.levels) + 1, -1)
        for code, level in enumerate(column.levels):
            position[code] = others.index(level) if level != self.base else -1
        return (position[column.codes][:, None] == np.arange(len(others))).astype(float)


@dataclass(frozen=True)
class LinearTerm:
    """The number less a reference: `price`, utility per unit."""

    attribute: str
    reference: float = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the attribute's name."""
        return (self.attribute,)

    def encode(self, column: Column) -> Float[np.ndarray, "rows 1"]:
        """Return the values less the reference as one column."""
        values = _numbers(self.attribute, column) - self.reference
        return np.nan_to_num(values, nan=0.0)[:, None]


@dataclass(frozen=True)
class LogTerm:
    """The logarithm of value over reference: `log(range)`, utility per unit of the logarithm."""

    attribute: str
    reference: float = 1.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Return `log(attribute)`."""
        return (f"log({self.attribute})",)

    def encode(self, column: Column) -> Float[np.ndarray, "rows 1"]:
        """Return the logarithms as one column."""
        values = _numbers(self.attribute, column)
        if (values <= 0).any():
            least = np.nanmin(values)
            raise ValueError(f"{self.attribute}: expected values above 0, found {least:g}")
        return np.nan_to_num(np.log(values / self.reference), nan=0.0)[:, None]


@dataclass(frozen=True)
class PiecewiseTerm:
    """A slope for each stretch between knots: `range[300..400]`, utility per unit within it.

    Values beyond the outer knots continue the outer slopes.
    """

    attribute: str
    low: float
    high: float
    knots: tuple[float, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return `attribute[from..to]` for each stretch."""
        ends = (self.low, *self.knots, self.high)
        return tuple(f"{self.attribute}[{a:.12g}..{b:.12g}]" for a, b in itertools.pairwise(ends))

    def encode(self, column: Column) -> Float[np.ndarray, "rows k"]:
        """Return how much of each stretch lies below the value; the sum is value - low."""
        values = _numbers(self.attribute, column)[:, None]
        starts = np.array((self.low, *self.knots))
        lengths = np.append(np.diff(starts), np.inf)
        parts = np.clip(values - starts, 0.0, lengths)
        parts[:, 0] += np.minimum(values[:, 0] - self.low, 0.0)
        return np.nan_to_num(parts, nan=0.0)


TERMS = "contract terms"
"""What products call their terms of rent; no attribute of a programme has a space in its name."""
AS_ASKED = "as asked"
"""The terms of a product that is sold as the survey's cards said, or that nobody rents."""


@dataclass(frozen=True)
class OfferedTerms:
    """One 0/1 column for each terms of rent that are offered and that no card showed.

    Its part-worth is what a person makes of paying more, or less, than they were asked about;
    see `domain.offered_terms`. A product that says nothing of terms is sold as asked.
    """

    names: tuple[str, ...]

    @property
    def attribute(self) -> str:
        """Return what products call their terms."""
        return TERMS

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the terms by name."""
        return self.names

    def encode(self, column: Column) -> Float[np.ndarray, "rows k"]:
        """Return the 0/1 columns."""
        if not isinstance(column, Categorical):
            raise TypeError("terms are coded by name, their column holds numbers")
        return LevelTerm(self.attribute, (AS_ASKED, *self.names), AS_ASKED).encode(column)


Term = LevelTerm | LinearTerm | LogTerm | PiecewiseTerm | OfferedTerms
"""How one attribute enters utility: `labels` of its columns, `encode` from a column to them."""

_TERMS: Mapping[str, Callable[..., Term]] = {
    term.__name__: term for term in (LevelTerm, LinearTerm, LogTerm, PiecewiseTerm, OfferedTerms)
}


@dataclass(frozen=True)
class UtilityCoding:
    """How attributes become the K design columns, in a fixed order with fixed labels.

    Attributes of a programme are measured from the base level or from the middle of the range
    asked about, so the constant of the outside option compares it with a product in the middle.

    Examples
    --------
    >>> coding = UtilityCoding((LevelTerm("trim", ("base", "plus"), "base"), LinearTerm("price")))
    >>> coding.labels
    ('trim[plus]', 'price')
    >>> coding.encode({"trim": Categorical(np.array([0, 1]), ("base", "plus")),
    ...                "price": Numeric(np.array([9.0, 11.0]))})
    array([[ 0.,  9.],
           [ 1., 11.]])
    """

    terms: tuple[Term, ...]
    has_outside: bool = False
    levels: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    """The number that each named level of a numeric attribute stands for."""

    @classmethod
    def of(cls, attributes: Mapping[str, Attribute], *, has_outside: bool) -> UtilityCoding:
        """Return the coding that the attributes ask for."""
        return cls(
            terms=tuple(_term(name, attribute) for name, attribute in attributes.items()),
            has_outside=has_outside,
            levels=tuple(
                (name, tuple((level.name, float(level.value or 0.0)) for level in a.levels))
                for name, a in attributes.items()
                if a.is_numeric
            ),
        )

    @classmethod
    def of_data(cls, data: ChoiceData) -> UtilityCoding:
        """Return the plain coding of data without a programme: numbers linear, levels by level."""
        terms: list[Term] = [
            LinearTerm(name)
            if isinstance(column, Numeric)
            else LevelTerm(name, column.levels, column.levels[0])
            for name, column in data.columns.items()
        ]
        return cls(tuple(terms), has_outside=data.has_outside)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each coefficient; the constant of the outside option comes last."""
        labels = tuple(label for term in self.terms for label in term.labels)
        return (*labels, OUTSIDE) if self.has_outside else labels

    def columns_of(self, attribute: str) -> slice:
        """Return which design columns code `attribute`; KeyError if none does."""
        start = 0
        for term in self.terms:
            if term.attribute == attribute:
                return slice(start, start + len(term.labels))
            start += len(term.labels)
        raise KeyError(attribute)

    def encode(
        self, columns: Mapping[str, Column], is_outside: Bool[np.ndarray, " rows"] | None = None
    ) -> Float[np.ndarray, "rows K"]:
        """Return the design matrix; rows outside are zeros but for the constant."""
        if missing := [term.attribute for term in self.terms if term.attribute not in columns]:
            raise LabelMismatchError("columns", expected=missing, found=())
        blocks = [term.encode(columns[term.attribute]) for term in self.terms]
        design = np.concatenate(blocks, axis=1)
        if is_outside is not None:
            design[is_outside] = 0.0
        if self.has_outside:
            constant = np.zeros(len(design)) if is_outside is None else is_outside.astype(float)
            design = np.column_stack([design, constant])
        return design

    def design(self, data: ChoiceData) -> Float[np.ndarray, "rows K"]:
        """Return the design matrix of choice data, a row for each alternative of each task."""
        return self.encode(data.columns, data.is_outside)

    def design_columns(self, data: ChoiceData) -> Iterator[Float[np.ndarray, " rows"]]:
        """Yield the columns of `design`, one attribute at a time."""
        for term in self.terms:
            yield from replace(self, terms=(term,), has_outside=False).design(data).T
        if self.has_outside:
            yield data.is_outside.astype(float)

    def to_dict(self) -> dict[str, Any]:
        """Return the coding as plain values, of which `from_dict` makes it again."""
        terms = [{"type": type(term).__name__, **_plain(asdict(term))} for term in self.terms]
        levels = [[name, [list(pair) for pair in values]] for name, values in self.levels]
        return {"terms": terms, "has_outside": self.has_outside, "levels": levels}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> UtilityCoding:
        """Return the coding of which `to_dict` gave these values.

        Examples
        --------
        >>> coding = UtilityCoding((PiecewiseTerm("range", 300.0, 600.0, (400.0,)),))
        >>> UtilityCoding.from_dict(coding.to_dict()) == coding
        True
        """
        terms = []
        for entry in raw["terms"]:
            fields = {key: _frozen(value) for key, value in entry.items() if key != "type"}
            terms.append(_TERMS[entry["type"]](**fields))
        levels = tuple((name, tuple(map(tuple, values))) for name, values in raw["levels"])
        return cls(tuple(terms), has_outside=raw["has_outside"], levels=levels)

    def rows(self, products: Sequence[Mapping[str, str | float]]) -> Float[np.ndarray, "rows K"]:
        """Return a design row for each product, given as level name or number by attribute."""
        return self.encode({term.attribute: self._column(term, products) for term in self.terms})

    def _column(self, term: Term, products: Sequence[Mapping[str, str | float]]) -> Column:
        if isinstance(term, OfferedTerms):
            named = [str(product.get(term.attribute, AS_ASKED)) for product in products]
            _check_known(term.attribute, named, (AS_ASKED, *term.names))
            codes = [(AS_ASKED, *term.names).index(name) for name in named]
            return Categorical(np.array(codes, dtype=int), (AS_ASKED, *term.names))
        found = [product[term.attribute] for product in products]
        if isinstance(term, LevelTerm):
            _check_known(term.attribute, map(str, found), term.levels)
            codes = [term.levels.index(str(level)) for level in found]
            return Categorical(np.array(codes, dtype=int), term.levels)
        by_name = dict(dict(self.levels).get(term.attribute, ()))
        _check_known(term.attribute, (x for x in found if isinstance(x, str)), by_name)
        values = [by_name[x] if isinstance(x, str) else x for x in found]
        return Numeric(np.array(values, dtype=float))


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: list(x) if isinstance(x, tuple) else x for key, x in fields.items()}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _term(name: str, attribute: Attribute) -> Term:
    if attribute.coding == "categorical":
        return LevelTerm(name, attribute.level_names, attribute.base_level)
    low, high = min(attribute.values), max(attribute.values)
    if attribute.coding == "linear":
        return LinearTerm(name, reference=(low + high) / 2.0)
    if attribute.coding == "log":
        return LogTerm(name, reference=math.sqrt(low * high))
    return PiecewiseTerm(name, low, high, attribute.knots)


def _check_known(attribute: str, found: Iterable[str], known: Iterable[str]) -> None:
    if unknown := set(found) - set(known):
        raise LabelMismatchError(attribute, expected=(), found=unknown)


def _numbers(attribute: str, column: Column) -> Float[np.ndarray, " rows"]:
    if not isinstance(column, Numeric):
        raise TypeError(f"{attribute} is coded by number, its column holds levels")
    return column.values
