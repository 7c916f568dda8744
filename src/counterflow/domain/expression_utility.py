"""Utility as coefficients times expressions of columns, for all alternatives or for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.coding import OUTSIDE
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.expressions import Expression
from counterflow.domain.mismatch import one_of, quoted
from counterflow.domain.row_columns import RowColumns

# Beyond these, powers of x differ between alternatives by little more than rounding, or overflow.
_SMALLEST, _LARGEST = 1e-3, 1e10


@dataclass(frozen=True)
class UtilityTerm:
    """One coefficient times one expression, in the utility of one alternative or of all."""

    coefficient: str
    expression: str
    alternative: str | None = None


@dataclass(frozen=True)
class ExpressionUtility:
    """The utility that a mapping or a formula writes down.

    A coefficient in the utilities of several alternatives is one coefficient. Parameters are the
    coefficients, the constant of the outside option if there is one, and last the exponents of
    `box_cox`; with exponents, utility is not linear in parameters.

    Parameters
    ----------
    terms
        What is added up.
    alternatives
        Those that have a utility of their own; None if the terms hold for all alternatives.
    has_outside
        Whether the outside option has a constant, `outside`.
    formula
        The formula that the terms were made from, if any.
    """

    terms: tuple[UtilityTerm, ...]
    alternatives: tuple[str, ...] | None = None
    has_outside: bool = False
    formula: str | None = None

    @classmethod
    def of_mapping(cls, mapping: Mapping[str, Any], data: ChoiceData) -> ExpressionUtility:
        """Return the utility that a mapping specifies, in either of two forms.

        The expression (or number) of each coefficient, `{"price": "price", "range": "log(range)"}`;
        or the same for each alternative, `{"car": {"asc_car": 1, "time": "time"}, "bus": {}}`. The
        outside option has a constant in the first form, unless the mapping says what `outside` is
        times; in the second it has its own entry or none, which is zero utility.

        Raises
        ------
        InputError
            With everything that is wrong.
        """
        is_nested = [isinstance(entry, Mapping) for entry in mapping.values()]
        if not mapping or any(is_nested) != all(is_nested):
            found = "both" if mapping else "nothing"
            expected = (
                "an expression for each coefficient, or for each alternative a mapping of such"
            )
            raise InputError([Problem(expected, found, "utility")])
        if any(is_nested):
            return cls._by_alternative(mapping, data)
        terms = tuple(_terms(mapping, None))
        utility = cls(terms, has_outside=data.has_outside and OUTSIDE not in mapping)
        utility.check(data)
        return utility

    @classmethod
    def _by_alternative(
        cls, mapping: Mapping[str, Mapping[str, Any]], data: ChoiceData
    ) -> ExpressionUtility:
        terms = (term for name, entry in mapping.items() for term in _terms(entry, name))
        utility = cls(tuple(terms), alternatives=tuple(mapping))
        _check_alternatives(utility.alternatives or (), data)
        utility.check(data)
        return utility

    @cached_property
    def coefficients(self) -> tuple[str, ...]:
        """Return the labels of the coefficients, without the constant of the outside option."""
        return tuple(dict.fromkeys(term.coefficient for term in self.terms))

    @cached_property
    def exponents(self) -> tuple[str, ...]:
        """Return the labels of parameters within expressions."""
        found = (name for x in self._expressions.values() for name in x.parameters)
        return tuple(dict.fromkeys(found))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        constant = (OUTSIDE,) if self.has_outside else ()
        return (*self.coefficients, *constant, *self.exponents)

    @property
    def is_linear(self) -> bool:
        """Return whether utility is linear in all parameters."""
        return not self.exponents

    @property
    def start(self) -> Float[np.ndarray, " P"]:
        """Return where to start estimating: zero utility, not bent."""
        return np.array([float(label in self.exponents) for label in self.labels])

    def design(self, data: ChoiceData) -> Float[np.ndarray, "rows K"]:
        """Return the design matrix; InputError if utility is not linear in parameters."""
        design = np.empty((data.n_rows, len(self.labels)))
        for k, column in enumerate(self.design_columns(data)):
            design[:, k] = column
        return design

    def design_columns(self, data: ChoiceData) -> Iterator[Float[np.ndarray, " rows"]]:
        """Yield the columns of `design`, one at a time."""
        if not self.is_linear:
            expected = "utility that is linear in parameters, for this model"
            advice = "Fix the exponent by writing a power, or use a MultinomialLogit."
            found = f"{', '.join(self.exponents)}"
            raise InputError([Problem(expected, found, "utility", advice=advice)])
        parts = self._parts(data)
        for label in self.coefficients:
            yield parts.sum_of(self._terms_of(label), {})[0]
        if self.has_outside:
            yield data.is_outside.astype(float)

    def linearised(
        self, data: ChoiceData, theta: Float[np.ndarray, " P"]
    ) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, "rows P"]]:
        """Return utilities at `theta`, and their derivatives in each parameter."""
        values = dict(zip(self.labels, np.asarray(theta, dtype=float).tolist(), strict=True))
        parts, slopes = self._parts(data), np.zeros((data.n_rows, len(self.labels)))
        for k, label in enumerate(self.coefficients):
            slopes[:, k], inner = parts.sum_of(self._terms_of(label), values)
            for exponent, slope in inner.items():
                slopes[:, self.labels.index(exponent)] += values[label] * slope
        if self.has_outside:
            slopes[:, len(self.coefficients)] = data.is_outside
        n_linear = len(self.labels) - len(self.exponents)
        linear = np.asarray(theta, dtype=float)[:n_linear]
        return np.einsum("rk,k->r", slopes[:, :n_linear], linear), slopes

    def to_dict(self) -> dict[str, Any]:
        """Return the utility as plain values, of which `from_dict` makes it again."""
        return {
            "terms": [[x.coefficient, x.expression, x.alternative] for x in self.terms],
            "alternatives": None if self.alternatives is None else list(self.alternatives),
            "has_outside": self.has_outside,
            "formula": self.formula,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ExpressionUtility:
        """Return the utility of which `to_dict` gave these values."""
        names = raw["alternatives"]
        return cls(
            terms=tuple(UtilityTerm(*entry) for entry in raw["terms"]),
            alternatives=None if names is None else tuple(names),
            has_outside=raw["has_outside"],
            formula=raw["formula"],
        )

    def check(self, data: ChoiceData) -> None:
        """Raise InputError with every expression that names a column or level that is not there.

        Values are only looked at where a design is made.
        """
        problems = []
        if clash := sorted({*self.coefficients} & {*self.exponents}):
            expected = "names of exponents that no coefficient has"
            problems.append(Problem(expected, one_of(clash), "utility"))
        rows = RowColumns(data, np.empty(0, dtype=np.int64))
        ones = dict.fromkeys(self.exponents, 1.0)
        for text in dict.fromkeys(term.expression for term in self.terms):
            try:
                self._expressions[text].evaluate(rows, ones)
            except InputError as error:
                problems.extend(error.problems)
        if problems:
            raise InputError(problems)
        self._check_sizes(data)

    def bends(self, data: ChoiceData) -> Float[np.ndarray, "P P"]:
        """Return by coefficient (row) and exponent (column) the mean logarithm of what is bent.

        Where it is m, b x^lambda is about b exp(m lambda): a search over b exp(m lambda) and lambda
        is not led along the narrow, curved valley that the two form otherwise.
        """
        total, count = np.zeros((2, len(self.labels), len(self.labels)))
        parts = self._parts(data)
        for term in self.terms:
            for exponent, inside in self._expressions[term.expression].bent:
                values = inside.evaluate(parts.rows_of(term.alternative)[1]).values
                known = np.log(values[values > 0.0])
                where = self.labels.index(term.coefficient), self.labels.index(exponent)
                total[where] += known.sum()
                count[where] += len(known)
        return total / np.maximum(count, 1.0)

    def _check_sizes(self, data: ChoiceData) -> None:
        """Raise InputError where numbers to bend are so small or large that rounding decides."""
        problems = []
        for row, column in np.argwhere(sizes := self.bends(data)):
            size = float(np.exp(sizes[row, column]))
            if not _SMALLEST < size < _LARGEST:
                place = f"{self.labels[row]}, {self.labels[column]}"
                advice = f"Divide it by {size:.0e} within box_cox."
                problem = Problem(
                    "numbers of about 1 to bend",
                    f"{size:.1e} in the middle",
                    "utility",
                    key=place,
                    advice=advice,
                )
                problems.append(problem)
        if problems:
            raise InputError(problems)

    @cached_property
    def _expressions(self) -> dict[str, Expression]:
        return {term.expression: Expression(term.expression) for term in self.terms}

    def _terms_of(self, label: str) -> list[UtilityTerm]:
        return [term for term in self.terms if term.coefficient == label]

    def _parts(self, data: ChoiceData) -> _Parts:
        if self.alternatives is not None:
            _check_alternatives(self.alternatives, data)
        return _Parts(data, self._expressions)


class _Parts:
    """The rows of each alternative, looked up once for all terms."""

    def __init__(self, data: ChoiceData, expressions: Mapping[str, Expression]) -> None:
        self._data, self._expressions = data, expressions
        self._found: dict[str | None, tuple[np.ndarray | slice, RowColumns]] = {}

    def sum_of(
        self, terms: Sequence[UtilityTerm], values: Mapping[str, float]
    ) -> tuple[Float[np.ndarray, " rows"], dict[str, Float[np.ndarray, " rows"]]]:
        """Return the sum of expressions, each in the rows of its alternative, and its slopes."""
        total = np.zeros(self._data.n_rows)
        slopes: dict[str, np.ndarray] = {}
        for term in terms:
            where, rows = self.rows_of(term.alternative)
            found = self._expressions[term.expression].evaluate(rows, values)
            total[where] += self._known(found.values, term)
            for name, slope in found.slopes.items():
                into = slopes.setdefault(name, np.zeros(self._data.n_rows))
                into[where] += self._known(slope, term)
        return total, slopes

    def rows_of(self, alternative: str | None) -> tuple[np.ndarray | slice, RowColumns]:
        """Return where the rows of an alternative stand, and what is known of them."""
        if alternative not in self._found:
            self._found[alternative] = self._look_up(alternative)
        return self._found[alternative]

    def _look_up(self, alternative: str | None) -> tuple[np.ndarray | slice, RowColumns]:
        names = self._data.alternative_names
        if alternative is None or names is None:
            return slice(None), RowColumns(self._data)
        code = names.levels.index(alternative) if alternative in names.levels else -1
        rows = np.flatnonzero(names.codes == code)
        return rows, RowColumns(self._data, rows)

    @staticmethod
    def _known(values: np.ndarray, term: UtilityTerm) -> np.ndarray:
        """Return the values; attributes that the outside option has not count as zero."""
        is_missing = np.isnan(values)
        if not is_missing.any():
            return values
        if term.alternative is not None:
            expected = "no attributes of products in the utility of the outside option"
            place = f"{term.alternative}.{term.coefficient}"
            raise InputError([Problem(expected, quoted(term.expression), "utility", key=place)])
        return np.where(is_missing, 0.0, values)


def _terms(mapping: Mapping[str, Any], alternative: str | None) -> Iterator[UtilityTerm]:
    """Yield the terms of a mapping from coefficients; InputError with all that are not readable."""
    problems = []
    for label, said in mapping.items():
        is_number = isinstance(said, int | float) and not isinstance(said, bool)
        if not (is_number or isinstance(said, str)):
            place = label if alternative is None else f"{alternative}.{label}"
            expected = "an expression, or a number"
            problems.append(Problem(expected, type(said).__name__, "utility", key=place))
            continue
        try:
            pieces = Expression(f"{said:.17g}" if is_number else said).pieces()
        except InputError as error:
            problems.extend(error.problems)
            continue
        for added, piece in pieces:
            yield UtilityTerm(f"{label}{added}", piece.text, alternative)
    if problems:
        raise InputError(problems)


def _check_alternatives(known: Sequence[str], data: ChoiceData) -> None:
    names = data.alternative_names
    if names is None:
        expected = "choice data that name their alternatives, for utilities by alternative"
        advice = "Name their column: ChoiceData.from_long(..., alternative=...)."
        raise InputError([Problem(expected, "none named", "utility", advice=advice)])
    products = names.codes[~data.is_outside]
    shown = {names.levels[code] for code in np.unique(names.codes)}
    needed = {names.levels[code] for code in np.unique(products)}
    problems = []
    if missing := [name for name in names.levels if name in needed - set(known)]:
        expected = "a utility for each alternative"
        advice = "An empty entry is zero utility."
        found = f"none for {', '.join(map(quoted, missing))}"
        problems.append(Problem(expected, found, "utility", advice=advice))
    if unknown := [name for name in known if name not in names.levels]:
        expected = f"the names of alternatives, {one_of(sorted(shown))}"
        problems.append(Problem(expected, ", ".join(map(quoted, unknown)), "utility"))
    if problems:
        raise InputError(problems)
