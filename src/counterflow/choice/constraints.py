"""What is known of parameters before they are estimated: fixed, tied, or kept within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from counterflow.choice.parameter_space import ParameterSpace
from counterflow.domain.errors import InputError, Problem


@dataclass(frozen=True, kw_only=True)
class Constraints:
    """Restrictions on parameters, by label.

    Parameters
    ----------
    fixed
        Parameters that are not estimated, with their values.
    tied
        Groups of parameters that share one value.
    lower, upper
        Bounds on parameters; the maximum may lie on one, and the result says so.

    Examples
    --------
    >>> Constraints(fixed={"asc": 0.0}, upper={"price": 0.0}).space(("asc", "price")).free_labels
    ('price',)
    """

    fixed: Mapping[str, float] = field(default_factory=dict)
    tied: Sequence[Sequence[str]] = ()
    lower: Mapping[str, float] = field(default_factory=dict)
    upper: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether anything is restricted."""
        return bool(self.fixed or self.tied or self.lower or self.upper)

    def space(self, labels: tuple[str, ...]) -> ParameterSpace:
        """Return the parameters that remain free; InputError with every label that is wrong."""
        if problems := [*self._unknown(labels), *self._contradictions()]:
            raise InputError(problems)
        leaders = {label: group[0] for group in self.tied for label in group}
        free = [label for label in labels if label not in self.fixed and _leads(leaders, label)]
        spread = np.zeros((len(labels), len(free)))
        for row, label in enumerate(labels):
            if label not in self.fixed:
                spread[row, free.index(leaders.get(label, label))] = 1.0
        return ParameterSpace(
            labels=labels,
            free_labels=tuple(free),
            base=np.array([self.fixed.get(label, 0.0) for label in labels], dtype=float),
            spread=spread,
            lower=np.array([_tightest(self.lower, leaders, x, max, -np.inf) for x in free]),
            upper=np.array([_tightest(self.upper, leaders, x, min, np.inf) for x in free]),
        )

    def _unknown(self, labels: tuple[str, ...]) -> list[Problem]:
        places = {
            "fixed": list(self.fixed),
            "tied": [label for group in self.tied for label in group],
            "lower": list(self.lower),
            "upper": list(self.upper),
        }
        return [
            Problem(
                expected=f"the label of a parameter ({', '.join(labels)})",
                found=label,
                key=f"constraints.{place}",
            )
            for place, named in places.items()
            for label in named
            if label not in labels
        ]

    def _contradictions(self) -> list[Problem]:
        tied = [label for group in self.tied for label in group]
        problems = [
            Problem(
                expected="each parameter fixed or in one tied group, not both",
                found=label,
                key="constraints.tied",
            )
            for label in dict.fromkeys(tied)
            if tied.count(label) > 1 or label in self.fixed
        ]
        problems += [
            Problem(
                expected=f"a lower bound below the upper bound {self.upper[label]:g}",
                found=f"{low:g} for {label}",
                key="constraints.lower",
            )
            for label, low in self.lower.items()
            if label in self.upper and low >= self.upper[label]
        ]
        return problems


def _tightest(
    bounds: Mapping[str, float],
    leaders: Mapping[str, str],
    label: str,
    choose: Callable[[list[float]], float],
    otherwise: float,
) -> float:
    """Return the bound on a free parameter: the tightest of those on the ones tied to it."""
    group = [other for other, leader in leaders.items() if leader == label] or [label]
    return choose([otherwise, *(float(bounds[other]) for other in group if other in bounds)])


def _leads(leaders: Mapping[str, str], label: str) -> bool:
    return leaders.get(label, label) == label
