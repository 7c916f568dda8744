"""The parameters of nested and cross-nested logits: of utility, of nests, and allocations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from counterflow.choice.nests import Nests
from counterflow.domain.errors import InputError, Problem
from counterflow.domain.mismatch import one_of, quoted
from counterflow.kernels.nested_logit import NestedLogLikelihood, NestParameters

OneLambdaFor = Literal["nest", "level", "all"]
"""Whether each nest has its own dissimilarity, or those of a level of the tree, or all share it."""

LEAST_LAMBDA = 0.01
"""Where the search for a dissimilarity ends, unless constraints say otherwise: at 0.01 a nest
already takes whatever is a hundredth of a unit of utility better."""
GREATEST_LAMBDA = 10.0
"""And where it ends upwards: beyond, only the sign of what nests say still counts."""
_LEAST_POSSIBLE = 1e-4
_LEAST_SHARE = 1e-12
_MATCH = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class NestLayout:
    """Where the parameters of a model stand: utility first, then `lambda[nest]`, then shares.

    Shares are those of a kind in its nests, one less than these: `alpha[bus:public]` of all, then
    `alpha[bus:fast|not public]` of what is left, and so on, so that each may be anything from 0
    to 1 whatever the others are.
    """

    nests: Nests
    utility_labels: tuple[str, ...]
    lambda_labels: tuple[str, ...]
    lambda_of: tuple[int | None, ...]
    """Which of the dissimilarities each nest but the root has; None where it has 1."""
    shares: tuple[tuple[int, ...], ...] = ()
    """The memberships of each kind whose allocations are estimated."""
    allocations: Float[np.ndarray, " memberships"]
    """The allocations that are not estimated; 1 in place of those that are."""

    @classmethod
    def of(
        cls,
        nests: Nests,
        utility_labels: tuple[str, ...],
        *,
        one_lambda_for: str = "nest",
        allocations: Mapping[str, Mapping[str, float]] | None = None,
    ) -> NestLayout:
        """Return the layout; InputError if `one_lambda_for` or `allocations` do not fit."""
        fixed = allocations or {}
        if problems := [*_misspelt(one_lambda_for), *_misallocated(nests, fixed)]:
            raise InputError(problems)
        names = {
            nest: _lambda_label(nests, nest, one_lambda_for)
            for nest in nests.names
            if nest not in nests.single
        }
        labels = tuple(dict.fromkeys(names.values()))
        of_kinds = [
            tuple(e for e, (other, _) in enumerate(nests.of_kinds) if other == kind)
            for kind in nests.kinds
        ]
        return cls(
            nests=nests,
            utility_labels=utility_labels,
            lambda_labels=labels,
            lambda_of=tuple(
                labels.index(names[nest]) if nest in names else None for nest in nests.names
            ),
            shares=tuple(
                memberships
                for kind, memberships in zip(nests.kinds, of_kinds, strict=True)
                if len(memberships) > 1 and kind not in fixed
            ),
            allocations=np.array(
                [float(fixed.get(kind, {}).get(nest, 1.0)) for kind, nest in nests.of_kinds]
                + [1.0 for _ in nests.of_nests]
            ),
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the label of each parameter."""
        return (*self.utility_labels, *self.lambda_labels, *self.share_labels)

    @property
    def share_labels(self) -> tuple[str, ...]:
        """Return the labels of the shares that allocations are made of."""
        return tuple(label for memberships in self.shares for label in self._labels_of(memberships))

    def start(
        self, of_utility: Float[np.ndarray, " K"], first_lambda: float
    ) -> Float[np.ndarray, " P"]:
        """Return parameters of utility with one dissimilarity and equal allocations."""
        shares = [
            1.0 / (len(memberships) - i)
            for memberships in self.shares
            for i in range(len(memberships) - 1)
        ]
        return np.concatenate([of_utility, np.full(len(self.lambda_labels), first_lambda), shares])

    def split(
        self, theta: Float[np.ndarray, " P"]
    ) -> tuple[Float[np.ndarray, " K"], NestParameters]:
        """Return the parameters of utility, and those of the nests."""
        k, n = len(self.utility_labels), len(self.lambda_labels)
        allocations, position = self.allocations.copy(), k + n
        for memberships in self.shares:
            left = 1.0
            for e in memberships[:-1]:
                share = _inside(theta[position])
                allocations[e] = left * share
                left *= 1.0 - share
                position += 1
            allocations[memberships[-1]] = left
        # Differences about a dissimilarity on its bound may step beyond it.
        given = np.maximum(theta[k : k + n], _LEAST_POSSIBLE)
        lambdas = np.array([1.0 if i is None else given[i] for i in (*self.lambda_of, None)])
        return theta[:k], NestParameters(lambdas, allocations)

    def scores(
        self, theta: Float[np.ndarray, " P"], found: NestedLogLikelihood
    ) -> Float[np.ndarray, "N P"]:
        """Return each person's derivatives by the parameters, from those by what they make."""
        k, n = len(self.utility_labels), len(self.lambda_labels)
        scores = np.zeros((len(found.by_person), len(theta)))
        scores[:, :k] = found.scores
        for m, i in enumerate(self.lambda_of):
            if i is not None:
                scores[:, k + i] += found.lambda_scores[:, m]
        position = k + n
        for memberships in self.shares:
            pulls = found.allocation_scores[:, list(memberships)]
            for i in range(len(memberships) - 1):
                share = _inside(theta[position])
                later = pulls[:, i + 1 :].sum(axis=1)
                scores[:, position] = pulls[:, i] / share - later / (1.0 - share)
                position += 1
        return scores

    def lambdas(self, theta: Float[np.ndarray, " P"]) -> dict[str, float]:
        """Return the dissimilarity of each nest."""
        found = self.split(theta)[1].lambdas
        return {nest: float(x) for nest, x in zip(self.nests.names, found, strict=False)}

    def inconsistent(self, theta: Float[np.ndarray, " P"]) -> tuple[str, ...]:
        """Return the nests whose dissimilarity is above that of the nest around them, or above 1.

        A model without any follows from random utility at every price and attribute (McFadden
        1978); with one it may still do so in some range of the data (Börsch-Supan 1990).
        """
        found = {"": 1.0, **self.lambdas(theta)}
        return tuple(
            nest
            for nest in self.nests.names
            if found[nest] > found[self.nests.parent(nest)] * (1.0 + _MATCH)
        )

    def _labels_of(self, memberships: tuple[int, ...]) -> list[str]:
        kind = self.nests.of_kinds[memberships[0]][0]
        names = [self.nests.of_kinds[e][1] for e in memberships]
        first = f"alpha[{kind}:{names[0]}]"
        return [first] + [
            f"alpha[{kind}:{name}|not {' or '.join(names[:i])}]"
            for i, name in enumerate(names[1:-1], start=1)
        ]


