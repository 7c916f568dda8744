"""The parameters of a mixed logit: what each is called, and where it stands in the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Float, Int

from counterflow.domain.errors import InputError, Problem
from counterflow.kernels.mixing import KINDS, Mixing, mixing_of, with_entries

Distribution = Literal[
    "normal",
    "lognormal",
    "negative lognormal",
    "uniform",
    "triangular",
    "truncated normal",
    "negative truncated normal",
]
"""How a coefficient spreads over people.

`lognormal` is exp of a normal and `negative lognormal` minus that; `uniform` and `triangular` lie
within mean - span and mean + span; a `truncated normal` is a normal cut off at zero, of which the
positive part is kept, or the negative one.
"""
_LOGARITHMS = {"lognormal": "ln ", "negative lognormal": "ln -"}
_SPANS = ("uniform", "triangular")


class Population(NamedTuple):
    """The population in units of the scaled design: what kernels are given."""

    mean: Float[np.ndarray, " K"]
    shifts: Float[np.ndarray, "K Q"]
    """By how much one unit of each covariate shifts the mean."""
    mixing: Mixing


@dataclass(frozen=True, eq=False, kw_only=True)
class MixedParameters:
    """K coefficients, of which D vary over people, as P parameters in the units of the data.

    The parameters are K means, then shifts by covariates, then the entries of the factor whose
    product with its transpose is the covariance. They are called

    - `price` where a coefficient is the same for all;
    - `mean(price)` and `sd(price)` where it varies; of its logarithm `mean(ln price)`, or
      `mean(ln -price)` where it is negative; `span(price)` where it is uniform or triangular;
    - `factor(price, range)` for the lower triangle of the factor of correlated coefficients;
    - `price:income` for the shift of the mean of price by income.
    """

    coefficients: tuple[str, ...]
    distributions: tuple[Distribution | None, ...]
    """One a coefficient; None where it is the same for all."""
    covariates: tuple[str, ...]
    rows: Int[np.ndarray, " E"]
    """Coefficient of each entry of the factor that is estimated ..."""
    columns: Int[np.ndarray, " E"]
    """... and the random coefficient (0 to D - 1) whose normal it multiplies."""
    shift_rows: Int[np.ndarray, " F"]
    shift_columns: Int[np.ndarray, " F"]
    money: int
    """Which coefficient the others are divided by (willingness-to-pay space); -1 if none is."""
    scales: Float[np.ndarray, " K"]
    """What each column of the design was divided by."""

    @classmethod
    def of(
        cls,
        coefficients: tuple[str, ...],
        random: Mapping[str, str],
        *,
        correlated: bool | Sequence[Sequence[str]],
        shifted: Mapping[str, Sequence[str]],
        covariates: tuple[str, ...],
        willingness_to_pay_of: str | None,
        scales: Float[np.ndarray, " K"],
    ) -> MixedParameters:
        """Return the parameters; InputError with everything that is wrong with the names."""
        blocks = _blocks(random, correlated)
        problems = [
            *_nothing_random(random),
            *_unknown_coefficients(coefficients, random, blocks, shifted, willingness_to_pay_of),
            *_unknown_distributions(random),
            *_wrong_in_blocks(blocks, random),
        ]
        if problems:
            raise InputError(problems)
        varying = [label for label in coefficients if label in random]
        entries = [
            (coefficients.index(row), varying.index(column))
            for row in varying
            for column in varying
            if _in_lower_triangle(row, column, varying, blocks)
        ]
        shifts = [
            (k, q)
            for k, label in enumerate(coefficients)
            for q, covariate in enumerate(covariates)
            if _belongs(covariate, shifted.get(label, ()))
        ]
        return cls(
            coefficients=coefficients,
            distributions=tuple(random.get(label) for label in coefficients),  # type: ignore[misc]
            covariates=covariates,
            rows=np.array([row for row, _ in entries], dtype=np.int64),
            columns=np.array([column for _, column in entries], dtype=np.int64),
            shift_rows=np.array([k for k, _ in shifts], dtype=np.int64),
            shift_columns=np.array([q for _, q in shifts], dtype=np.int64),
            money=-1
            if willingness_to_pay_of is None
            else coefficients.index(willingness_to_pay_of),
            scales=scales,
        )

    @property
    def varying(self) -> Int[np.ndarray, " D"]:
        """Return which coefficients vary over people, in the order of the factor's columns."""
        found = [k for k, kind in enumerate(self.distributions) if kind is not None]
        return np.array(found, dtype=np.int64)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each of the P parameters."""
        return (*self._mean_labels(), *self._shift_labels(), *self._factor_labels())

    @property
    def n_means(self) -> int:
        """Return K."""
        return len(self.coefficients)

    @property
    def n_shifts(self) -> int:
        """Return how many shifts of means by covariates are estimated."""
        return len(self.shift_rows)

    def population(self, theta: Float[np.ndarray, " P"]) -> Population:
        """Return the population in units of the scaled design."""
        inner = self.slopes * theta + self.offsets
        k, f = self.n_means, self.n_shifts
        shifts = np.zeros((k, len(self.covariates)))
        shifts[self.shift_rows, self.shift_columns] = inner[k : k + f]
        mixing = with_entries(self.mixing, inner[k + f :])
        return Population(mean=inner[:k], shifts=shifts, mixing=mixing)

    @cached_property
    def mixing(self) -> Mixing:
        """Return the model of the kernels, with a factor of zeros."""
        return mixing_of(
            tuple(kind or "normal" for kind in self.distributions),
            self.rows,
            self.columns,
            len(self.varying),
            self.money,
        )

    @property
    def positions_with_all_shifts(self) -> Int[np.ndarray, " P"]:
        """Return where the parameters stand among K means, Q x K shifts and the factor."""
        k, q = self.n_means, len(self.covariates) if self.n_shifts else 0
        shifts = k + self.shift_columns * k + self.shift_rows
        return np.concatenate([np.arange(k), shifts, k + q * k + np.arange(len(self.rows))])

    def theta_of(
        self,
        mean: Float[np.ndarray, " K"],
        shifts: Float[np.ndarray, "K Q"],
        factor: Float[np.ndarray, "K D"],
    ) -> Float[np.ndarray, " P"]:
        """Return the parameters in the units of the data; `population` undone."""
        inner = np.concatenate(
            [mean, shifts[self.shift_rows, self.shift_columns], factor[self.rows, self.columns]]
        )
        return (inner - self.offsets) / self.slopes

    def upright(self, theta: Float[np.ndarray, " P"]) -> Float[np.ndarray, " P"]:
        """Return the parameters of the same population with a factor of positive diagonal.

        A normal and its mirror image are the same, so a column of the factor has no sign.
        """
        theta, start = theta.copy(), self.n_means + self.n_shifts
        for d, k in enumerate(self.varying):
            column = start + np.flatnonzero(self.columns == d)
            diagonal = start + np.flatnonzero((self.columns == d) & (self.rows == k))
            if theta[diagonal].sum() < 0.0:
                theta[column] = -theta[column]
        return theta

    @property
    def units(self) -> Float[np.ndarray, " K"]:
        """Return what a coefficient of the data is multiplied by to be one of the scaled design."""
        if self.money < 0:
            return self.scales
        units = self.scales / self.scales[self.money]
        units[self.money] = self.scales[self.money]
        return units

    @property
    def slopes(self) -> Float[np.ndarray, " P"]:
        """Return what each parameter is multiplied by in units of the scaled design."""
        slopes = np.where(self._is_logarithm, 1.0, self.units)
        return np.concatenate([slopes, slopes[self.shift_rows], slopes[self.rows]])

    @property
    def offsets(self) -> Float[np.ndarray, " P"]:
        """Return what is then added: to the mean of a logarithm, that of the unit."""
        offsets = np.where(self._is_logarithm, np.log(self.units), 0.0)
        return np.concatenate([offsets, np.zeros(self.n_shifts + len(self.rows))])

    @property
    def _is_logarithm(self) -> np.ndarray:
        return np.array([kind in _LOGARITHMS for kind in self.distributions])

    def _names(self) -> list[str]:
        kinds = zip(self.coefficients, self.distributions, strict=True)
        return [f"{_LOGARITHMS.get(kind or '', '')}{label}" for label, kind in kinds]

    def _mean_labels(self) -> list[str]:
        return [
            label if kind is None else f"mean({name})"
            for label, name, kind in zip(
                self.coefficients, self._names(), self.distributions, strict=True
            )
        ]

    def _shift_labels(self) -> list[str]:
        names = self._names()
        pairs = zip(self.shift_rows, self.shift_columns, strict=True)
        return [f"{names[k]}:{self.covariates[q]}" for k, q in pairs]

    def _factor_labels(self) -> list[str]:
        names, varying = self._names(), self.varying
        correlated = {
            int(k) for k, d in zip(self.rows, self.columns, strict=True) if varying[d] != k
        }
        correlated |= {
            int(varying[d]) for k, d in zip(self.rows, self.columns, strict=True) if varying[d] != k
        }
        labels = []
        for k, d in zip(self.rows, self.columns, strict=True):
            if k in correlated:
                labels.append(f"factor({names[k]}, {names[varying[d]]})")
            else:
                what = "span" if self.distributions[k] in _SPANS else "sd"
                labels.append(f"{what}({names[k]})")
        return labels


def _blocks(
    random: Mapping[str, str], correlated: bool | Sequence[Sequence[str]]
) -> list[tuple[str, ...]]:
    if isinstance(correlated, bool):
        return [tuple(random)] if correlated else []
    return [tuple(block) for block in correlated]


def _in_lower_triangle(
    row: str, column: str, varying: list[str], blocks: Sequence[Sequence[str]]
) -> bool:
    if row == column:
        return True
    together = any(row in block and column in block for block in blocks)
    return together and varying.index(column) < varying.index(row)


def _belongs(covariate: str, wanted: Sequence[str]) -> bool:
    """Return whether a covariate, or a level of one (`region[north]`), is among those wanted."""
    return covariate in wanted or covariate.split("[")[0] in wanted


def _unknown_coefficients(
    coefficients: tuple[str, ...],
    random: Mapping[str, str],
    blocks: Sequence[Sequence[str]],
    shifted: Mapping[str, Sequence[str]],
    money: str | None,
) -> list[Problem]:
    places = {
        "random": list(random),
        "correlated": [label for block in blocks for label in block],
        "covariates": list(shifted),
        "willingness_to_pay_of": [money] if money is not None else [],
    }
    return [
        Problem(
            expected=f"the label of a coefficient ({', '.join(coefficients)})",
            found=label,
            key=place,
        )
        for place, labels in places.items()
        for label in dict.fromkeys(labels)
        if label not in coefficients
    ]


def _nothing_random(random: Mapping[str, str]) -> list[Problem]:
    if random:
        return []
    return [
        Problem(
            expected="at least one coefficient that varies over people",
            found="none",
            key="random",
            advice="Name some, or use MultinomialLogit.",
        )
    ]


def _unknown_distributions(random: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(
            expected=f"a distribution ({', '.join(get_args(Distribution))})",
            found=str(kind),
            key=f"random.{label}",
        )
        for label, kind in random.items()
        if kind not in KINDS
    ]


def _wrong_in_blocks(blocks: Sequence[Sequence[str]], random: Mapping[str, str]) -> list[Problem]:
    labels = [label for block in blocks for label in block]
    problems = [
        Problem(
            expected="each random coefficient in at most one correlated block",
            found=f"{label} {'twice' if label in random else 'which is the same for all'}",
            key="correlated",
        )
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1 or label not in random
    ]
    # A sum of uniforms is not uniform: only normals keep their shape when they are mixed.
    return problems + [
        Problem(
            expected="normal or lognormal coefficients to be correlated",
            found=f"{label}, which is {random[label]}",
            key="correlated",
        )
        for label in dict.fromkeys(labels)
        if random.get(label, "normal") not in ("normal", *_LOGARITHMS)
    ]
