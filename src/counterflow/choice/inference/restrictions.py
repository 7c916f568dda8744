"""Linear restrictions on parameters, written with their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from counterflow.domain.errors import InputError, Problem

Restrictions = Mapping[str, float | int] | Sequence[str] | tuple[np.ndarray, np.ndarray]
"""`{"a - b": 0}`, `["a = b"]`, or a matrix and what its product with the parameters is to be."""

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, eq=False)
class LinearRestrictions:
    """The hypothesis `matrix @ parameters == values`, in words and in numbers."""

    matrix: Float[np.ndarray, "restrictions P"]
    values: Float[np.ndarray, " restrictions"]
    words: str

    @classmethod
    def of(cls, restrictions: Restrictions, labels: Sequence[str]) -> LinearRestrictions:
        """Return the restrictions on parameters of these labels.

        A restriction in words is a sum of parameters, each with a number before it if need be:
        "2 price + 0.5*range". A label stands as it is, with its brackets; in backticks where it
        could be taken for something else. Nothing is evaluated but numbers, labels, +, - and *.

        Raises
        ------
        InputError
            With everything that cannot be read.

        Examples
        --------
        >>> found = LinearRestrictions.of(["trim[plus] = 2 price"], ("trim[plus]", "price"))
        >>> found.matrix, found.values
        (array([[ 1., -2.]]), array([0.]))
        """
        if isinstance(restrictions, tuple) and isinstance(restrictions[0], np.ndarray):
            matrix, values = restrictions
            return cls._of_matrix(np.asarray(matrix), np.asarray(values), labels)
        if not isinstance(restrictions, Mapping):
            sides = [str(text).partition("=") for text in restrictions]
            wanted = {left.strip(): (right.strip() or "0") for left, _, right in sides}
        else:
            wanted = {str(left).strip(): repr(float(value)) for left, value in restrictions.items()}
        return cls._of_words(wanted, labels)

    @classmethod
    def _of_matrix(
        cls, matrix: np.ndarray, values: np.ndarray, labels: Sequence[str]
    ) -> LinearRestrictions:
        matrix, values = np.atleast_2d(matrix).astype(float), np.atleast_1d(values).astype(float)
        if matrix.shape != (len(values), len(labels)):
            raise ValueError(
                f"expected a matrix of {len(values)} restrictions on {len(labels)} parameters "
                f"({', '.join(labels)}), found one of shape {matrix.shape}"
            )
        return cls(matrix, values, f"{len(values)} linear restrictions")

    @classmethod
    def _of_words(cls, wanted: Mapping[str, str], labels: Sequence[str]) -> LinearRestrictions:
        if not wanted:
            raise ValueError('expected a restriction such as {"a - b": 0}, found none')
        rows, values, problems = [], [], []
        for left, right in wanted.items():
            try:
                difference = _read(left, labels) - _read(right, labels)
            except ValueError as error:
                problems.append(_problem(f"{left} = {right}", str(error), labels))
                continue
            rows.append(difference[:-1])
            values.append(0.0 - difference[-1])
        if problems:
            raise InputError(problems)
        words = ", ".join(f"{left} = {_plain(right)}" for left, right in wanted.items())
        return cls(np.array(rows), np.array(values), words.replace("`", ""))


def _read(text: str, labels: Sequence[str]) -> Float[np.ndarray, " P_and_one"]:
    """Return the weight of each parameter in a sum, and last the number that stands alone."""
    weights = np.zeros(len(labels) + 1)
    term, end = _term(labels), 0
    while end < len(text) or not end:
        found = term.match(text, end)
        if found is None or (end > 0 and not found["sign"]):
            raise ValueError(f"{text[end:] or 'nothing'!r}, which is neither")
        label, size = found["quoted"] or found["label"], found["factor"] or found["number"]
        where = labels.index(label) if label else len(labels)
        weights[where] += float(found["sign"] + (size or "1"))
        end = found.end()
    return weights


def _term(labels: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of a term; longer labels come first, as a shorter may begin them."""
    known = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    return re.compile(
        rf"\s*(?P<sign>[+-]?)\s*(?:(?:(?P<factor>{_NUMBER})\s*\*?\s*)?"
        rf"(?:`(?P<quoted>{known})`|(?P<label>{known}))|(?P<number>{_NUMBER}))\s*"
    )


def _problem(restriction: str, found: str, labels: Sequence[str]) -> Problem:
    return Problem(
        expected=f"a sum of numbers and parameters among {', '.join(labels)}",
        found=found,
        key=f"restriction {restriction!r}",
        advice="Write a label exactly as it is, or in backticks: '2 price - `trim[plus]`'.",
    )


def _plain(right: str) -> str:
    """Return the right-hand side, a whole number without its point."""
    return right.removesuffix(".0")
