"""The parameters of a latent class logit: what each is called, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from counterflow.choice.constraints import Constraints
from counterflow.domain.errors import InputError, Problem
from counterflow.kernels.latent_class import Classes


@dataclass(frozen=True, kw_only=True)
class ClassParameters:
    """P parameters: K coefficients of each class, then what makes people belong to it.

    They are called `class 1: price` and `member 2: income`. Belonging is compared with class 1,
    which therefore has no parameters of its own for it.

    Examples
    --------
    >>> ClassParameters(coefficients=("price",), traits=("constant",), n_classes=2).labels
    ('class 1: price', 'class 2: price', 'member 2: constant')
    """

    coefficients: tuple[str, ...]
    traits: tuple[str, ...]
    n_classes: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        classes = range(self.n_classes)
        return (
            *(self.label(g, name) for g in classes for name in self.coefficients),
            *(f"member {g + 1}: {name}" for g in classes[1:] for name in self.traits),
        )

    @property
    def positions(self) -> Int[np.ndarray, " P"]:
        """Return where the parameters stand in `Classes.flat`, which has zeros for class 1."""
        n = self.n_classes * len(self.coefficients)
        last = n + self.n_classes * len(self.traits)
        return np.r_[0:n, n + len(self.traits) : last]

    def label(self, g: int, coefficient: str) -> str:
        """Return the label of a coefficient of class g, counted from 0."""
        return f"class {g + 1}: {coefficient}"

    def of_class(self, g: int) -> slice:
        """Return which parameters are the coefficients of class g, counted from 0."""
        k = len(self.coefficients)
        return slice(g * k, (g + 1) * k)

    def classes(self, theta: Float[np.ndarray, " P"]) -> Classes:
        """Return the classes that the parameters describe."""
        flat = np.zeros(self.n_classes * (len(self.coefficients) + len(self.traits)))
        flat[self.positions] = theta
        return Classes.of(flat, self.n_classes, len(self.coefficients))

    def theta(self, classes: Classes) -> Float[np.ndarray, " P"]:
        """Return the parameters of classes, whichever class their memberships compare with."""
        compared = classes.memberships - classes.memberships[:1]
        return Classes(classes.coefficients, compared).flat[self.positions]

    def reordered(
        self, theta: Float[np.ndarray, " P"], order: Int[np.ndarray, " G"]
    ) -> Float[np.ndarray, " P"]:
        """Return the parameters of the same classes in another order.

        Examples
        --------
        >>> parameters = ClassParameters(coefficients=("x",), traits=("constant",), n_classes=2)
        >>> parameters.reordered(np.array([1.0, 2.0, 0.5]), np.array([1, 0]))
        array([ 2. ,  1. , -0.5])
        """
        classes = self.classes(theta)
        return self.theta(Classes(classes.coefficients[order], classes.memberships[order]))

    def tells_classes_apart(self, given: Constraints) -> bool:
        """Return whether the constraints name a parameter of one class, so that order matters."""
        named = {
            *given.fixed,
            *given.lower,
            *given.upper,
            *(x for group in given.tied for x in group),
        }
        return not named <= set(self.coefficients)

    def constraints(self, given: Constraints, shared: Sequence[str]) -> Constraints:
        """Return the constraints by parameter; a name of a coefficient alone means every class.

        Raises
        ------
        InputError
            If `shared` names what is not a coefficient.

        Examples
        --------
        >>> parameters = ClassParameters(coefficients=("x", "y"), traits=("constant",), n_classes=2)
        >>> found = parameters.constraints(Constraints(upper={"x": 0.0}), shared=["y"])
        >>> found.upper, found.tied
        ({'class 1: x': 0.0, 'class 2: x': 0.0}, (('class 1: y', 'class 2: y'),))
        """
        self._check_known(shared)
        fixed = self._in_every_class(given.fixed)
        groups = [[self._each(name) for name in group] for group in given.tied]
        # A group of coefficients is a group within each class; parameters are a group as they are.
        within = [list(parts) for group in groups for parts in _across(group)]
        across = [self._each(name) for name in shared if name not in given.fixed]
        return Constraints(
            fixed=fixed,
            tied=_merged([*within, *(group for group in across if len(group) > 1)]),
            lower=self._in_every_class(given.lower),
            upper=self._in_every_class(given.upper),
        )

    def limited(self, given: Constraints, limits: Float[np.ndarray, " P"]) -> Constraints:
        """Return the constraints, with limits on both sides of zero where they have no bound."""
        reach = dict(zip(self.labels, limits.tolist(), strict=True))
        lower = {x: min(-reach[x], given.upper.get(x, 0.0) - reach[x]) for x in reach}
        upper = {x: max(reach[x], given.lower.get(x, 0.0) + reach[x]) for x in reach}
        return Constraints(
            fixed=given.fixed,
            tied=given.tied,
            lower={**lower, **given.lower},
            upper={**upper, **given.upper},
        )

    def _each(self, name: str) -> list[str]:
        if name not in self.coefficients:
            return [name]
        return [self.label(g, name) for g in range(self.n_classes)]

    def _in_every_class(self, values: Mapping[str, float]) -> dict[str, float]:
        return {label: value for name, value in values.items() for label in self._each(name)}

    def _check_known(self, shared: Sequence[str]) -> None:
        unknown = [name for name in shared if name not in self.coefficients]
        if unknown:
            expected = f"labels of coefficients ({', '.join(self.coefficients)})"
            raise InputError(
                [Problem(expected=expected, found=name, key="shared") for name in unknown]
            )


def _across(group: list[list[str]]) -> Iterable[Sequence[str]]:
    """Yield what is tied: entry by entry if all have one label a class, else everything."""
    if len({len(labels) for labels in group}) == 1:
        yield from zip(*group, strict=True)
    else:
        yield [label for labels in group for label in labels]


def _merged(groups: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the groups, those that have a label in common made one."""
    merged: list[list[str]] = []
    for group in groups:
        touching = [other for other in merged if set(other) & set(group)]
        joined = dict.fromkeys(label for part in (*touching, group) for label in part)
        merged = [other for other in merged if other not in touching] + [list(joined)]
    return tuple(map(tuple, merged))