def _lambda_label(nests: Nests, nest: str, one_lambda_for: str) -> str:
    if one_lambda_for == "all":
        return "lambda"
    return f"lambda[level {nests.level(nest)}]" if one_lambda_for == "level" else f"lambda[{nest}]"


def _misspelt(one_lambda_for: str) -> list[Problem]:
    known = get_args(OneLambdaFor)
    if one_lambda_for in known:
        return []
    return [Problem(one_of(known), quoted(one_lambda_for), key="one_lambda_for")]


def _misallocated(nests: Nests, fixed: Mapping[str, Mapping[str, float]]) -> list[Problem]:
    problems = []
    for kind, shares in fixed.items():
        places = [nest for other, nest in nests.of_kinds if other == kind]
        if set(shares) != set(places):
            problems.append(
                Problem(
                    f"a share for each nest of {kind} ({', '.join(places) or 'which has none'})",
                    ", ".join(shares) or "none",
                    key=f"allocations.{kind}",
                )
            )
        elif abs(sum(shares.values()) - 1.0) > _MATCH or min(shares.values()) < 0.0:
            problems.append(
                Problem(
                    "shares from 0 to 1 that sum to one",
                    ", ".join(f"{x:g}" for x in shares.values()),
                    key=f"allocations.{kind}",
                )
            )
    return problems


def _inside(share: float) -> float:
    # At 0 itself the derivative of a power below 1 has no limit that a computer could take.
    return float(min(max(share, _LEAST_SHARE), 1.0 - _LEAST_SHARE))
